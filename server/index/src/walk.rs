//! Finds the source files below a directory. Every entry is judged by the broker's rules, so the walk finds
//! just what a question about a single file would allow; directories that are excluded are not opened.

use crate::parallel::share;
use crate::rules::Rules;
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use trust_grammars::Language;

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Canonical paths of source files; those that lie higher come first.
    pub files: Vec<PathBuf>,
    /// The directories that were looked into.
    pub folders: Vec<PathBuf>,
    /// Directories and entries that could not be read.
    pub unreadable: usize,
    /// There were more files than the limit.
    pub cut: bool,
}

/// Walks `start`, a canonical directory inside a root, until `found` holds `limit` files or `stop` is set: one level
/// after the other, the folders of a level shared out among the cores. Symbolic links are not followed: what they
/// lead to inside the workspace is found where it is.
pub(crate) fn walk(rules: &Rules, start: &Path, limit: usize, stop: &AtomicBool, found: &mut Found) {
    // A root may be hidden, what lies below it may not.
    if !rules.visible(start) || rules.check(start, true).is_err() {
        return;
    }
    let mut level = vec![start.to_owned()];
    while !level.is_empty() && !found.cut && !stop.load(Ordering::Relaxed) {
        let lists = share(level.len(), stop, &mut |_| {}, Found::default, |list, index| {
            list_folder(rules, &level[index], list);
        });
        found.folders.append(&mut level);
        let first = found.files.len();
        for mut list in lists {
            found.files.append(&mut list.files);
            found.unreadable += list.unreadable;
            level.append(&mut list.folders);
        }
        level.sort_unstable();
        if found.files.len() > limit {
            // The same ones each time.
            found.files[first..].sort_unstable();
            found.files.truncate(limit);
            found.cut = true;
        }
    }
}

/// Adds what lies in `folder`: files, folders to look into, and what cannot be read.
fn list_folder(rules: &Rules, folder: &Path, list: &mut Found) {
    let entries = match read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::debug!(%error, "an unreadable folder");
            list.unreadable += 1;
            return;
        }
    };
    let (mut dotted, mut shown) = (Vec::new(), Vec::new());
    for entry in entries {
        let (kind, name) = match entry.and_then(|entry| Ok((entry.file_type()?, entry.file_name()))) {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(%error, "an unreadable entry");
                list.unreadable += 1;
                continue;
            }
        };
        if name.as_encoded_bytes().starts_with(b".") {
            dotted.push(name);
        } else if kind.is_dir() || kind.is_file() && Language::from_path(Path::new(&name)).is_some() {
            // Most entries fall to their name, which costs no look at the rules.
            shown.push((folder.join(name), kind.is_dir()));
        }
    }
    let allows = rules.within(folder, &dotted);
    for (path, is_dir) in shown.into_iter().filter(|(path, is_dir)| allows(path, *is_dir)) {
        if is_dir { list.folders.push(path) } else { list.files.push(path) }
    }
}
