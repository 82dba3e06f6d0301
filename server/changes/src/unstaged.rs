//! The index compared with the working tree. What the file system says of a file is believed where the index
//! remembers the same; else the file is read, if it may be.

use crate::attributes::converts;
use crate::content::checked_out;
use crate::file::{FileChange, Mode, Side, Source, Status};
use crate::{Problem, Reader, Repository, Unread};
use gix::bstr::ByteSlice;
use gix::index::entry::{Flags, Stage, Stat, stat};
use gix::index::{Entry, State, fs::Metadata};
use std::path::Path;

/// Below this a second thread costs more than it saves.
const MANY: usize = 2_000;
/// What of a file's metadata has to be as the index remembers it: the time in seconds, and the size.
const STAT: stat::Options =
    stat::Options { trust_ctime: false, check_stat: false, use_nsec: false, use_stdev: false };

/// What became of a tracked file, as far as its metadata tell.
enum Touch {
    Gone,
    /// Perhaps changed.
    Written(Mode),
}

pub(crate) fn list(repository: &Repository, reader: &dyn Reader) -> Result<Vec<FileChange>, Problem> {
    let index = repository.index()?;
    let state: &State = &index;
    let entries = state.entries();
    let cores =
        if entries.len() < MANY { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
    let (root, has_modes) = (repository.root(), repository.has_modes());
    let touched: Vec<(&Entry, Touch)> = std::thread::scope(|scope| {
        let look = |chunk: &'_ [Entry]| -> Vec<(usize, Touch)> {
            let touched = chunk.iter().enumerate();
            touched.filter_map(|(at, entry)| Some((at, look_at(root, has_modes, state, entry)?))).collect()
        };
        let size = entries.len().div_ceil(cores).max(1);
        let threads: Vec<_> =
            entries.chunks(size).map(|chunk| (chunk, scope.spawn(move || look(chunk)))).collect();
        let joined = threads.into_iter().flat_map(|(chunk, thread)| {
            let touched = thread.join().unwrap_or_default();
            touched.into_iter().filter_map(|(at, touch)| Some((chunk.get(at)?, touch)))
        });
        joined.collect()
    });
    let mut files: Vec<FileChange> = Vec::new();
    for (entry, touch) in touched {
        let path = entry.path(state);
        let old = Side::object(Mode::of_index(entry.mode), entry.id);
        if entry.stage() != Stage::Unconflicted {
            if files.last().is_none_or(|last| last.raw != path) {
                files.push(FileChange::new(path, Status::Conflicted, Some(old), None));
            }
            continue;
        }
        let Touch::Written(mode) = touch else {
            files.push(FileChange::new(path, Status::Deleted, Some(old), None));
            continue;
        };
        let new = Side { mode, source: Source::Worktree };
        let file = FileChange::new(path, Status::Modified, Some(old), Some(new));
        if differs(repository, &file, old, mode, reader)? {
            files.push(file);
        }
    }
    Ok(files)
}

/// `None` for what is certainly as the index has it.
fn look_at(root: &Path, has_modes: bool, index: &State, entry: &Entry) -> Option<Touch> {
    if entry.stage() != Stage::Unconflicted {
        return Some(Touch::Gone);
    }
    if entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID | Flags::INTENT_TO_ADD) {
        return None;
    }
    let path = root.join(gix::path::from_bstr(entry.path(index)).ok()?);
    let Ok(metadata) = Metadata::from_path_no_follow(&path) else { return Some(Touch::Gone) };
    let expected = Mode::of_index(entry.mode);
    let mode = if metadata.is_symlink() {
        Mode::Link
    } else if metadata.is_dir() {
        if expected != Mode::Submodule {
            return Some(Touch::Gone);
        }
        Mode::Submodule
    } else if !has_modes && matches!(expected, Mode::Regular | Mode::Executable) {
        expected
    } else if metadata.is_executable() {
        Mode::Executable
    } else {
        Mode::Regular
    };
    let same = Stat::from_fs(&metadata).is_ok_and(|stat| stat.matches(&entry.stat, STAT));
    let certain = same && mode == expected && mode != Mode::Submodule;
    (!certain || entry.stat.is_racy(index.timestamp(), STAT)).then_some(Touch::Written(mode))
}

/// Whether a file whose metadata changed holds something else than the index has.
fn differs(
    repository: &Repository,
    file: &FileChange,
    old: Side,
    mode: Mode,
    reader: &dyn Reader,
) -> Result<bool, Problem> {
    if mode == Mode::Submodule {
        // One that is not checked out is as it should be.
        let head = checked_out(repository, file);
        return Ok(head.is_some_and(|head| old.id().map(|id| id.to_string()).as_ref() != Some(&head)));
    }
    if mode != old.mode {
        return Ok(true);
    }
    let (Some(id), Some(path)) = (old.id(), file.places(repository.root()).next()) else { return Ok(true) };
    let bytes = if mode == Mode::Link {
        match std::fs::read_link(&path) {
            Ok(target) => match gix::path::into_bstr(target) {
                Ok(target) => target.into_owned().into(),
                Err(_) => return Ok(true),
            },
            Err(_) => return Ok(true),
        }
    } else {
        match reader.bytes(&path) {
            Ok(bytes) => bytes,
            // Not read, so not known: the size is what there is to go by.
            Err(Unread::Vanished) => return Ok(true),
            Err(_) => return Ok(size(repository, id) != path.symlink_metadata().ok().map(|file| file.len())),
        }
    };
    if blob_id(&bytes) == Some(id) {
        return Ok(false);
    }
    let converted = bytes.contains(&b'\r') && blob_id(&bytes.replace("\r\n", "\n")) == Some(id);
    Ok(!(converted && converts(repository, file.raw.as_bstr(), reader)))
}

fn size(repository: &Repository, id: gix::ObjectId) -> Option<u64> {
    repository.git.try_find_header(id).ok().flatten().map(|header| header.size())
}

fn blob_id(bytes: &[u8]) -> Option<gix::ObjectId> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes).ok()
}
