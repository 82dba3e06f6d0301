//! Lends the file broker to `trust-changes`: what it excludes is quoted by nothing here.

use std::path::{Path, PathBuf};
use trust_changes::{MAX_TEXT_BYTES, Reader, Unread};
use trust_index::{FileBroker, Refusal};

pub struct Broker(FileBroker);

impl Broker {
    /// For one working tree.
    pub fn new(root: PathBuf) -> Self {
        Self(FileBroker::new(vec![root]))
    }
}

impl Reader for Broker {
    fn allows(&self, path: &Path) -> Result<(), String> {
        match self.0.allows(path) {
            Ok(_) => Ok(()),
            Err(Refusal::Excluded { by }) => Err(by),
            Err(other) => Err(other.to_string()),
        }
    }

    fn read(&self, path: &Path) -> Result<String, Unread> {
        self.0.read(path).map_err(unread)
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Unread> {
        self.0.bytes(path, MAX_TEXT_BYTES).map_err(unread)
    }
}

fn unread(refusal: Refusal) -> Unread {
    match refusal {
        Refusal::Excluded { by } => Unread::Excluded(by),
        Refusal::Binary => Unread::Binary,
        Refusal::TooLarge { bytes } => Unread::TooLarge(bytes),
        Refusal::Vanished => Unread::Vanished,
        other => Unread::Other(other.to_string()),
    }
}
