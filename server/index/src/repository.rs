//! Where git keeps what it knows of a folder's repository.

use crate::broker::read_rules;
use std::path::{Path, PathBuf};

/// The repository of a folder: its top, git's own folder of it, and what its working trees have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    pub top: PathBuf,
    pub git: PathBuf,
    pub common: PathBuf,
}

impl Repository {
    /// The innermost one that `folder` lies in. A linked working tree and a submodule have a file `.git`, which says
    /// where git's folder is; where that cannot be found, it is the file itself, and holds nothing.
    pub fn of(folder: &Path) -> Option<Self> {
        let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
        let git = top.join(".git");
        let git = linked(&git, "gitdir:").unwrap_or(git);
        let common = linked(&git.join("commondir"), "").unwrap_or_else(|| git.clone());
        Some(Self { top: top.to_owned(), git, common })
    }

    /// The repository's own list of what it ignores.
    pub fn exclude(&self) -> PathBuf {
        self.common.join("info/exclude")
    }
}

/// The folder that a file leads to.
fn linked(file: &Path, mark: &str) -> Option<PathBuf> {
    let text = read_rules(file).ok()??;
    let folder = text.strip_prefix(mark)?.trim();
    file.parent()?.join(folder).canonicalize().ok().filter(|folder| folder.is_dir())
}
