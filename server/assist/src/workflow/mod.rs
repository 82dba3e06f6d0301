//! Workflows: steps of models, tools and verifiers, as a graph that is written down in TOML and whole before anything runs.
//! An edge is the name of an input or of another step, and has a type.
//!
//! *Invariant:* the graph has no cycle; what is done again is a step that a verifier names, so many times at most.
//! *Invariant:* files change only once the whole change was shown and permitted, and are put back where the run fails.

mod check;
mod deeds;
mod graph;
mod keys;
mod limit;
mod read;
mod run;
mod trial;

pub use graph::{By, Deed, Input, Kind, Retry, Step, Template, Workflow};
pub use read::read;
pub use run::{Event, Failed, Finding, Host, Outcome, Ran, run};

/// The workflows that ship, by name.
pub const BUILTIN: [(&str, &str); 2] = [
    ("review-then-fix", include_str!("builtin/review-then-fix.toml")),
    ("write-tests-until-they-pass", include_str!("builtin/write-tests-until-they-pass.toml")),
];
