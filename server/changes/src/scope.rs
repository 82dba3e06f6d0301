//! Which two states are compared.

use crate::content::{MAX_TEXT_BYTES, of_text};
use crate::{FileChange, Problem, Reader, Repository, range, renames, staged, unstaged};
use gix::ObjectId;
use std::path::Path;

/// What to compare with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The index with the working tree: what `git diff` shows.
    Unstaged,
    /// The last commit with the index: what would be committed.
    Staged,
    /// The last commit's parent with the index: what an amended commit would hold.
    Amend,
    /// A commit with its first parent.
    Commit(String),
    /// Two revisions.
    Range(String, String),
    /// The newest common ancestor of both revisions with the second: what a branch adds.
    Since(String, String),
}

impl Scope {
    /// Reads `A..B`, `A...B` and a single revision, as git does; an empty side is `HEAD`.
    pub fn parse(text: &str) -> Self {
        let side = |text: &str| if text.is_empty() { "HEAD".to_owned() } else { text.to_owned() };
        if let Some((old, new)) = text.split_once("...") {
            return Self::Since(side(old), side(new));
        }
        match text.split_once("..") {
            Some((old, new)) => Self::Range(side(old), side(new)),
            None => Self::Commit(text.to_owned()),
        }
    }
}

/// The files that differ, by path; deletions and additions that are one file with a new name are joined.
/// What `reader` refuses is joined by its object's name only.
///
/// # Errors
/// What [`Repository::open`] and the revisions of `scope` can give.
pub fn list(repository: &Repository, scope: &Scope, reader: &dyn Reader) -> Result<Vec<FileChange>, Problem> {
    let mut files = match scope {
        Scope::Unstaged => unstaged::list(repository, reader)?,
        Scope::Staged | Scope::Amend => staged::list(repository, before(repository, scope)?)?,
        Scope::Commit(new) | Scope::Range(_, new) | Scope::Since(_, new) => {
            let old = before(repository, scope)?;
            range::list(repository, old, repository.tree_of(repository.resolve(new)?)?)?
        }
    };
    renames::join(repository, &mut files, reader);
    files.sort_by(|a, b| a.raw.cmp(&b.raw));
    Ok(files)
}

/// The tree that is compared with; of what is not staged, the last commit's.
fn before(repository: &Repository, scope: &Scope) -> Result<ObjectId, Problem> {
    match scope {
        Scope::Unstaged | Scope::Staged => repository.head_tree(),
        Scope::Amend => repository.tree_before(repository.resolve("HEAD")?),
        Scope::Commit(revision) => repository.tree_before(repository.resolve(revision)?),
        Scope::Range(old, _) => repository.tree_of(repository.resolve(old)?),
        Scope::Since(base, new) => repository.tree_of(repository.merge_base(base, new)?),
    }
}

/// The texts of what a scope begins from. Nothing of the working tree is looked at, and no link is followed. For what configures
/// this program, and locks: no reader is asked.
pub struct Before<'repository> {
    repository: &'repository Repository,
    /// None before the first commit.
    tree: Option<gix::Tree<'repository>>,
}

impl<'repository> Before<'repository> {
    /// # Errors
    /// Those of [`list`].
    pub fn of(repository: &'repository Repository, scope: &Scope) -> Result<Self, Problem> {
        let tree = before(repository, scope)?;
        let tree = match tree.is_empty_tree() {
            true => None,
            false => Some(repository.git.find_tree(tree).map_err(Problem::unreadable)?),
        };
        Ok(Self { repository, tree })
    }

    /// What stands at a path, if that is a text.
    ///
    /// # Errors
    /// The repository lacks what it should hold.
    pub fn text(&self, path: &str) -> Result<Option<String>, Problem> {
        let Some(tree) = &self.tree else { return Ok(None) };
        let entry = tree.lookup_entry_by_path(Path::new(path)).map_err(Problem::unreadable)?;
        let Some(entry) = entry.filter(|entry| entry.mode().is_blob()) else { return Ok(None) };
        let header = self.repository.git.try_find_header(entry.object_id()).map_err(Problem::unreadable)?;
        if header.is_none_or(|header| header.size() > MAX_TEXT_BYTES) {
            return Ok(None);
        }
        let blob = entry.object().map_err(Problem::unreadable)?.detach();
        Ok(of_text(blob.data).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_read_as_git_reads_them() {
        let range = |a: &str, b: &str| Scope::Range(a.into(), b.into());
        let since = |a: &str, b: &str| Scope::Since(a.into(), b.into());
        let cases = [
            ("main", Scope::Commit("main".into())),
            ("a..b", range("a", "b")),
            ("a..", range("a", "HEAD")),
            ("..b", range("HEAD", "b")),
            ("a...b", since("a", "b")),
            ("a...", since("a", "HEAD")),
        ];
        for (text, scope) in cases {
            assert_eq!(Scope::parse(text), scope, "{text}");
        }
    }
}
