//! Two trees compared; equal subtrees are skipped by their names.

use crate::file::{FileChange, Mode, Side, Status};
use crate::{Problem, Repository};
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::diff::tree::recorder::Change;
use gix::diff::tree::{Recorder, State};
use gix::objs::TreeRefIter;

pub(crate) fn list(
    repository: &Repository,
    old: ObjectId,
    new: ObjectId,
) -> Result<Vec<FileChange>, Problem> {
    let tree = |id: ObjectId| {
        if id.is_empty_tree() {
            Ok(Vec::new())
        } else {
            repository.git.find_tree(id).map(|tree| tree.data.clone())
        }
    };
    let (old, new) = (tree(old).map_err(Problem::unreadable)?, tree(new).map_err(Problem::unreadable)?);
    let mut recorder = Recorder::default();
    let kind = gix::hash::Kind::Sha1;
    gix::diff::tree(
        TreeRefIter::from_bytes(&old, kind),
        TreeRefIter::from_bytes(&new, kind),
        State::default(),
        &repository.git.objects,
        &mut recorder,
    )
    .map_err(Problem::unreadable)?;
    Ok(recorder.records.into_iter().filter_map(file).collect())
}

fn file(change: Change) -> Option<FileChange> {
    let side = |mode, id| Some(Side::object(Mode::of_tree(mode), id));
    let (path, status, old, new) = match change {
        Change::Addition { entry_mode, .. } | Change::Deletion { entry_mode, .. } if entry_mode.is_tree() => {
            return None;
        }
        Change::Addition { entry_mode, oid, path, .. } => (path, Status::Added, None, side(entry_mode, oid)),
        Change::Deletion { entry_mode, oid, path, .. } => {
            (path, Status::Deleted, side(entry_mode, oid), None)
        }
        Change::Modification { previous_entry_mode, previous_oid, entry_mode, oid, path } => {
            match (previous_entry_mode.is_tree(), entry_mode.is_tree()) {
                (true, true) => return None,
                // A folder became a file, or the other way round: the files in it come on their own.
                (true, false) => (path, Status::Added, None, side(entry_mode, oid)),
                (false, true) => (path, Status::Deleted, side(previous_entry_mode, previous_oid), None),
                (false, false) => {
                    (path, Status::Modified, side(previous_entry_mode, previous_oid), side(entry_mode, oid))
                }
            }
        }
    };
    Some(FileChange::new(path.as_bstr(), status, old, new))
}
