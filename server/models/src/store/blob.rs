//! The files of the store: read, hashed, copied, linked.

use super::{Kept, Progress};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes read at a time; after each, progress is told.
const CHUNK: usize = 1 << 20;
/// What files in the making begin with.
const PREFIX: &str = ".import-";

/// What is wrong with the file of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("its file is gone; import it again, or `trust-lsp models remove` it")]
    Missing,
    #[error("its file has {found} bytes and had {expected}; import it again")]
    Length { expected: u64, found: u64 },
    #[error("its content is another than what was imported (now sha256 {found}); import it again")]
    Changed { found: String },
    #[error("its file cannot be used: {0}")]
    Unreadable(String),
}

pub fn check_length(path: &Path, expected: u64) -> Result<(), Broken> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() == expected => Ok(()),
        Ok(metadata) => Err(Broken::Length { expected, found: metadata.len() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Broken::Missing),
        Err(error) => Err(Broken::Unreadable(error.to_string())),
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn hash(path: &Path, progress: &mut dyn FnMut(Progress)) -> io::Result<String> {
    through(path, &mut io::sink(), progress).map_err(|(_, error)| error)
}

/// A file in the making, locked as long as somebody writes to it: so what a kill left behind can be told from it. It is gone
/// unless it is kept. With the store's lock held.
pub fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
    file.as_file().lock()?;
    Ok(file)
}

/// Which of the two sides of a copy failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Reading,
    Writing,
}

/// Copies the file at `from`, to the disk itself; its hash.
pub fn copy(
    from: &Path,
    to: &mut NamedTempFile,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, (Side, io::Error)> {
    let hash = through(from, to.as_file_mut(), progress)?;
    to.as_file().sync_all().map_err(|error| (Side::Writing, error))?;
    Ok(hash)
}

fn through(
    from: &Path,
    to: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, (Side, io::Error)> {
    let reading = |error| (Side::Reading, error);
    let mut from = open(from).map_err(reading)?;
    let total = from.metadata().map_err(reading)?.len();
    let (mut hash, mut buffer, mut done) = (Sha256::new(), vec![0; CHUNK], 0);
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(reading(error)),
        };
        hash.update(&buffer[..count]);
        to.write_all(&buffer[..count]).map_err(|error| (Side::Writing, error))?;
        done += count as u64;
        progress(Progress { done, total: total.max(done) });
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Gives the file at `from` a second name; a link to it where it lies on another disk, or is somebody else's. Whatever had
/// the name gives way. With the store's lock held.
pub fn link(from: &Path, to: &Path) -> io::Result<Kept> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".link");
    let beside = to.with_file_name(name);
    // What a kill left.
    let _ = std::fs::remove_file(&beside);
    let kept = match std::fs::hard_link(from, &beside) {
        Ok(()) => Kept::HardLink,
        Err(_) => symlink(from, &beside).map(|()| Kept::SymbolicLink)?,
    };
    let renamed = std::fs::rename(&beside, to);
    // Renaming a name of a file to another of its names does nothing, and leaves both.
    let _ = std::fs::remove_file(&beside);
    renamed.map(|()| kept)
}

/// Makes a copy of ours read-only, where it is not yet, so that nobody writes to it in place; whether that is so now. A file that
/// has another name is somebody else's too, and left alone.
#[cfg(unix)]
pub fn settle(path: &Path) -> bool {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    if !metadata.is_file() || metadata.nlink() != 1 {
        return false;
    }
    let is_read_only = metadata.mode() & 0o222 == 0;
    is_read_only || std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o400)).is_ok()
}

/// Elsewhere what is mapped cannot be cut off, and what is read-only cannot be replaced.
#[cfg(not(unix))]
pub fn settle(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(from, to)
}

/// What tells that somebody wrote to a file.
pub fn stamp(path: &Path) -> io::Result<(u64, Option<std::time::SystemTime>)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.len(), metadata.modified().ok()))
}

/// Takes away what imports that did not end left behind. With the store's lock held, under which they begin.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let is_left = open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_left {
            // Another sweep may have been faster.
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(())
}

/// How long what was not fetched to its end is kept, since it was touched last.
const FETCHING: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

/// Takes away what was begun long ago and not fetched to its end, but for `own`.
pub fn sweep_fetching(folder: &Path, own: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let touched = std::fs::read_dir(&path).into_iter().flatten().flatten();
        let touched = touched.filter_map(|file| file.metadata().ok()?.modified().ok()).max();
        let is_old = touched.is_none_or(|last| last.elapsed().is_ok_and(|age| age > FETCHING));
        if path != own && is_old {
            let _ = std::fs::remove_dir_all(path);
        }
    }
    Ok(())
}

/// Makes a folder that nobody else may read.
pub fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes what was renamed in a folder last.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { open(folder)?.sync_all() } else { Ok(()) }
}

/// The files in the store by their hashes, as their names say them.
pub fn all(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let path = entry.path();
        let hash = path.file_stem()?.to_str()?.to_owned();
        (path.extension()? == "gguf" && is_hash(&hash)).then_some((hash, path))
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

pub fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[allow(clippy::disallowed_methods, reason = "models lie outside every workspace")]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
