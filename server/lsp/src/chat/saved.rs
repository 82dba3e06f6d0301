//! Conversations on disk, in the user's state folder, for nobody else to read. Only those that the user names are kept.
//!
//! *Invariant:* a file that cannot be read as a conversation is neither changed nor replaced.
#![allow(clippy::disallowed_methods, reason = "the one place that reads and writes conversations")]

use crate::assistant::state_folder;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use trust_assist::chat::{Conversation, VERSION};

/// The longest that is read, in bytes.
const LONGEST: u64 = 16 << 20;
/// The longest name.
const NAME: usize = 64;

/// A conversation, and the folder that it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    pub root: PathBuf,
    pub conversation: Conversation,
}

/// Where they lie.
pub struct Chats(PathBuf);

impl Chats {
    pub fn open() -> anyhow::Result<Self> {
        let folder = state_folder().context("there is no home folder to keep conversations in; set HOME")?;
        Ok(Self(folder.join("chats")))
    }

    fn path(&self, name: &str) -> anyhow::Result<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > NAME || name.starts_with('.') || !name.bytes().all(plain) {
            bail!(
                "{name:?} is no name for a conversation: letters, digits, `-`, `_` and `.`, at most {NAME}"
            );
        }
        Ok(self.0.join(format!("{name}.json")))
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> =
            names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        names.sort();
        names
    }

    pub fn read(&self, name: &str) -> anyhow::Result<Saved> {
        let path = self.path(name)?;
        let told = || path.display().to_string();
        let length = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let names = self.names();
                let known = if names.is_empty() { "none is kept".into() } else { names.join(", ") };
                bail!("there is no conversation {name:?} ({known})");
            }
            metadata => metadata.with_context(told)?.len(),
        };
        let damaged = |why: String| {
            anyhow::anyhow!(
                "{} is no conversation that can be read ({why}); it is left as it is",
                path.display()
            )
        };
        if length > LONGEST {
            return Err(damaged(format!("{length} bytes")));
        }
        let bytes = fs::read(&path).with_context(told)?;
        let value: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(format!("line {}, column {}", error.line(), error.column())))?;
        let version = value["conversation"]["version"].as_u64();
        if version.is_some_and(|version| version != u64::from(VERSION)) {
            return Err(damaged(format!("its form is {}, here {VERSION} is known", version.unwrap_or(0))));
        }
        serde_json::from_value(value).map_err(|_| damaged("its form is another".into()))
    }

    /// Whether a name is still free.
    pub fn is_free(&self, name: &str) -> anyhow::Result<bool> {
        Ok(fs::symlink_metadata(self.path(name)?).is_err())
    }

    /// Keeps a conversation under a name that is free, or its own.
    pub fn write(&self, name: &str, saved: &Saved) -> anyhow::Result<()> {
        let path = self.path(name)?;
        let text = serde_json::to_string(saved)?;
        trust_config::write_file(&path, &text, true).with_context(|| path.display().to_string())
    }
}
