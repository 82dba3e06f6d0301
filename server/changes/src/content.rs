//! The two texts of a changed file, or why there are none.

use crate::attributes::converts;
use crate::file::{FileChange, Mode, Side, Source};
use crate::{Problem, Reader, Repository, Unread};
use gix::ObjectId;
use gix::bstr::ByteSlice;

/// The longest text that is compared line by line, in bytes.
pub const MAX_TEXT_BYTES: u64 = 16 << 20;
/// Where a binary file shows itself.
const BINARY_PROBE: usize = 8 << 10;
/// How the stand-in of a file begins that git LFS keeps elsewhere.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What a file holds on both sides. An absent side is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text {
        old: String,
        new: String,
    },
    /// Not text; sizes in bytes.
    Binary {
        old: Option<u64>,
        new: Option<u64>,
    },
    TooLarge {
        bytes: u64,
    },
    /// Kept outside the repository by git LFS.
    Stored,
    /// The commits that a submodule was and is at.
    Submodule {
        old: Option<String>,
        new: Option<String>,
    },
    /// Excluded from being read; by which rule.
    Withheld {
        by: String,
    },
    /// In the repository's books, but not in this clone.
    Missing,
    /// Could not be read; why.
    Unread {
        why: String,
    },
}

enum One {
    Text(String),
    Binary(u64),
    Other(Content),
}

/// Reads both sides.
///
/// # Errors
/// [`Problem::Unreadable`] where the object store is broken.
pub(crate) fn read(
    repository: &Repository,
    file: &FileChange,
    reader: &dyn Reader,
) -> Result<Content, Problem> {
    for place in file.places(repository.root()) {
        if let Err(by) = reader.allows(&place) {
            return Ok(Content::Withheld { by });
        }
    }
    if file.is_submodule() {
        let commit = |side: Option<Side>| match side {
            Some(Side { mode: Mode::Submodule, source: Source::Object(id) }) => Some(id.to_string()),
            Some(Side { mode: Mode::Submodule, source: Source::Worktree }) => checked_out(repository, file),
            _ => None,
        };
        return Ok(Content::Submodule { old: commit(file.old), new: commit(file.new) });
    }
    let side = |side: Option<Side>, old: bool| match side {
        None => Ok(One::Text(String::new())),
        Some(Side { source: Source::Object(id), .. }) => of_object(repository, id),
        Some(Side { source: Source::Worktree, mode }) => Ok(of_file(repository, file, mode, reader, old)),
    };
    let (old, mut new) = (side(file.old, true)?, side(file.new, false)?);
    // What git converts when it is added is no difference.
    if let (One::Text(old), One::Text(new)) = (&old, &mut new)
        && file.new.is_some_and(|side| side.source == Source::Worktree)
        && new.contains("\r\n")
        && !old.contains("\r\n")
        && converts(repository, file.raw.as_bstr(), reader)
    {
        *new = new.replace("\r\n", "\n");
    }
    let size = |one: &One, side: Option<Side>| match one {
        One::Text(text) => side.map(|_| text.len() as u64),
        One::Binary(bytes) => Some(*bytes),
        One::Other(_) => None,
    };
    Ok(match (old, new) {
        (One::Other(other), _) | (_, One::Other(other)) => other,
        (One::Text(old), One::Text(new)) => Content::Text { old, new },
        (old, new) => Content::Binary { old: size(&old, file.old), new: size(&new, file.new) },
    })
}

pub(crate) fn of_text(bytes: Vec<u8>) -> Result<String, u64> {
    if bytes.iter().take(BINARY_PROBE).any(|byte| *byte == 0) {
        return Err(bytes.len() as u64);
    }
    // Old encodings are compared as they can be; the lines that hold only ASCII are right.
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().to_str_lossy().into_owned()))
}

fn of_object(repository: &Repository, id: ObjectId) -> Result<One, Problem> {
    let Some(header) = repository.git.try_find_header(id).map_err(Problem::unreadable)? else {
        return Ok(One::Other(Content::Missing));
    };
    if header.size() > MAX_TEXT_BYTES {
        return Ok(One::Other(Content::TooLarge { bytes: header.size() }));
    }
    let bytes = repository.git.find_object(id).map_err(Problem::unreadable)?.detach().data;
    if bytes.starts_with(LFS) {
        return Ok(One::Other(Content::Stored));
    }
    Ok(match of_text(bytes) {
        Ok(text) => One::Text(text),
        Err(bytes) => One::Binary(bytes),
    })
}

fn of_file(repository: &Repository, file: &FileChange, mode: Mode, reader: &dyn Reader, old: bool) -> One {
    let raw = if old { file.old_raw.as_ref().unwrap_or(&file.raw) } else { &file.raw };
    let Ok(path) = gix::path::from_bstr(raw.as_bstr()) else {
        return One::Other(Content::Unread { why: "this system cannot have a file of that name".into() });
    };
    let path = repository.root().join(path);
    if mode == Mode::Link {
        return match std::fs::read_link(&path) {
            Ok(target) => One::Text(target.to_string_lossy().into_owned()),
            Err(error) => One::Other(Content::Unread { why: error.to_string() }),
        };
    }
    match reader.read(&path) {
        Ok(text) => One::Text(text),
        Err(Unread::Binary) => One::Binary(path.symlink_metadata().map_or(0, |metadata| metadata.len())),
        Err(Unread::TooLarge(bytes)) => One::Other(Content::TooLarge { bytes }),
        Err(Unread::Vanished) => One::Other(Content::Missing),
        Err(Unread::Excluded(by)) => One::Other(Content::Withheld { by }),
        Err(Unread::Other(why)) => One::Other(Content::Unread { why }),
    }
}

/// The commit that a submodule's own working tree is at.
pub(crate) fn checked_out(repository: &Repository, file: &FileChange) -> Option<String> {
    let path = gix::path::from_bstr(file.raw.as_bstr()).ok()?;
    let inner = Repository::open(&repository.root().join(path)).ok()?;
    if inner.root() == repository.root() { None } else { inner.commit("HEAD").ok() }
}
