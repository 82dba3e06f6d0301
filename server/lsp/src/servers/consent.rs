//! For which workspaces the user consented to which server, and what its tools were then. Only the command line writes it.

use super::Spec;
use crate::assistant::state_folder;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A tool as it was described: with another word it is another tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    pub name: String,
    pub description: String,
    /// A JSON Schema.
    pub parameters: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub root: PathBuf,
    pub server: String,
    /// Of its command: a server that is started in another way has no consent.
    pub program: String,
    pub tools: Vec<Pinned>,
}

impl Consent {
    pub fn is_for(&self, root: &Path, spec: &Spec) -> bool {
        self.root == root && self.server == spec.name && self.program == spec.fingerprint()
    }
}

fn file() -> Result<PathBuf> {
    state_folder().map(|folder| folder.join("servers.json")).context("no home folder; set HOME")
}

/// # Errors
/// It cannot be read, is damaged, or others may write it: then nothing is consented to.
pub fn all() -> Result<Vec<Consent>> {
    let path = file()?;
    read(&path).with_context(|| path.display().to_string())
}

fn read(path: &Path) -> Result<Vec<Consent>> {
    let Some(text) = trust_config::read_file(path).map_err(|(_, why)| anyhow::anyhow!(why))? else {
        return Ok(Vec::new());
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path)?.permissions().mode() & 0o022 != 0 {
            bail!("may be written by others; nothing is consented to by it");
        }
    }
    Ok(serde_json::from_str(&text)?)
}

/// Puts `consent` in the place of an older one for the same server and workspace, or takes that away. Whether there was one.
///
/// # Errors
/// It cannot be read or written.
pub fn set(root: &Path, server: &str, consent: Option<Consent>) -> Result<bool> {
    let path = file()?;
    let mut all = read(&path).with_context(|| path.display().to_string())?;
    let before = all.len();
    all.retain(|one| one.root != root || one.server != server);
    let was = all.len() < before;
    all.extend(consent);
    let text = serde_json::to_string_pretty(&all)? + "\n";
    trust_config::write_file(&path, &text, true).with_context(|| path.display().to_string())?;
    Ok(was)
}
