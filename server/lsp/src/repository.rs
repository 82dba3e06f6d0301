//! Git for the command line and the server alike: a repository, its broker, and what `trust-assist` makes of
//! them. Blocking; handlers call it from a thread for such work.

use std::path::{Path, PathBuf};
use trust_assist::commit::{Draft, Form, Request, draft, drafts, groups, learn};
use trust_assist::review::{Options, Review, review};
use trust_assist::{Broker, Changes, describe, gather};
use trust_changes::{Head, Problem, Repository, Scope, Status, messages};
use trust_inference::CancelToken;

/// The changes of `scope` in the repository that `folder` is in.
pub fn changes(folder: &Path, scope: Scope, cancel: &CancelToken) -> Result<Changes, Problem> {
    let repository = Repository::open(folder)?;
    let broker = Broker::new(repository.root().to_owned());
    gather(&repository, scope, &broker, cancel)
}

/// What to commit, and how to call it.
pub struct Proposal {
    pub drafts: Vec<Draft>,
    /// With `split`: for each group its files and its message.
    pub groups: Vec<(Vec<String>, Draft)>,
}

/// What is asked of [`commit_message`].
#[derive(Default)]
pub struct Asked {
    /// For the last commit as amended, not only for what is staged.
    pub amend: bool,
    pub form: Option<Form>,
    /// How many messages.
    pub count: usize,
    pub split: bool,
    /// The index of a commit in progress.
    pub index: Option<PathBuf>,
}

/// Messages for what is staged, or for the last commit as amended.
pub fn commit_message(folder: &Path, asked: Asked, cancel: &CancelToken) -> Result<Proposal, Problem> {
    let Asked { amend, form, count, split, index } = asked;
    let mut repository = Repository::open(folder)?;
    if let Some(index) = index {
        repository = repository.with_index(index);
    }
    let broker = Broker::new(repository.root().to_owned());
    let scope = if amend { Scope::Amend } else { Scope::Staged };
    let changes = gather(&repository, scope, &broker, cancel)?;
    let conflicts = changes.files.iter().filter(|file| file.change.status == Status::Conflicted);
    let conflicts: Vec<String> = conflicts.map(|file| file.change.path.clone()).collect();
    if !conflicts.is_empty() {
        return Err(Problem::Conflicts(conflicts));
    }
    let history = learn(&repository, "HEAD")?;
    let branch = match repository.head()? {
        Head::Branch(name) => Some(name),
        Head::Detached | Head::Unborn => None,
    };
    let request = Request { form, branch };
    let proposed = drafts(&changes.files, &history, &request, count);
    let mut parts = Vec::new();
    if split {
        for group in groups(&changes.files) {
            let files: Vec<_> = group.iter().filter_map(|at| changes.files.get(*at).cloned()).collect();
            let paths = files.iter().map(|file| file.change.path.clone()).collect();
            parts.extend(draft(&files, &history, &request).map(|draft| (paths, draft)));
        }
    }
    Ok(Proposal { drafts: proposed, groups: parts })
}

/// Reviews what is staged, or everything since `base`.
pub fn review_changes(
    folder: &Path,
    base: Option<&str>,
    options: &Options,
    cancel: &CancelToken,
) -> Result<Review, Problem> {
    let repository = Repository::open(folder)?;
    let broker = Broker::new(repository.root().to_owned());
    let scope = match base {
        Some(base) => Scope::Since(base.to_owned(), "HEAD".to_owned()),
        None => Scope::Staged,
    };
    let changes = gather(&repository, scope, &broker, cancel)?;
    Ok(review(&repository, &changes, &broker, options))
}

/// Describes what the branch has that `base` has not.
pub fn describe_branch(folder: &Path, base: &str, cancel: &CancelToken) -> Result<String, Problem> {
    let repository = Repository::open(folder)?;
    let broker = Broker::new(repository.root().to_owned());
    let scope = Scope::Since(base.to_owned(), "HEAD".to_owned());
    let changes = gather(&repository, scope, &broker, cancel)?;
    let review = review(&repository, &changes, &broker, &Options::default());
    let own = repository.commits_since(base, "HEAD")?;
    let subjects: Vec<String> =
        messages(&repository, "HEAD", own)?.into_iter().map(|message| message.subject).collect();
    Ok(describe(&changes, &subjects, &learn(&repository, base)?, &review))
}
