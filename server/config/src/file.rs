//! Files of the configuration: read whole within a limit, written whole or not at all.
#![allow(
    clippy::disallowed_methods,
    reason = "configuration is read and written here, and is no content of a workspace"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The largest file that is read.
pub(crate) const LARGEST: usize = 1 << 20;

/// By what a file is known to be as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stamp(Option<(SystemTime, u64, u64)>);

impl Stamp {
    pub fn of(path: &Path) -> Self {
        let Ok(metadata) = fs::metadata(path) else { return Self(None) };
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self(metadata.modified().ok().map(|time| (time, metadata.len(), inode)))
    }
}

/// The text of a file; `None` where there is no such file.
///
/// # Errors
/// Why it cannot be read, in words, with the line where there is one.
pub fn read(path: &Path) -> Result<Option<String>, (Option<usize>, String)> {
    let Some(text) = read_as_is(path)? else { return Ok(None) };
    Ok(Some(without_mark(&text).into()))
}

/// The same, with the mark of the byte order where there is one.
pub(crate) fn read_as_is(path: &Path) -> Result<Option<String>, (Option<usize>, String)> {
    let failed = |error: io::Error| (None, format!("cannot be read: {}", reason(&error)));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path),
        // A part of the path that is a file: then there is no such file either.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err((None, "is no file".into()));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() > LARGEST {
        return Err((None, format!("is larger than {} KiB", LARGEST >> 10)));
    }
    let line_of =
        |bytes: &[u8], offset: usize| Some(bytes[..offset].iter().filter(|byte| **byte == b'\n').count() + 1);
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Err((line_of(&bytes, offset), "holds a NUL byte".into()));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|error| (line_of(error.as_bytes(), error.utf8_error().valid_up_to()), "is not UTF-8".into()))
}

pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A link that leads nowhere is worth a word; no file is not.
fn missing(path: &Path) -> Result<Option<String>, (Option<usize>, String)> {
    match fs::symlink_metadata(path) {
        Ok(link) if link.is_symlink() => Err((None, "is a link that leads nowhere".into())),
        _ => Ok(None),
    }
}

/// An error of the system without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Replaces the file, or makes it: with mode 0600 in folders of mode 0700 where `private`. A link is written through, and
/// a file that is there keeps its rights. Whatever happens, the old text or the new one is there.
///
/// # Errors
/// Whatever keeps it from being written.
pub fn write(path: &Path, text: &str, private: bool) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => path.to_path_buf(),
        Err(error) => return Err(error),
    };
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folder(folder, private)?;
    let temporary = temporary(&target);
    let result = (|| {
        let mut file = create(&temporary, private)?;
        if let Ok(metadata) = fs::metadata(&target) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &target)
    })();
    if result.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// A name beside the target, in the same file system.
fn temporary(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    target.with_file_name(name)
}

fn create(path: &Path, private: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o644 });
    options.open(path)
}

/// Holds the lock that lies beside a private file, whose folder is made, as long as what is returned lives: for what is read, changed
/// and written again.
///
/// # Errors
/// The folder cannot be made, or the lock not be had.
pub fn lock_beside(path: &Path) -> io::Result<File> {
    make_folder(path.parent().unwrap_or(path), true)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = options.open(path.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

pub(crate) fn make_folder(folder: &Path, private: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, if private { 0o700 } else { 0o755 });
    builder.create(folder)
}
