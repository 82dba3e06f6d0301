//! Why a repository gave no answer, and what to do about it.

use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("{} is in no git repository; go to one, or make one with `git init`", .0.display())]
    NoRepository(PathBuf),
    #[error(
        "{} is a bare repository: it has no working tree, where the rules on what may be read are; clone it and run there", .0.display()
    )]
    Bare(PathBuf),
    #[error(
        "the repository in {} says that its working tree is elsewhere (core.worktree), which is not followed; run in the working tree", .0.display()
    )]
    Elsewhere(PathBuf),
    #[error(
        "git commits from the index {}, which does not lie in the repository's own folder and is not looked at", .0.display()
    )]
    IndexElsewhere(PathBuf),
    #[error("this repository names its objects by sha256, which is not supported yet")]
    Sha256,
    #[error("this branch has no commit yet; look at `--staged`, or commit first")]
    Unborn,
    #[error("there is no revision `{0}`; `git log --oneline` and `git branch --all` list what there is")]
    NoRevision(String),
    #[error("this clone is shallow and `{0}` lies beyond its end; `git fetch --unshallow` brings the rest")]
    Shallow(String),
    #[error("`{0}` and `{1}` have no common ancestor")]
    Unrelated(String, String),
    #[error("{} files are in conflict, among them {}; resolve them and `git add` them first", .0.len(), .0.first().map_or("", String::as_str))]
    Conflicts(Vec<String>),
    #[error("the repository cannot be read: {0}")]
    Unreadable(String),
    #[error("{0} is not in the last commit, so it has no history yet; commit it first")]
    Untracked(String),
    #[error("{0} is excluded from being read")]
    Withheld(String),
    #[error("{} is in no file of the repository", .0.display())]
    Outside(PathBuf),
    #[error("the file has no line {0}")]
    NoLine(u32),
    #[error("the `git` program is not in any absolute folder of PATH; install git")]
    NoProgram,
    #[error("git took too long and was stopped")]
    TooSlow,
    #[error("cancelled")]
    Cancelled,
}

impl Problem {
    pub(crate) fn unreadable(error: impl std::fmt::Display + std::fmt::Debug) -> Self {
        // What lies behind an error is told by its debugging form only.
        let behind = format!("{error:?}").to_lowercase();
        if behind.contains("sha256") || behind.contains("objectformat") {
            Self::Sha256
        } else {
            Self::Unreadable(error.to_string())
        }
    }
}
