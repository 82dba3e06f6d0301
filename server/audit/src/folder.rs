//! Where the log lies: a folder that only its user may enter, with the database, the newest checkpoint beside it, and keys.

use crate::AuditError;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("log.db")
    }

    /// The newest signed checkpoint, a second time: who cuts the database must change this file too.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    pub(crate) fn signing_key(&self) -> PathBuf {
        self.0.join("signing.key")
    }

    /// What others verify with.
    pub fn public_key(&self) -> PathBuf {
        self.0.join("signing.pub")
    }

    pub(crate) fn content_key(&self) -> PathBuf {
        self.0.join("content.key")
    }

    /// The checkpoint's file, and those that were set aside because the log did not fit them.
    pub(crate) fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().filter_map(Result::ok);
        let is_one = |name: &str| name == "checkpoint" || name.starts_with("checkpoint.aside");
        let mut paths: Vec<PathBuf> = entries
            .filter(|entry| entry.file_name().to_str().is_some_and(is_one))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths
    }

    /// The number of the user whom the folder belongs to; nothing on systems without.
    pub fn user(&self) -> String {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Before it is made, the nearest folder above it that there is.
            let metadata = self.0.ancestors().find_map(|folder| fs::metadata(folder).ok());
            metadata.map(|metadata| metadata.uid().to_string()).unwrap_or_default()
        }
        #[cfg(not(unix))]
        String::new()
    }

    pub(crate) fn make(&self) -> Result<(), AuditError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(AuditError::io(&self.0))
    }

    /// Held by whoever makes keys, opens the database for writing, or replaces the checkpoint: one process at a time.
    pub(crate) fn lock(&self) -> Result<File, AuditError> {
        let path = self.0.join("lock");
        let lock = private().create(true).truncate(false).open(&path).map_err(AuditError::io(&path))?;
        lock.lock().map_err(AuditError::io(&path))?;
        Ok(lock)
    }
}

/// For writing, with mode 0600 where a file is made.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Replaces a file, or makes it: the old text or the new one is there, whatever happens. One process at a time.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), AuditError> {
    let temporary = path.with_extension("new");
    let write = || {
        let mut file = private().create(true).truncate(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(AuditError::io(path))
}

/// A small file's text; `None` where there is none.
pub(crate) fn small(path: &Path) -> Result<Option<String>, AuditError> {
    const LARGEST: u64 = 1 << 16;
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(AuditError::io(path)(error)),
        Ok(metadata) if metadata.len() > LARGEST => {
            return Err(AuditError::Key { path: path.to_owned(), why: "is too large" });
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(AuditError::io(path))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Microseconds since 1970, UTC.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
