//! The last verified copy of a team's folder: one file of the user's state, by the key, verified anew whenever it is read.

use super::folder::{assemble, hex};
use super::manifest::{FILE, SIGNATURE};
use super::{Held, Team, Wrong};
use crate::file;
use minisign_verify::PublicKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const ADVICE: &str = "delete it; it is made anew from the team's folder";

/// The file that what was signed with a key is kept in.
pub(super) fn path(folder: &Path, key: &str) -> PathBuf {
    let name = hex(&Sha256::digest(key.trim().as_bytes()));
    folder.join(format!("{}.json", &name[..16]))
}

/// `None` where there is none yet.
pub(super) fn read(file: &Path, key: &PublicKey) -> Result<Option<Team>, Wrong> {
    let named = |_: &str| file.display().to_string();
    let text =
        file::read_as_is(file).map_err(|(line, why)| Wrong { line, ..Wrong::new(named(""), why, ADVICE) })?;
    let Some(text) = text else { return Ok(None) };
    let damaged = || Wrong::new(named(""), "is damaged", ADVICE);
    let kept: Value = serde_json::from_str(&text).map_err(|_| damaged())?;
    let team = assemble(key, Held::Copy, &named, |path| {
        let part = match path {
            FILE => &kept["manifest"],
            SIGNATURE => &kept["signature"],
            path => &kept["files"][path],
        };
        part.as_str().map(str::to_owned).ok_or_else(damaged)
    });
    team.map(Some).map_err(|wrong| Wrong { advice: ADVICE, ..wrong })
}

/// Keeps the team, unless another process kept a newer one meanwhile.
///
/// # Errors
/// Why it cannot be kept, in words.
pub(super) fn write(file: &Path, key: &PublicKey, team: &Team) -> Result<(), String> {
    let told = |error: std::io::Error| file::reason(&error);
    let _lock = file::lock_beside(file).map_err(told)?;
    if read(file, key).ok().flatten().is_some_and(|kept| kept.version() > team.version()) {
        return Ok(());
    }
    let kept = json!({
        "manifest": team.signed.manifest, "signature": team.signed.signature, "files": team.files,
    });
    let text = kept.to_string();
    if text.len() > file::LARGEST {
        return Err("it is too large, with what must be escaped".into());
    }
    file::write(file, &text, true).map_err(told)
}
