//! How a file enters the store.

use super::manifest::{Manifest, now};
use super::{Entry, Kept, Progress, Recorded, Store, StoreError, blob, name};
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What whoever imports wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Instead of the name that the file's own facts give it.
    pub name: Option<&'a str>,
    /// A link instead of a copy.
    pub link: bool,
    /// The file was made from this one by us, in a place of [`Store::workplace`]: it is taken over.
    pub made_from: Option<&'a Path>,
    /// What its SHA-256 must be, where somebody said so.
    pub sha256: Option<&'a str>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub entry: Entry,
    /// The names that the same file had already.
    pub others: Vec<String>,
}

/// How a file is to get its place in the store.
enum Content {
    /// It has it.
    Known,
    Link,
    Copy(NamedTempFile),
}

/// A place where a model is fetched; nobody else fetches it there meanwhile.
#[derive(Debug)]
pub struct Fetching {
    folder: PathBuf,
    _lock: File,
}

impl Fetching {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was fetched is in the store, or of no use: it goes.
    pub fn end(self) {
        // What stays is taken away once it is old.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Store {
    /// Checks the file at `source`, and takes it in.
    ///
    /// # Errors
    /// It is no model, its name is no name or taken, or the store cannot be written.
    pub fn import(
        &self,
        source: &Path,
        wanted: Wanted<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Imported, StoreError> {
        let unreadable = |error| StoreError::Unreadable { path: source.into(), error };
        let invalid = |error| StoreError::Invalid { path: source.into(), error };
        // What a link leads to today is what is imported.
        let origin = std::fs::canonicalize(source).map_err(unreadable)?;
        let facts = trust_gguf::inspect(&origin).map_err(invalid)?;
        let stem = origin.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = match wanted.name {
            Some(name) if !name::may_be_called(name) => {
                return Err(StoreError::BadName { name: name.into() });
            }
            Some(name) => name.to_owned(),
            None => name::proposed(&facts, &stem),
        };
        let known = self.list()?.entries;
        let link = wanted.link || wanted.made_from.is_some();
        let (sha256, content) = self.take_in(&origin, facts.size_bytes, link, &known, progress)?;
        if let Some(expected) = wanted.sha256.filter(|expected| !expected.eq_ignore_ascii_case(&sha256)) {
            return Err(StoreError::Other { path: source.into(), expected: expected.into(), found: sha256 });
        }
        // What is used is what was written, so that is checked once more; somebody may write to the other.
        let facts = match &content {
            Content::Copy(file) => trust_gguf::inspect(file.path()).map_err(invalid)?,
            Content::Known | Content::Link => trust_gguf::inspect(&origin).map_err(invalid)?,
        };

        let _lock = self.lock()?;
        let mut manifest = self.current()?;
        check_free(&manifest, &name, &sha256)?;
        let same = || manifest.models.iter().filter(|entry| entry.sha256 == sha256);
        let others = same().map(|entry| entry.name.clone()).filter(|other| *other != name).collect();
        let to = self.blob(&sha256);
        let placed = match content {
            Content::Known => Ok(same().next().map_or(Kept::Copy, |entry| entry.kept)),
            Content::Link if wanted.made_from.is_some() => std::fs::rename(&origin, &to).map(|()| Kept::Copy),
            Content::Link => blob::link(&origin, &to),
            // One that is there already is the same, or was broken.
            Content::Copy(file) => file.persist(&to).map(|_| Kept::Copy).map_err(|error| error.error),
        };
        let kept = placed
            .and_then(|kept| blob::sync_folder(&self.blobs()).map(|()| kept))
            .map_err(|error| self.unwritable(error))?;
        if kept == Kept::Copy {
            // Where that cannot be, it is read instead of mapped.
            blob::settle(&to);
        }
        let entry = Entry {
            name,
            sha256,
            size_bytes: facts.size_bytes,
            origin: Some(wanted.made_from.map_or(origin, Path::to_path_buf)),
            imported: now(),
            kept,
            facts: Recorded::from(&facts),
        };
        manifest.models.retain(|other| other.name != entry.name);
        manifest.models.push(entry.clone());
        self.write(&manifest)?;
        Ok(Imported { entry, others })
    }

    /// A file to make a model in, on the store's own disk. It is gone unless it is imported.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn workplace(&self) -> Result<NamedTempFile, StoreError> {
        let _lock = self.lock()?;
        let begun = blob::sweep(&self.blobs()).and_then(|()| blob::begin(&self.blobs()));
        begun.map_err(|error| self.unwritable(error))
    }

    /// The folder in which the model from `origin` is fetched, for as long as that takes: on the store's own disk, and the same
    /// each time. It goes with [`Fetching::end`].
    ///
    /// # Errors
    /// The store cannot be written, or somebody fetches this one now.
    pub fn fetching(&self, origin: &str) -> Result<Fetching, StoreError> {
        let _lock = self.lock()?;
        let folder = self.folder.join("fetching").join(blob::hash_of(origin.as_bytes()));
        let begun = blob::private_folder(&folder).and_then(|()| {
            blob::sweep_fetching(&self.folder.join("fetching"), &folder)?;
            let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
            Ok(lock.try_lock().map(|()| lock))
        });
        match begun.map_err(|error| self.unwritable(error))? {
            Ok(lock) => Ok(Fetching { folder, _lock: lock }),
            Err(_) => Err(StoreError::Busy { origin: origin.into() }),
        }
    }

    /// Hashes a file, and copies it unless it is known or a link is wanted.
    fn take_in(
        &self,
        origin: &Path,
        size: u64,
        link: bool,
        known: &[Entry],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(String, Content), StoreError> {
        let unreadable = |error| StoreError::Unreadable { path: origin.into(), error };
        // Reading twice is cheaper than a second copy of what is there.
        if link || known.iter().any(|entry| entry.size_bytes == size) {
            let before = blob::stamp(origin).map_err(unreadable)?;
            let sha256 = blob::hash(origin, progress).map_err(unreadable)?;
            if blob::stamp(origin).map_err(unreadable)? != before {
                return Err(StoreError::Restless { path: origin.into() });
            }
            let is_whole = |entry: &Entry| self.verify(entry, &mut |_| ()).is_ok();
            if known.iter().any(|entry| entry.sha256 == sha256 && is_whole(entry)) {
                return Ok((sha256, Content::Known));
            }
            if link {
                return Ok((sha256, Content::Link));
            }
        }
        let mut file = self.workplace()?;
        let sha256 = blob::copy(origin, &mut file, progress).map_err(|(side, error)| match side {
            blob::Side::Reading => unreadable(error),
            blob::Side::Writing => self.unwritable(error),
        })?;
        Ok((sha256, Content::Copy(file)))
    }
}

fn check_free(manifest: &Manifest, name: &str, sha256: &str) -> Result<(), StoreError> {
    let taken = |name: &str| manifest.models.iter().any(|entry| entry.name == name);
    let by_another = manifest.models.iter().any(|entry| entry.name == name && entry.sha256 != sha256);
    match by_another {
        true => Err(StoreError::Taken { name: name.into(), proposed: name::numbered(name, taken) }),
        false => Ok(()),
    }
}
