//! The file broker: every read of a workspace file goes through here, and so does every question whether a
//! file may be worked in. Decisions are made afresh from the disk, so an edited ignore file counts at once.

#![allow(clippy::disallowed_methods, reason = "this is the one place that reads workspace files")]

use crate::rules::Rules;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 2 << 20;
/// The longest line, in bytes, of a file that people write.
const MAX_LINE: usize = 5_000;
/// The longest mean line, in bytes, of a file that is longer than `MAX_LINE`.
const MAX_MEAN_LINE: usize = 300;
/// Where a binary file shows itself.
const BINARY_PROBE: usize = 8 << 10;
/// The longest file of ignore rules, in bytes.
const MAX_RULES_BYTES: u64 = 1 << 20;

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("excluded by {by}")]
    Excluded {
        /// The rule, and the file that it is from.
        by: String,
    },
    #[error("too large: {bytes} bytes, the limit is {MAX_FILE_BYTES}")]
    TooLarge { bytes: u64 },
    #[error("a binary file")]
    Binary,
    #[error("not UTF-8 text")]
    NotUtf8,
    #[error("minified or generated: its lines are too long")]
    Minified,
    #[error("there is no such file")]
    Vanished,
    #[error("the system denies reading it")]
    Denied,
    #[error("outside the workspace")]
    OutsideWorkspace,
}

impl Refusal {
    /// A word for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Excluded { .. } => "excluded",
            Self::TooLarge { .. } => "too_large",
            Self::Binary => "binary",
            Self::NotUtf8 => "not_utf8",
            Self::Minified => "minified",
            Self::Vanished => "vanished",
            Self::Denied => "denied",
            Self::OutsideWorkspace => "outside",
        }
    }
}

/// A workspace folder: as the client named it, and where it really is.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub given: PathBuf,
    pub canonical: PathBuf,
}

/// Decides which files may be read, and reads them.
///
/// A file is inside the workspace if its canonical path is below a root's, so a symbolic link cannot lead
/// out. Without roots (a single file opened on its own) every path that is asked for is inside; ignore rules
/// and secret names hold all the same.
#[derive(Debug)]
pub struct FileBroker {
    roots: Arc<[Root]>,
}

impl FileBroker {
    /// A root that does not exist is kept by the name given.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        let root = |given: PathBuf| {
            let absolute = std::path::absolute(&given).unwrap_or_else(|_| given.clone());
            Root { canonical: absolute.canonicalize().unwrap_or(absolute), given }
        };
        Self { roots: roots.into_iter().map(root).collect() }
    }

    /// The workspace folders, as they were given.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|root| root.given.as_path())
    }

    /// Whether `path` may be worked in, by its place and name alone: the file need not exist yet. Gives its
    /// canonical path, the form in which the index knows files.
    ///
    /// # Errors
    /// [`Refusal::Excluded`], [`Refusal::OutsideWorkspace`], or [`Refusal::Denied`] where the system will not
    /// say.
    pub fn allows(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.rules().allows(path)
    }

    /// Whether [`Self::read`] would get as far as looking at the contents.
    ///
    /// # Errors
    /// Every [`Refusal`] but those that are about contents.
    pub fn may_read(&self, path: &Path) -> Result<(), Refusal> {
        let canonical = self.allows(path)?;
        readable(&std::fs::metadata(&canonical).map_err(refusal)?).map(drop)
    }

    /// The file's text.
    ///
    /// # Errors
    /// The [`Refusal`] that keeps it from being read.
    pub fn read(&self, path: &Path) -> Result<String, Refusal> {
        read_allowed(&self.allows(path)?)
    }

    /// What is in the file, whatever that is, for comparing it with something.
    ///
    /// # Errors
    /// Every [`Refusal`] but those of texts; [`Refusal::TooLarge`] from `most` bytes on.
    pub fn bytes(&self, path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
        let canonical = self.allows(path)?;
        let metadata = std::fs::metadata(&canonical).map_err(refusal)?;
        if !metadata.is_file() {
            return Err(Refusal::Binary);
        }
        let mut bytes = Vec::new();
        if metadata.len() <= most {
            let file = File::open(&canonical).map_err(refusal)?;
            file.take(most + 1).read_to_end(&mut bytes).map_err(refusal)?;
        }
        match metadata.len().max(bytes.len() as u64) {
            size if size > most => Err(Refusal::TooLarge { bytes: size }),
            _ => Ok(bytes),
        }
    }

    /// Whether a text that is already at hand, such as an open document, has the shape of one to work with.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], [`Refusal::Binary`] or [`Refusal::Minified`].
    pub fn check_text(text: &str) -> Result<(), Refusal> {
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(Refusal::TooLarge { bytes: text.len() as u64 });
        }
        let bytes = text.as_bytes();
        if is_binary(bytes) {
            return Err(Refusal::Binary);
        }
        if has_long_lines(bytes) {
            return Err(Refusal::Minified);
        }
        Ok(())
    }

    /// The rules as they are on disk now, for a batch of questions.
    pub(crate) fn rules(&self) -> Rules {
        Rules::new(Arc::clone(&self.roots))
    }

    pub(crate) fn shared_roots(&self) -> Arc<[Root]> {
        Arc::clone(&self.roots)
    }
}

/// Reads a file by a path that [`Rules::allows`] gave.
pub(crate) fn read_allowed(canonical: &Path) -> Result<String, Refusal> {
    read_sized(canonical, readable(&std::fs::metadata(canonical).map_err(refusal)?)?)
}

/// The same, of a file that was [`readable`] just now.
pub(crate) fn read_sized(canonical: &Path, size: u64) -> Result<String, Refusal> {
    let mut file = File::open(canonical).map_err(refusal)?;
    // The file may have grown since its size was asked.
    let mut bytes = vec![0; size as usize + 1];
    let mut length = 0;
    loop {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(refusal(error)),
        }
        if length == bytes.len() {
            if length as u64 > MAX_FILE_BYTES {
                return Err(Refusal::TooLarge { bytes: length as u64 });
            }
            bytes.resize((2 * length).min(MAX_FILE_BYTES as usize + 1), 0);
        }
    }
    bytes.truncate(length);
    if is_binary(&bytes) {
        return Err(Refusal::Binary);
    }
    let text = String::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    FileBroker::check_text(&text)?;
    Ok(text)
}

/// A file of ignore rules: its text, `None` if there is none.
pub(crate) fn read_rules(path: &Path) -> Result<Option<String>, Refusal> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(None),
        Ok(metadata) if metadata.len() > MAX_RULES_BYTES => {
            return Err(Refusal::TooLarge { bytes: metadata.len() });
        }
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(refusal(error)),
    }
    let bytes = std::fs::read(path).map_err(refusal)?;
    let units = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|unit| of(*unit)).collect();
        String::from_utf16(&units).map_err(|_| Refusal::NotUtf8)
    };
    match bytes {
        // As some editors and shells of Windows write it.
        _ if bytes.starts_with(b"\xff\xfe") => units(u16::from_le_bytes).map(Some),
        _ if bytes.starts_with(b"\xfe\xff") => units(u16::from_be_bytes).map(Some),
        _ if bytes.contains(&0) => Err(Refusal::Binary),
        _ => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
    }
}

/// The size of a regular file that is there and not too large. Others, such as pipes, could block a reader.
pub(crate) fn readable(metadata: &Metadata) -> Result<u64, Refusal> {
    match metadata.len() {
        _ if !metadata.is_file() => Err(Refusal::Binary),
        bytes if bytes > MAX_FILE_BYTES => Err(Refusal::TooLarge { bytes }),
        bytes => Ok(bytes),
    }
}

pub(crate) fn refusal(error: io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Refusal::Vanished,
        _ => Refusal::Denied,
    }
}

/// Whether a line is longer than people write, or all of them are.
fn has_long_lines(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    // From one line break to the last one that a line of the longest length may end with.
    while let Some(reach) = rest.get(..=MAX_LINE) {
        match memchr::memrchr(b'\n', reach) {
            Some(at) => rest = &rest[at + 1..],
            None => return true,
        }
    }
    bytes.len() > MAX_LINE && bytes.len() / (memchr::memchr_iter(b'\n', bytes).count() + 1) > MAX_MEAN_LINE
}

fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(BINARY_PROBE)]).is_some()
}
