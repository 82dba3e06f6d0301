//! For which workspaces the user consented that something of them is sent to which engine. `trust-net` reads this at each
//! request; only the command line writes it.

use crate::assistant::state_folder;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub root: PathBuf,
    pub endpoint: String,
    /// An endpoint that is led elsewhere has no consent.
    pub url: String,
    /// Its model may call tools; one that was given before that does not hold any more.
    #[serde(default)]
    pub tools: bool,
}

pub fn file() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("consents.json"))
}

/// # Errors
/// It cannot be read, or is none.
pub fn all() -> Result<Vec<Consent>> {
    let path = file().context("no home folder; set HOME")?;
    read(&path).with_context(|| path.display().to_string())
}

fn read(path: &Path) -> Result<Vec<Consent>> {
    Ok(match trust_config::read_file(path).map_err(|(_, why)| anyhow::anyhow!(why))? {
        Some(text) => serde_json::from_str(&text)?,
        None => Vec::new(),
    })
}

/// Adds one, or takes it away; whether that changed anything.
///
/// # Errors
/// It cannot be read or written.
pub fn set(consent: Consent, given: bool) -> Result<bool> {
    let path = file().context("no home folder; set HOME")?;
    set_in(&path, consent, given).with_context(|| path.display().to_string())
}

fn set_in(path: &Path, consent: Consent, given: bool) -> Result<bool> {
    // Of two who write at a time the later one would bring back what the other took away.
    let _lock = trust_config::lock_beside(path)?;
    let mut all = read(path)?;
    let before = all.clone();
    // Of another address of the same name nothing holds any more.
    all.retain(|one| (&one.root, &one.endpoint) != (&consent.root, &consent.endpoint));
    if given {
        all.push(consent);
    }
    if all == before {
        return Ok(false);
    }
    let text = serde_json::to_string_pretty(&all)? + "\n";
    trust_config::write_file(path, &text, true)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_who_write_at_a_time_none_undoes_what_another_did() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/consents.json");
        let consent = |number: usize| Consent {
            root: format!("/w{number}").into(),
            endpoint: "box".into(),
            url: "https://a.example".into(),
            tools: false,
        };
        for given in [true, false] {
            std::thread::scope(|scope| {
                for number in 0..12 {
                    let path = &path;
                    scope.spawn(move || assert!(set_in(path, consent(number), given).unwrap()));
                }
            });
            assert_eq!(read(&path).unwrap().len(), if given { 12 } else { 0 });
        }
    }
}
