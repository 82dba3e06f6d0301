//! The manifest: what the models in the store are called, where they came from, and what their files say of themselves.

use super::{Listing, Store, StoreError, blob, name};
use crate::BUNDLED_NAME;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use trust_gguf::Facts;

const VERSION: u64 = 1;
const FILE: &str = "manifest.json";

/// How a file came into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kept {
    Copy,
    /// It has a second name outside; whoever changes it there changes it here.
    HardLink,
    /// It lies elsewhere.
    SymbolicLink,
}

/// A model by one of its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub name: String,
    /// In hexadecimal digits.
    pub sha256: String,
    pub size_bytes: u64,
    /// The file that was imported; not known of one that was found.
    pub origin: Option<PathBuf>,
    /// Seconds since 1970.
    pub imported: u64,
    pub kept: Kept,
    pub facts: Recorded,
}

/// What a file says of the model in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    pub title: Option<String>,
    pub license: Option<String>,
    pub architecture: String,
    /// Number of weights.
    pub parameters: u64,
    pub quantisation: String,
    /// Tokens it was trained to see at once.
    pub context_length: u32,
    pub fill_in_the_middle: bool,
    pub chat_template: bool,
    /// Bytes that a token's keys and values take; not known of every architecture.
    pub kv_bytes_per_token: Option<u64>,
    /// Bytes that they take at most. Earlier versions did not count it.
    #[serde(default)]
    pub kv_bytes_at_most: Option<u64>,
}

impl Recorded {
    /// Whether it is the bundled model in another form, or a copy of it: what is written anew keeps the title, and a manifest that
    /// is made again has it too.
    pub fn is_of_bundled(&self) -> bool {
        self.title.as_deref() == Some(BUNDLED_NAME)
    }
}

impl From<&Facts> for Recorded {
    fn from(facts: &Facts) -> Self {
        Self {
            title: facts.name.clone(),
            license: facts.metadata.str("general.license").map(str::to_owned),
            architecture: facts.architecture.clone(),
            parameters: facts.parameters,
            quantisation: facts.quantisation.clone(),
            context_length: facts.context_length,
            fill_in_the_middle: facts.fim.is_some(),
            chat_template: facts.metadata.str("tokenizer.chat_template").is_some(),
            kv_bytes_per_token: facts.kv_bytes_per_token(),
            kv_bytes_at_most: facts.kv_bytes_at_most(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u64,
    pub models: Vec<Entry>,
}

impl Manifest {
    pub fn of(models: Vec<Entry>) -> Self {
        Self { version: VERSION, models }
    }

    /// Whether it can be believed. A hash becomes a path.
    fn is_sound(&self) -> bool {
        let names: std::collections::HashSet<_> = self.models.iter().map(|entry| &entry.name).collect();
        let each = |entry: &Entry| name::may_be_called(&entry.name) && blob::is_hash(&entry.sha256);
        names.len() == self.models.len() && self.models.iter().all(each)
    }
}

/// How the manifest was found.
pub(super) enum State {
    Sound(Manifest),
    /// It cannot be read, or is gone though there are files; the reason.
    Damaged(String),
}

impl Store {
    fn manifest(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    #[allow(clippy::disallowed_methods, reason = "the store lies outside every workspace")]
    pub(super) fn read(&self) -> Result<State, StoreError> {
        let path = self.manifest();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let is_empty = blob::all(&self.blobs()).is_empty();
                let gone = || State::Damaged("is gone".into());
                return Ok(if is_empty { State::Sound(Manifest::of(Vec::new())) } else { gone() });
            }
            Err(error) => return Err(StoreError::Unreadable { path, error }),
        };
        let value: serde_json::Value = match serde_json::from_slice(&bytes) {
            Ok(value) => value,
            Err(error) => return Ok(State::Damaged(format!("is damaged ({error})"))),
        };
        if let Some(version) = value["version"].as_u64().filter(|version| *version > VERSION) {
            return Err(StoreError::Newer { path, version });
        }
        Ok(match serde_json::from_value::<Manifest>(value) {
            Ok(manifest) if manifest.is_sound() => State::Sound(manifest),
            Ok(_) => State::Damaged("is damaged (names or hashes that are none)".into()),
            Err(error) => State::Damaged(format!("is damaged ({error})")),
        })
    }

    /// Replaces the manifest. With the lock held.
    pub(super) fn write(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let mut models = manifest.models.clone();
        models.sort_by(|one, other| one.name.cmp(&other.name));
        let text = serde_json::to_string_pretty(&Manifest::of(models)).map_err(std::io::Error::from);
        let written = text.and_then(|text| trust_config::write_file(&self.manifest(), &(text + "\n"), true));
        written.map_err(|error| self.unwritable(error))
    }

    /// Makes a damaged manifest again, unless somebody has meanwhile. With the lock held.
    pub(super) fn mend(&self) -> Result<Listing, StoreError> {
        let reason = match self.read()? {
            State::Sound(manifest) => return Ok(Listing { entries: manifest.models, notices: Vec::new() }),
            State::Damaged(reason) => reason,
        };
        let path = self.manifest();
        let (manifest, mut listing) = self.made_again();
        let mut told = format!("{} {reason}; it was made again from the files", path.display());
        if path.exists() {
            let backup = free_name(&path);
            std::fs::rename(&path, &backup).map_err(|error| self.unwritable(error))?;
            told.push_str(&format!(", and lies at {}", backup.display()));
        }
        self.write(&manifest)?;
        listing.notices.insert(0, told);
        Ok(listing)
    }

    /// What the files say by themselves. Their hashes are believed; `verify` is for who does not.
    pub(super) fn made_again(&self) -> (Manifest, Listing) {
        let (mut entries, mut notices): (Vec<Entry>, Vec<String>) = (Vec::new(), Vec::new());
        for (sha256, path) in blob::all(&self.blobs()) {
            let facts = match trust_gguf::inspect(&path) {
                Ok(facts) => facts,
                Err(error) => {
                    notices.push(format!("{} was left out: {error}", path.display()));
                    continue;
                }
            };
            let mut name = name::proposed(&facts, &format!("model-{}", &sha256[..8]));
            let taken = |name: &str| entries.iter().any(|entry| entry.name == name);
            if taken(&name) {
                name = name::numbered(&name, taken);
            }
            let kept = if path.is_symlink() { Kept::SymbolicLink } else { Kept::Copy };
            let (origin, facts, size_bytes) = (None, Recorded::from(&facts), facts.size_bytes);
            entries.push(Entry { name, sha256, size_bytes, origin, imported: now(), kept, facts });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        (Manifest::of(entries.clone()), Listing { entries, notices })
    }
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A name beside `path` that is not taken.
fn free_name(path: &Path) -> PathBuf {
    let named = |number: u32| path.with_extension(format!("json.damaged-{number}"));
    (1..=u32::MAX).map(named).find(|path| !path.exists()).unwrap_or_else(|| named(0))
}
