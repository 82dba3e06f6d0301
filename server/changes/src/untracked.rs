//! What git does not know yet: files that are neither in the index nor ignored, by git's own rules. A folder that holds
//! nothing else is named once. Nothing is opened but ignore files.

use crate::file::shown;
use crate::{Problem, Repository, Stop};
use gix::bstr::{BStr, BString, ByteSlice};
use gix::index::State;
use gix::index::entry::Mode;
use gix::worktree::stack::state::ignore::Source;
use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

/// The longest list of ignore rules outside of the working tree, in bytes.
const MAX_RULES: u64 = 1 << 20;

/// Paths of files, and of folders with a `/` at their end, in order.
///
/// # Errors
/// [`Problem::Unreadable`], and [`Problem::Cancelled`].
pub fn untracked(repository: &Repository, stop: Stop) -> Result<Vec<String>, Problem> {
    sound_excludes(repository)?;
    let index = repository.index()?;
    let state: &State = &index;
    let from = Source::WorktreeThenIdMappingIfNotSkipped;
    let mut rules = repository.git.excludes(state, None, from).map_err(Problem::unreadable)?;
    let mut ignored = |path: &BStr, mode: Mode| -> bool {
        rules.at_entry(path, Some(mode)).is_ok_and(|found| found.is_excluded())
    };
    let mut found = Vec::new();
    let mut folders = vec![(BString::default(), repository.root().to_owned())];
    while let Some((inside, folder)) = folders.pop() {
        if stop() {
            return Err(Problem::Cancelled);
        }
        for (entry, kind) in entries(&folder) {
            let Some(path) = below(&inside, &entry) else { continue };
            if !kind.is_dir() {
                if state.entry_index_by_path(path.as_bstr()).is_err() && !ignored(path.as_bstr(), Mode::FILE)
                {
                    found.push(path);
                }
                continue;
            }
            if state.path_is_directory(path.as_bstr()) {
                folders.push((path, entry.path()));
            } else if state.entry_index_by_path(path.as_bstr()).is_err()
                && !ignored(path.as_bstr(), Mode::DIR)
                && holds_something(&path, entry.path(), &mut ignored, stop)
            {
                found.push([path.as_slice(), b"/"].concat().into());
            }
        }
    }
    found.sort();
    Ok(found.iter().map(|path| shown(path.as_bstr())).collect())
}

/// Whether there is a file in it that is not ignored, or a repository of its own.
fn holds_something(
    inside: &BString,
    folder: PathBuf,
    ignored: &mut dyn FnMut(&BStr, Mode) -> bool,
    stop: Stop,
) -> bool {
    let mut folders = vec![(inside.clone(), folder)];
    while let Some((inside, folder)) = folders.pop() {
        if stop() || folder.join(".git").exists() {
            return true;
        }
        for (entry, kind) in entries(&folder) {
            let Some(path) = below(&inside, &entry) else { continue };
            if ignored(path.as_bstr(), if kind.is_dir() { Mode::DIR } else { Mode::FILE }) {
                continue;
            }
            if !kind.is_dir() {
                return true;
            }
            folders.push((path, entry.path()));
        }
    }
    false
}

fn entries(folder: &Path) -> impl Iterator<Item = (DirEntry, FileType)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = |entry: &DirEntry| !entry.file_name().eq_ignore_ascii_case(".git");
    entries.filter(ours).filter_map(|entry| Some((entry.file_type().ok()?, entry))).filter_map(
        |(kind, entry)| {
            // Pipes and devices are nothing that git keeps.
            (kind.is_dir() || kind.is_file() || kind.is_symlink()).then_some((entry, kind))
        },
    )
}

fn below(inside: &BString, entry: &DirEntry) -> Option<BString> {
    let name = gix::path::os_string_into_bstring(entry.file_name()).ok()?;
    Some(if inside.is_empty() { name } else { [inside.as_slice(), b"/", name.as_slice()].concat().into() })
}

/// A repository may name any file as its rules: a device, which never ends, is none.
fn sound_excludes(repository: &Repository) -> Result<(), Problem> {
    let config = repository.git.config_snapshot();
    let Ok(Some(path)) = config.trusted_path("core.excludesFile") else { return Ok(()) };
    match path.metadata() {
        Ok(file) if !file.is_file() || file.len() > MAX_RULES => {
            Err(Problem::Unreadable("core.excludesFile names no list of rules".into()))
        }
        _ => Ok(()),
    }
}
