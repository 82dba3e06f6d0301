//! The store: models by the SHA-256 of their files in the user's data folder, and a manifest that says what they are called.
//!
//! A file is written beside its place, flushed and renamed, so that neither a full disk nor a kill leaves half of one. The
//! lock is held while the manifest changes, not while gigabytes are copied: two imports do not wait for each other.

mod blob;
mod error;
mod import;
mod manifest;
mod measured;
mod name;
#[cfg(test)]
mod tests;

pub(crate) use blob::settle;
pub use blob::{Broken, hash};
pub use error::StoreError;
pub use import::{Fetching, Imported, Wanted};
pub use manifest::{Entry, Kept, Recorded};
pub use measured::Measured;

use manifest::{Manifest, State};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Bytes done, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// A folder of models. Nothing is made before something is imported.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// What is in it.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// By name.
    pub entries: Vec<Entry>,
    /// What was found wrong, and what was done about it, in sentences.
    pub notices: Vec<String>,
}

/// What became of a name that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub entry: Entry,
    /// The other names of the same file, which is kept where there are any.
    pub others: Vec<String>,
}

impl Store {
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All models. A manifest that is damaged or gone is backed up and made again from the files.
    ///
    /// # Errors
    /// The folder cannot be read, or a newer program wrote the manifest.
    pub fn list(&self) -> Result<Listing, StoreError> {
        match self.read()? {
            State::Sound(manifest) => Ok(Listing { entries: manifest.models, notices: Vec::new() }),
            State::Damaged(_) => match self.lock() {
                Ok(_lock) => self.mend(),
                // Whoever may not write can still know what is there.
                Err(_) => Ok(self.made_again().1),
            },
        }
    }

    /// The model of this name.
    ///
    /// # Errors
    /// There is none, and what the nearest one is called; or those of [`Store::list`].
    pub fn find(&self, name: &str) -> Result<Entry, StoreError> {
        let entries = self.list()?.entries;
        let near = trust_config::nearest(name, entries.iter().map(|entry| entry.name.as_str()));
        let near = near.map(str::to_owned);
        entries
            .into_iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| StoreError::Unknown { name: name.into(), near })
    }

    /// Where a model's file lies.
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.blob(&entry.sha256)
    }

    /// The file of the model of this name, if it is there and as long as it was; no byte of it is read.
    ///
    /// # Errors
    /// Those of [`Store::find`], or what is wrong with the file.
    pub fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        self.file_to_run(name).map(|(path, _)| path)
    }

    /// The same, and whether it is a copy of ours, which is replaced and never written: it may be mapped. One of an earlier version
    /// is made read-only first.
    ///
    /// # Errors
    /// Those of [`Store::file`].
    pub fn file_to_run(&self, name: &str) -> Result<(PathBuf, bool), StoreError> {
        let entry = self.find(name)?;
        let path = self.path(&entry);
        blob::check_length(&path, entry.size_bytes)
            .map_err(|broken| StoreError::Broken { name: name.into(), broken })?;
        let is_ours = entry.kept == Kept::Copy && blob::settle(&path);
        Ok((path, is_ours))
    }

    /// Reads the whole file of a model and compares it with what it was.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, entry: &Entry, progress: &mut dyn FnMut(Progress)) -> Result<(), Broken> {
        let path = self.path(entry);
        blob::check_length(&path, entry.size_bytes)?;
        let found = blob::hash(&path, progress).map_err(|error| Broken::Unreadable(error.to_string()))?;
        if found != entry.sha256 {
            return Err(Broken::Changed { found });
        }
        trust_gguf::inspect(&path).map(drop).map_err(|error| Broken::Unreadable(error.to_string()))
    }

    /// Takes a name away, and the file with it unless another name is its too. A file that was linked stays where it came from.
    ///
    /// # Errors
    /// There is no such name, or it cannot be written.
    pub fn remove(&self, name: &str) -> Result<Removed, StoreError> {
        self.find(name)?;
        let _lock = self.lock()?;
        let mut manifest = self.current()?;
        let Some(index) = manifest.models.iter().position(|entry| entry.name == name) else {
            return Err(StoreError::Unknown { name: name.into(), near: None });
        };
        let entry = manifest.models.remove(index);
        let same = manifest.models.iter().filter(|other| other.sha256 == entry.sha256);
        let others: Vec<String> = same.map(|other| other.name.clone()).collect();
        // First the name: a file without one is found again, a name without a file would be broken.
        self.write(&manifest)?;
        if others.is_empty() {
            match std::fs::remove_file(self.path(&entry)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(self.unwritable(error));
                }
                _ => {}
            }
        }
        Ok(Removed { entry, others })
    }

    /// Held while the manifest changes; it ends with the value.
    fn lock(&self) -> Result<File, StoreError> {
        let lock = || {
            blob::private_folder(&self.blobs())?;
            let path = self.folder.join("lock");
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|error| self.unwritable(error))
    }

    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs")
    }

    fn blob(&self, sha256: &str) -> PathBuf {
        self.blobs().join(format!("{sha256}.gguf"))
    }

    fn unwritable(&self, error: std::io::Error) -> StoreError {
        StoreError::Unwritable { folder: self.folder.clone(), error }
    }

    /// What is there, of a manifest that may have to be mended first. With the lock held.
    fn current(&self) -> Result<Manifest, StoreError> {
        match self.read()? {
            State::Sound(manifest) => Ok(manifest),
            State::Damaged(_) => Ok(Manifest::of(self.mend()?.entries)),
        }
    }
}
