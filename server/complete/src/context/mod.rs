//! What the prompt quotes beside the window around the cursor.

mod chunks;
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

/// So many lines that do not fit what is left of their room, and no more are looked at.
const MISSES: usize = 8;

/// How much room quotations have, in whatever `cost` counts: tokens of the model that reads them, or bytes.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    pub most: usize,
    pub cost: &'a dyn Fn(&str) -> usize,
}

impl Room<'_> {
    /// What a block takes, with the line that says where it is from, as a prompt quotes it.
    pub(crate) fn of_block(&self, path: &str, text: &str) -> usize {
        (self.cost)(&format!("{path}\n{text}\n")) + 1
    }
}

/// Chooses what a prompt quotes of other files.
pub trait Context: Send + Sync {
    /// The blocks for a cursor between `before` and `after` (`\n` for every line break), the most telling
    /// last: when room is short, the first go. They take no more than `room`. Quotes come from [`Snapshot::reader`], which asks the rules again.
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot, room: Room) -> Vec<Block>;
}
