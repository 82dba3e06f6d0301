//! What the prompt quotes beside the window around the cursor.

mod definitions;
mod mix;
mod names;

pub use mix::Mix;

use crate::Query;
use trust_index::Snapshot;

/// A quotation: `text` from the file at `path`, relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub path: String,
    pub text: String,
}

/// Chooses what a prompt quotes of other files.
pub trait Context: Send + Sync {
    /// The blocks for a cursor between `before` and `after` (`\n` for every line break), the most telling
    /// last: when room is short, the first go. Quotes come from [`Snapshot::reader`], which asks the rules again.
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot) -> Vec<Block>;
}
