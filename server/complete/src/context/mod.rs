//! What the prompt quotes beside the window around the cursor, and for how long it stays the same.

mod definitions;
mod mix;
mod names;

pub use mix::Mix;

use crate::Query;
use crate::site::Site;
use std::path::PathBuf;
use std::sync::Arc;
use trust_index::Snapshot;

/// Lines that the cursor may move from where the context was chosen.
const BURST_LINES: usize = 8;

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

/// The context chosen last. It is kept while somebody types on at the same place, since a changed block
/// would have the model read everything behind it again.
#[derive(Default)]
pub(crate) struct Frozen(Option<Choice>);

struct Choice {
    path: PathBuf,
    line: usize,
    /// How many files the index held: more when it has gone on since.
    files: usize,
    blocks: Arc<Vec<Block>>,
}

impl Frozen {
    pub(crate) fn blocks(
        &mut self,
        context: &dyn Context,
        query: &Query,
        site: &Site,
        index: &Snapshot,
    ) -> Arc<Vec<Block>> {
        let line = query.text.line_of(query.offset);
        if let Some(choice) = &self.0
            && choice.path == query.path
            && choice.line.abs_diff(line) <= BURST_LINES
            && choice.files == index.files()
        {
            return choice.blocks.clone();
        }
        let blocks = Arc::new(context.blocks(query, &site.before, &site.after, index));
        self.0 =
            Some(Choice { path: query.path.clone(), line, files: index.files(), blocks: blocks.clone() });
        blocks
    }
}
