//! One file as somebody has it open, compared with the last commit, or with another text of it. Nothing else of the repository is
//! looked at.

use crate::content::{Content, MAX_TEXT_BYTES, of_text};
use crate::facts::compare;
use crate::file::{FileChange, Mode, Side, Source, Status};
use crate::{FileFacts, Problem, Reader, Repository, Stop};
use gix::bstr::ByteSlice;
use std::path::Path;

/// The text that the last commit has of the file at an absolute path; `None` where it has none.
///
/// # Errors
/// [`Problem::Outside`], [`Problem::Withheld`], [`Problem::Unborn`], [`Problem::Unreadable`].
pub fn committed(
    repository: &Repository,
    path: &Path,
    reader: &dyn Reader,
) -> Result<Option<String>, Problem> {
    let inside = repository.inside(path, reader)?;
    let commit = repository.resolve("HEAD")?;
    let Some(id) = repository.blob_at(commit, inside.as_bstr())? else { return Ok(None) };
    let header = repository.git.try_find_header(id).map_err(Problem::unreadable)?;
    if !header.is_some_and(|header| header.kind().is_blob() && header.size() <= MAX_TEXT_BYTES) {
        return Ok(None);
    }
    let bytes = repository.git.find_object(id).map_err(Problem::unreadable)?.detach().data;
    Ok(of_text(bytes).ok())
}

/// What differs between the last commit and `text`, which somebody has made of the file.
///
/// # Errors
/// Those of [`committed`], and [`Problem::Cancelled`].
pub fn edited(
    repository: &Repository,
    path: &Path,
    text: &str,
    reader: &dyn Reader,
    stop: Stop,
) -> Result<FileFacts, Problem> {
    let inside = repository.inside(path, reader)?;
    let old = match committed(repository, path, reader) {
        Ok(old) => old,
        Err(Problem::Unborn) => None,
        Err(problem) => return Err(problem),
    };
    let side = Some(Side { mode: Mode::Regular, source: Source::Worktree });
    let (status, before) = if old.is_some() { (Status::Modified, side) } else { (Status::Added, None) };
    let change = FileChange::new(inside.as_bstr(), status, before, side);
    let content = Content::Text { old: old.unwrap_or_default(), new: text.to_owned() };
    compare(change, content, stop)
}

/// What differs between two texts of a file, without any repository. `path` is from a root, with `/`.
///
/// # Errors
/// [`Problem::Cancelled`].
pub fn between(path: &str, before: Option<&str>, after: &str, stop: Stop) -> Result<FileFacts, Problem> {
    let side = Some(Side { mode: Mode::Regular, source: Source::Worktree });
    let (status, old) = if before.is_some() { (Status::Modified, side) } else { (Status::Added, None) };
    let change = FileChange::new(path.as_bytes().as_bstr(), status, old, side);
    compare(change, Content::Text { old: before.unwrap_or_default().to_owned(), new: after.to_owned() }, stop)
}
