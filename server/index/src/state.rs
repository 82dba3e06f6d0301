//! What an index is asked to do, and what it tells of itself.

use std::path::PathBuf;

/// What to index, and whom to tell.
pub struct IndexOptions {
    /// Workspace folders; without any, only open documents are indexed.
    pub roots: Vec<PathBuf>,
    /// Where the index is kept for the next start; without it, it lives in memory alone.
    pub cache: Option<PathBuf>,
    /// Told of every change of phase, and of progress about ten times a second. Called on the index's thread,
    /// so it should return soon.
    pub on_state: Box<dyn Fn(IndexState) + Send + Sync>,
}

/// What the index is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Not yet begun.
    #[default]
    Idle,
    /// Looking for files.
    Walking,
    /// Reading and parsing. Snapshots may already be of use.
    Indexing,
    /// Complete, but for changes of the last moments.
    Ready,
    /// The last build was ended on demand: what is there may be searched, and the next look at all files
    /// completes it.
    Cancelled,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexState {
    pub phase: Phase,
    /// Files done.
    pub files: usize,
    /// Definitions found.
    pub symbols: usize,
    /// Files to be done, as far as known.
    pub total: usize,
    /// Files left out for what they are (binary, too large, unreadable), and directories that could not be
    /// read. Files that rules exclude do not count.
    pub skipped: usize,
    /// The workspace has more files, or more text, than the index takes in.
    pub cut: bool,
}

/// How long the index took from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Until names and chunks could be searched.
    pub searchable: std::time::Duration,
    /// Until definitions could be found too.
    pub ready: std::time::Duration,
}
