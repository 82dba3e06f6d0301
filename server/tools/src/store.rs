//! Decisions that last, in a file of the user's state that nobody else may read: never in the workspace, which must
//! not permit itself anything. A file that is damaged or that others may write permits nothing.

use crate::Class;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One decision about one tool in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Canonical.
    pub workspace: PathBuf,
    pub tool: String,
    pub class: Class,
    /// Of the tool's parameters: a tool that changed is another.
    pub schema: String,
    pub allow: bool,
}

impl Stored {
    pub(crate) fn is_about(&self, other: &Self) -> bool {
        let key = |one: &Self| (one.workspace.clone(), one.tool.clone(), one.class, one.schema.clone());
        key(self) == key(other)
    }
}

/// All decisions of the file; none where there is no file.
///
/// # Errors
/// What is wrong with it, in words.
pub fn stored(file: &Path) -> Result<Vec<Stored>, String> {
    let told = |why: &str| format!("{}: {why}; nothing is permitted by it", file.display());
    let Some(text) = trust_config::read_file(file).map_err(|(_, why)| told(&why))? else {
        return Ok(Vec::new());
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).map_err(|error| told(&error.to_string()))?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(told("may be written by others"));
        }
    }
    serde_json::from_str(&text).map_err(|_| told("is damaged"))
}

/// Keeps a decision in the place of an older one about the same.
pub(crate) fn keep(file: &Path, decision: Stored) -> Result<(), String> {
    // One that others may write would lend its rights to the new one.
    let damaged = stored(file).is_err();
    let mut all = stored(file).unwrap_or_default();
    all.retain(|one| !one.is_about(&decision));
    all.push(decision);
    if damaged {
        std::fs::remove_file(file).map_err(|error| error.to_string())?;
    }
    write(file, &all)
}

/// Takes decisions back; gives how many.
///
/// # Errors
/// What keeps the file from being read or written.
pub fn forget(file: &Path, which: impl Fn(&Stored) -> bool) -> Result<usize, String> {
    let mut all = stored(file)?;
    let before = all.len();
    all.retain(|one| !which(one));
    if all.len() < before {
        write(file, &all)?;
    }
    Ok(before - all.len())
}

fn write(file: &Path, all: &[Stored]) -> Result<(), String> {
    let text = serde_json::to_string_pretty(all).map_err(|error| error.to_string())?;
    trust_config::write_file(file, &format!("{text}\n"), true).map_err(|error| error.to_string())
}
