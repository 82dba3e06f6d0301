//! Tools: what models, agents and people at a terminal may have done in a workspace. A tool is one definition, whoever
//! calls it; the engine checks the call, asks for permission and keeps time.
//!
//! *Invariant:* a tool answers, or plans a change; only `engine.rs` has a plan carried out, once it is permitted.
//! *Invariant:* nobody there to ask means no, but for reading. *Invariant:* a call that was cut changes nothing.

mod answer;
mod builtin;
mod check;
mod context;
mod diff;
mod disk;
mod edit;
mod engine;
mod failure;
mod lines;
mod patch;
mod permission;
mod store;
mod symbol;
mod tool;

pub use answer::{Answer, Page};
pub use builtin::{builtin, map};
pub use check::{Fault, nearest};
pub use context::{Change, Context, Documents, File, Workspace};
pub use diff::unified;
pub use disk::Disk;
pub use edit::Plan;
pub use engine::{Call, Called, Engine, Watch};
pub use failure::Failure;
pub use permission::{Ask, Class, Decision, Nobody, Permissions, Permitted, Question};
pub use store::{Stored, forget, stored};
pub use tool::{Registry, Tool};

#[cfg(test)]
mod tests;
