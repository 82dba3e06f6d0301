//! A tree compared with the index: two lists in the same order, walked once.

use crate::file::{FileChange, Mode, Side, Status};
use crate::{Problem, Repository};
use gix::ObjectId;
use gix::index::entry::{Flags, Stage};
use std::cmp::Ordering;

pub(crate) fn list(repository: &Repository, tree: ObjectId) -> Result<Vec<FileChange>, Problem> {
    let tree = repository.git.index_from_tree(&tree).map_err(Problem::unreadable)?;
    let index = repository.index()?;
    let (mut old, mut new) = (tree.entries(), index.entries());
    let mut files = Vec::new();
    loop {
        let order = match (old.first(), new.first()) {
            (None, None) => return Ok(files),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path(&tree).cmp(new.path(&index)),
        };
        let before = old.first().filter(|_| order.is_le());
        let after = new.first().filter(|_| order.is_ge());
        if before.is_some() {
            old = old.get(1..).unwrap_or_default();
        }
        let side = |entry: &gix::index::Entry| Side::object(Mode::of_index(entry.mode), entry.id);
        match (before, after) {
            (Some(before), None) => {
                let path = before.path(&tree);
                files.push(FileChange::new(path, Status::Deleted, Some(side(before)), None));
            }
            (before, Some(after)) => {
                let path = after.path(&index);
                // A file in conflict stands there once for each side.
                let same = new.iter().take_while(|entry| entry.path(&index) == path).count();
                new = new.get(same.max(1)..).unwrap_or_default();
                let old_side = before.map(side);
                if after.stage() != Stage::Unconflicted {
                    files.push(FileChange::new(path, Status::Conflicted, old_side, Some(side(after))));
                } else if after.flags.contains(Flags::INTENT_TO_ADD) {
                    if let Some(old) = old_side {
                        files.push(FileChange::new(path, Status::Deleted, Some(old), None));
                    }
                } else if old_side != Some(side(after)) {
                    let status = if old_side.is_some() { Status::Modified } else { Status::Added };
                    files.push(FileChange::new(path, status, old_side, Some(side(after))));
                }
            }
            (None, None) => {}
        }
    }
}
