//! The messages of the newest commits.

use crate::{Problem, Repository};
use gix::ObjectId;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;
use trust_redact::masked;

/// A commit's message, without the secrets in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The commit, as hexadecimal digits.
    pub commit: String,
    pub subject: String,
    /// Without the blank line before it.
    pub body: String,
    pub merge: bool,
}

/// The messages of the commits that `revision` has and `base` has not, the newest first, merges left out.
///
/// # Errors
/// [`Problem::NoRevision`] and its kin.
pub fn messages_since(repository: &Repository, base: &str, revision: &str) -> Result<Vec<Message>, Problem> {
    let (base, start) = (repository.resolve(base)?, repository.resolve(revision)?);
    read(repository, start, Some(base), usize::MAX)
}

/// The newest messages from `revision` back, merges left out; fewer where the history ends. A branch without a
/// commit has none.
///
/// # Errors
/// [`Problem::NoRevision`] and its kin.
pub fn messages(repository: &Repository, revision: &str, limit: usize) -> Result<Vec<Message>, Problem> {
    let start = match repository.resolve(revision) {
        Ok(start) => start,
        Err(Problem::Unborn) => return Ok(Vec::new()),
        Err(problem) => return Err(problem),
    };
    read(repository, start, None, limit)
}

fn read(
    repository: &Repository,
    start: ObjectId,
    hidden: Option<ObjectId>,
    limit: usize,
) -> Result<Vec<Message>, Problem> {
    let walk = repository.git.rev_walk([start]).with_hidden(hidden);
    let walk = walk.sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
    let mut messages = Vec::new();
    for commit in walk.all().map_err(Problem::unreadable)? {
        if messages.len() >= limit {
            break;
        }
        // The end of a shallow clone.
        let Ok(commit) =
            commit.map_err(Problem::unreadable).and_then(|info| info.object().map_err(Problem::unreadable))
        else {
            break;
        };
        let merge = commit.parent_ids().count() > 1;
        if merge {
            continue;
        }
        let text = masked(commit.message_raw_sloppy().to_string());
        let (subject, body) = text.trim_start().split_once('\n').unwrap_or((text.trim(), ""));
        messages.push(Message {
            commit: commit.id.to_string(),
            subject: subject.trim().to_owned(),
            body: body.trim().to_owned(),
            merge,
        });
    }
    Ok(messages)
}
