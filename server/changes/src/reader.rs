//! What the caller lends: the right to read. Rules on what is excluded, and reading itself, are the file
//! broker's, which this crate does not know.

use std::path::Path;

/// Why a file of the working tree was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It may not be; the rule that says so.
    Excluded(String),
    Binary,
    TooLarge(u64),
    Vanished,
    /// Another reason, in words.
    Other(String),
}

/// Reads workspace files, and decides which of them may be quoted.
pub trait Reader: Sync {
    /// Whether the file at an absolute path may be read, on disk or out of the history.
    ///
    /// # Errors
    /// The rule that excludes it.
    fn allows(&self, path: &Path) -> Result<(), String>;

    /// The file's text.
    ///
    /// # Errors
    /// Why there is none.
    fn read(&self, path: &Path) -> Result<String, Unread>;

    /// What is in the file, text or not, for comparing it; not of one that is very large.
    ///
    /// # Errors
    /// Why that is not known.
    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Unread> {
        self.read(path).map(String::into_bytes)
    }
}
