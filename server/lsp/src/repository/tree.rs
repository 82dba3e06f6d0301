//! Which working tree is meant, and which index: `git commit -a` and `git commit FILE` make one of their own, and name it to
//! what they start.

use std::path::{Path, PathBuf};
use trust_changes::{Problem, Repository};

/// A folder in a working tree, and the index in place of the repository's own.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    pub folder: &'a Path,
    pub index: Option<&'a Path>,
}

impl<'a> From<&'a Path> for Tree<'a> {
    fn from(folder: &'a Path) -> Self {
        Self { folder, index: None }
    }
}

impl Tree<'_> {
    pub(super) fn open(self) -> Result<Repository, Problem> {
        let repository = Repository::open(self.folder)?;
        match self.index {
            Some(index) => repository.with_index(index),
            None => Ok(repository),
        }
    }
}

/// The index of the commit that git is making, where git's own variables say that it has started this process or one above it, as it
/// starts hooks and editors. It counts only where it lies in the repository's own folder.
pub fn index_of_commit() -> Option<PathBuf> {
    std::env::var_os("GIT_EXEC_PATH")?;
    std::env::var_os("GIT_INDEX_FILE").filter(|name| !name.is_empty()).map(PathBuf::from)
}
