//! The folder of a team, read and verified: the signature first, then what the manifest says, then each file by its hash.
#![allow(
    clippy::disallowed_methods,
    reason = "the team's folder is configuration, and is no content of a workspace"
)]

use super::manifest::{FILE, Manifest, SIGNATURE, longest};
use super::{Held, Signed, Team, Wrong};
use crate::file::{self, Stamp};
use minisign_verify::{Error, PublicKey, Signature};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The most that all of it may be, in bytes.
pub(super) const LARGEST: usize = 384 << 10;

const AWAY: &str = "see that the folder is there and may be read";
const SIGN: &str = "have the team sign its manifest anew (`minisign -S -m manifest.toml`)";

/// The folder, where all of it is as it was signed. What is looked at goes into `seen`, whether it is there or not.
pub(super) fn verify(
    folder: &Path,
    key: &PublicKey,
    seen: &mut Vec<(PathBuf, Stamp)>,
) -> Result<Team, Wrong> {
    assemble(key, Held::Folder, &|path| folder.join(path).display().to_string(), |path| {
        let whole = folder.join(path);
        seen.push((whole.clone(), Stamp::of(&whole)));
        part(folder, path)
    })
}

/// A file of the folder. Nothing that leads elsewhere is followed; the folder itself may be a link.
pub(super) fn part(folder: &Path, path: &str) -> Result<String, Wrong> {
    let whole = folder.join(path);
    let wrong = |why: String, advice| Wrong::new(whole.display().to_string(), why, advice);
    if !folder.is_dir() {
        return Err(Wrong::new(folder.display().to_string(), "is no folder that can be read", AWAY));
    }
    let mut place = folder.to_path_buf();
    for step in Path::new(path).components() {
        place.push(step);
        if fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(wrong("is a link, or lies behind one".into(), "put the file itself there"));
        }
    }
    match file::read_as_is(&whole) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(wrong("is missing".into(), AWAY)),
        Err((line, why)) => Err(Wrong { line, ..wrong(why, AWAY) }),
    }
}

/// A team out of its parts, wherever they are read from.
pub(super) fn assemble(
    key: &PublicKey,
    held: Held,
    named: &dyn Fn(&str) -> String,
    mut read: impl FnMut(&str) -> Result<String, Wrong>,
) -> Result<Team, Wrong> {
    let signed = Signed { manifest: read(FILE)?, signature: read(SIGNATURE)? };
    let signature = Signature::decode(&signed.signature)
        .map_err(|_| Wrong::new(named(SIGNATURE), "is no signature of minisign", SIGN))?;
    key.verify(signed.manifest.as_bytes(), &signature, false).map_err(|error| match error {
        Error::UnexpectedKeyId => {
            let advice = "ask the team which key it signs with, by a way that you trust";
            Wrong::new(named(SIGNATURE), "was made with another key than `team.key`", advice)
        }
        Error::UnsupportedLegacyMode | Error::UnsupportedAlgorithm | Error::UnexpectedAlgorithm => {
            Wrong::new(named(SIGNATURE), "was made in a way that is not taken (hashed Ed25519 is)", SIGN)
        }
        _ => Wrong::new(named(SIGNATURE), "does not fit the manifest", SIGN),
    })?;
    let manifest = Manifest::parse(file::without_mark(&signed.manifest)).map_err(|(line, why)| Wrong {
        line,
        ..Wrong::new(named(FILE), why, "mend and sign the manifest")
    })?;
    let mut files = BTreeMap::new();
    let mut size = signed.manifest.len() + signed.signature.len();
    for (path, hash) in &manifest.files {
        let text = read(path)?;
        if hex(&Sha256::digest(text.as_bytes())) != *hash {
            let advice = "wait until the folder is up to date, or have the team list and sign what is meant";
            return Err(Wrong::new(named(path), "is not the file that was signed (another SHA-256)", advice));
        }
        if text.len() > longest(path) {
            return Err(Wrong::new(named(path), too_long(path), SHORTEN));
        }
        size += text.len();
        files.insert(path.clone(), text);
    }
    if size > LARGEST {
        let why = format!("lists more than {} KiB in all", LARGEST >> 10);
        return Err(Wrong::new(named(FILE), why, "list less"));
    }
    Ok(Team { manifest, signed, files, held })
}

pub(super) const SHORTEN: &str = "shorten it";

pub(super) fn too_long(path: &str) -> String {
    format!("is longer than {} KiB", longest(path) >> 10)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
