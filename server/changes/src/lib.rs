//! Git, read: what changed between two states of a repository, hunk by hunk and symbol by symbol, and what its
//! history's messages are like. Facts only; wording is `trust-assist`'s.
//!
//! *Invariant:* nothing that a repository configures is ever run. `gix` is built without its filters, text
//! conversions, hooks and network; what it would need them for is told as a fact instead.
//! *Invariant:* what the caller's rules refuse is never read from disk or object store; it is named at most.

mod attributes;
mod blame;
mod commit;
mod content;
mod edited;
mod facts;
mod file;
mod history;
mod hunks;
mod problem;
mod program;
mod range;
mod reader;
mod renames;
mod repository;
mod scope;
mod secrets;
mod staged;
mod symbols;
mod trace;
mod unstaged;
mod untracked;

pub use blame::{Blame, blame};
pub use commit::Commit;
pub use content::{Content, MAX_TEXT_BYTES};
pub use edited::{between, committed, edited};
pub use facts::{FileFacts, facts_of, lines_of, link_moves};
pub use file::{FileChange, Mode, Status};
pub use history::{Message, messages, messages_since};
pub use hunks::{Hunk, hunks, line_counts};
pub use problem::Problem;
pub use reader::{Reader, Unread};
pub use repository::{Head, Repository};
pub use scope::{Before, Scope, list};
pub use secrets::{AddedSecret, Secrets};
pub use symbols::{Aspect, SymbolChange, Verdict, is_known_best, symbol_at, symbol_changes, word};
pub use trace::{Step, Trace, lines_before, trace};
pub use trust_grammars::{DefinitionKind, Language};
pub use untracked::untracked;

/// Says whether what somebody asked for is to be given up.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

#[cfg(test)]
mod tests;
