//! Which two states are compared.

use crate::{FileChange, Problem, Reader, Repository, range, renames, staged, unstaged};

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
        Scope::Staged => staged::list(repository, repository.head_tree()?)?,
        Scope::Amend => {
            let head = repository.resolve("HEAD")?;
            staged::list(repository, repository.tree_before(head)?)?
        }
        Scope::Commit(revision) => {
            let commit = repository.resolve(revision)?;
            range::list(repository, repository.tree_before(commit)?, repository.tree_of(commit)?)?
        }
        Scope::Range(old, new) => {
            let (old, new) = (repository.resolve(old)?, repository.resolve(new)?);
            range::list(repository, repository.tree_of(old)?, repository.tree_of(new)?)?
        }
        Scope::Since(base, new) => {
            let base = repository.merge_base(base, new)?;
            let new = repository.resolve(new)?;
            range::list(repository, repository.tree_of(base)?, repository.tree_of(new)?)?
        }
    };
    renames::join(repository, &mut files, reader);
    files.sort_by(|a, b| a.raw.cmp(&b.raw));
    Ok(files)
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
