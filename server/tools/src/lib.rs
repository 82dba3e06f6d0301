//! Tools: what models, agents and people at a terminal may have done in a workspace. A tool is one definition, whoever
//! calls it; the engine checks the call, asks for permission and keeps time.
//!
//! *Invariant:* a tool answers, or plans a change or a deed; only `engine.rs` has a plan carried out, once it is permitted.
//! *Invariant:* nobody there to ask means no, but for reading. *Invariant:* a call that was cut changes nothing.

mod answer;
mod builtin;
mod check;
mod context;
mod deed;
mod diff;
mod disk;
mod edit;
mod engine;
mod failure;
mod lines;
mod output;
mod patch;
mod permission;
mod secrets;
mod store;
mod symbol;
mod tool;

pub use answer::{Answer, Page};
pub use builtin::{Commands, builtin, map, reduced, run_command};
pub use check::{Fault, nearest};
pub use context::{Change, Context, Documents, File, Workspace};
pub use deed::Deed;
pub use diff::unified;
pub use disk::Disk;
pub use edit::Plan;
pub use engine::{Call, Called, Engine, Watch};
pub use failure::Failure;
pub use output::{Kept, cleaned, escaped};
pub use permission::{Ask, Class, Decision, Nobody, Permissions, Permitted, Question};
pub use secrets::sandbox;
pub use store::{Stored, forget, stored};
pub use tool::{Registry, Tool};
pub use trust_sandbox::Wanted;

#[cfg(test)]
mod tests;
