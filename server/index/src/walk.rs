//! Finds the source files below a directory. Every entry is judged by the broker's rules, so the walk finds
//! just what a question about a single file would allow; directories that are excluded are not opened.

use crate::rules::Rules;
use ignore::WalkBuilder;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::Language;

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Canonical paths of source files; within one walk in the order of their names.
    pub files: Vec<PathBuf>,
    /// The directories that were looked into.
    pub folders: Vec<PathBuf>,
    /// Directories and entries that could not be read.
    pub unreadable: usize,
    /// There were more files than the limit.
    pub cut: bool,
}

/// Walks `start`, a canonical directory inside a root, until `found` holds `limit` files or `stop` says so.
/// Symbolic links are not followed: what they lead to inside the workspace is found where it is.
pub(crate) fn walk(
    rules: &Arc<Rules>,
    start: &Path,
    limit: usize,
    stop: &dyn Fn() -> bool,
    found: &mut Found,
) {
    // A root may be hidden, what lies below it may not.
    if !rules.visible(start) || rules.check(start, true).is_err() {
        return;
    }
    let judge = Arc::clone(rules);
    let entries = WalkBuilder::new(start)
        .standard_filters(false)
        .hidden(true)
        .follow_links(false)
        .sort_by_file_name(|a, b| a.cmp(b))
        .filter_entry(move |entry| {
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            // Most entries fall to their name, which costs no look at the rules.
            (is_dir || Language::from_path(entry.path()).is_some())
                && judge.check(entry.path(), is_dir).is_ok()
        })
        .build();
    for entry in entries {
        if stop() {
            return;
        }
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                if found.files.len() >= limit {
                    found.cut = true;
                    return;
                }
                found.files.push(entry.into_path());
            }
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {
                found.folders.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "an unreadable entry");
                found.unreadable += 1;
            }
        }
    }
}
