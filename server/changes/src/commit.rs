//! A commit in short: who, when, and what it calls itself.

use crate::file::shown;
use crate::{Problem, Repository};
use gix::ObjectId;
use gix::bstr::BStr;
use trust_redact::masked;

/// Nothing in it moves the cursor of a terminal, and none of it is a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Commit {
    /// Forty hexadecimal digits.
    pub id: String,
    pub author: String,
    /// The author's day, such as `2024-05-01`.
    pub date: String,
    pub subject: String,
    /// Since 1970, when it was written.
    #[serde(skip)]
    pub seconds: i64,
}

pub(crate) fn commit(repository: &Repository, id: ObjectId) -> Result<Commit, Problem> {
    let commit = repository.git.find_commit(id).map_err(Problem::unreadable)?;
    let author = commit.author().map_err(Problem::unreadable)?;
    let time = author.time().unwrap_or_default();
    let message = commit.message_raw_sloppy();
    let subject = message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    Ok(Commit {
        id: id.to_string(),
        author: said(author.name),
        date: time.format_or_unix(gix::date::time::format::SHORT),
        subject: said(subject.unwrap_or_default().trim_ascii().into()),
        seconds: time.seconds,
    })
}

/// What somebody wrote into a commit.
pub(crate) fn said(text: &BStr) -> String {
    masked(shown(text))
}

/// The day of a time in a zone such as `+0200`.
pub(crate) fn date(seconds: i64, zone: &str) -> String {
    let number: i32 = zone.parse().unwrap_or_default();
    let offset = (number / 100 * 60 + number % 100) * 60;
    gix::date::Time { seconds, offset }.format_or_unix(gix::date::time::format::SHORT)
}
