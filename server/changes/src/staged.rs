//! A tree compared with the index: two lists in the same order, walked once. Folders of which the index remembers that they
//! are as the tree has them are on neither list.

use crate::file::{FileChange, Mode, Side, Status};
use crate::{Problem, Repository};
use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::index::entry::{Flags, Stage};
use gix::index::extension::Tree;
use gix::index::{Entry, State};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

pub(crate) fn list(repository: &Repository, tree: ObjectId) -> Result<Vec<FileChange>, Problem> {
    let index = repository.index()?;
    let (old, same) = differing(repository, tree, &index)?;
    let new = without(index.entries(), &same);
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    let mut files = Vec::new();
    loop {
        let order = match (old.first(), new.first()) {
            (None, None) => return Ok(files),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((path, _)), Some(new)) => path.as_bstr().cmp(new.path(&index)),
        };
        let before = old.first().filter(|_| order.is_le());
        let after = new.first().filter(|_| order.is_ge());
        if before.is_some() {
            old = old.get(1..).unwrap_or_default();
        }
        match (before, after) {
            (Some((path, side)), None) => {
                files.push(FileChange::new(path.as_bstr(), Status::Deleted, Some(*side), None));
            }
            (before, Some(after)) => {
                let path = after.path(&index);
                // A file in conflict stands there once for each side.
                let same = new.iter().take_while(|entry| entry.path(&index) == path).count();
                new = new.get(same.max(1)..).unwrap_or_default();
                let old_side = before.map(|(_, side)| *side);
                let side = Side::object(Mode::of_index(after.mode), after.id);
                if after.stage() != Stage::Unconflicted {
                    files.push(FileChange::new(path, Status::Conflicted, old_side, Some(side)));
                } else if after.flags.contains(Flags::INTENT_TO_ADD) {
                    if let Some(old) = old_side {
                        files.push(FileChange::new(path, Status::Deleted, Some(old), None));
                    }
                } else if old_side != Some(side) {
                    let status = if old_side.is_some() { Status::Modified } else { Status::Added };
                    files.push(FileChange::new(path, status, old_side, Some(side)));
                }
            }
            (None, None) => {}
        }
    }
}

/// What a walk over a tree has before it.
enum Step<'a> {
    Folder(BString, ObjectId, Option<&'a Tree>),
    File(BString, Side),
}

/// The tree's files in the order of their paths, and the places in the index of those that were left out as the same.
#[allow(clippy::type_complexity, reason = "two lists that belong together here alone")]
fn differing(
    repository: &Repository,
    tree: ObjectId,
    index: &State,
) -> Result<(Vec<(BString, Side)>, Vec<Range<usize>>), Problem> {
    let (mut files, mut same) = (Vec::new(), Vec::new());
    let mut steps = vec![Step::Folder(BString::default(), tree, index.tree())];
    while let Some(step) = steps.pop() {
        let (folder, id, known) = match step {
            Step::File(path, side) => {
                files.push((path, side));
                continue;
            }
            Step::Folder(path, id, known) => (path, id, known),
        };
        if let Some(range) =
            known.filter(|known| known.id == id).and_then(|known| held(index, &folder, known))
        {
            same.push(range);
            continue;
        }
        if id.is_empty_tree() {
            continue;
        }
        let tree = repository.git.find_tree(id).map_err(Problem::unreadable)?;
        let known: HashMap<&[u8], &Tree> = known
            .iter()
            .flat_map(|known| &known.children)
            .map(|child| (child.name.as_slice(), child))
            .collect();
        let first = steps.len();
        for entry in tree.iter() {
            let entry = entry.map_err(Problem::unreadable)?;
            let (name, id) = (entry.filename(), entry.object_id());
            let path: BString = [folder.as_slice(), name.as_bytes()].concat().into();
            steps.push(if entry.mode().is_tree() {
                let path = [path.as_slice(), b"/"].concat().into();
                Step::Folder(path, id, known.get(name.as_bytes()).copied())
            } else {
                Step::File(path, Side::object(Mode::of_tree(entry.mode()), id))
            });
        }
        if let Some(added) = steps.get_mut(first..) {
            added.reverse();
        }
    }
    Ok((files, same))
}

/// Where the index has a folder, if what it remembers of it is believable: as many files, none in conflict or only meant.
fn held(index: &State, folder: &BString, known: &Tree) -> Option<Range<usize>> {
    let count = known.num_entries? as usize;
    let range = index.prefixed_entries_range(folder.as_bstr())?;
    let entries = index.entries().get(range.clone())?;
    let plain =
        |entry: &Entry| entry.stage() == Stage::Unconflicted && !entry.flags.contains(Flags::INTENT_TO_ADD);
    (entries.len() == count && entries.iter().all(plain)).then_some(range)
}

fn without<'a>(entries: &'a [Entry], same: &[Range<usize>]) -> Vec<&'a Entry> {
    let mut left = Vec::new();
    let mut at = 0;
    for range in same {
        left.extend(entries.get(at..range.start).unwrap_or_default());
        at = range.end.max(at);
    }
    left.extend(entries.get(at..).unwrap_or_default());
    left
}
