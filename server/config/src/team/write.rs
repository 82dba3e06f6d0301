//! Writes the manifest of a team's folder, for who keeps one: all that may belong to it with its hashes, and a version that is higher
//! where something is another. Signing it is minisign's: no secret key is ever read here.

use super::Wrong;
use super::folder::{LARGEST, SHORTEN, hex, part, too_long};
use super::layer::lockable;
use super::manifest::{ACTIONS, CONFIG, FILE, FILES, INSTRUCTIONS, LISTED, Manifest, REVIEW, SIGNATURE};
use super::manifest::{WORKFLOWS, is_name, is_path, longest};
use crate::problem::tellable;
use crate::{actions, file, nearest_key};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

/// What a manifest that is made begins with.
const HEAD: &str = "# What belongs to the team's configuration: `trust-lsp team manifest` writes it, `minisign -S -m manifest.toml` signs it.\n";
/// What a signature may take, in bytes.
const ROOM: usize = 1 << 10;

const FOLDER: &str = "name the folder that the team's files lie in";
const MEND: &str = "mend it, or delete it to begin at version 1";
const FULL: &str = "see that you may write there, and that there is room";
const ELSEWHERE: &str = "rename it, or move it out of the folder";

/// What is to be another than it was; the rest of a manifest stays.
#[derive(Debug, Clone, Default)]
pub struct ManifestEdit {
    pub name: Option<String>,
    /// Keys or tables of keys.
    pub lock: Vec<String>,
    pub unlock: Vec<String>,
    /// A higher version, whether anything is another or not.
    pub bump: bool,
}

/// A manifest as it is now.
#[derive(Debug, Clone)]
pub struct WrittenManifest {
    pub name: String,
    pub version: u64,
    pub locked: Vec<String>,
    /// How many files it lists.
    pub files: usize,
    /// Nothing was another than it was where it was not.
    pub is_new: bool,
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
    /// What lies in the folder and is no part of a team's configuration.
    pub left_out: Vec<String>,
    /// A signature lies beside a manifest that did not change.
    pub is_signed: bool,
}

/// Writes the manifest of a folder, whole or not at all, where it says something else than it did. Reads all files of it.
///
/// # Errors
/// The first that is wrong with the folder; then the manifest is as it was.
pub fn write_manifest(folder: &Path, edit: &ManifestEdit) -> Result<WrittenManifest, Wrong> {
    let wrong =
        |path: &str, why: String, advice| Wrong::new(folder.join(path).display().to_string(), why, advice);
    if !folder.is_dir() {
        return Err(Wrong::new(folder.display().to_string(), "is no folder that can be read", FOLDER));
    }
    let text = match fs::symlink_metadata(folder.join(FILE)) {
        Ok(_) => Some(part(folder, FILE)?),
        Err(_) => None,
    };
    let before = text.as_deref().map(file::without_mark).map(Manifest::parse).transpose();
    let before = before.map_err(|(line, why)| Wrong { line, ..wrong(FILE, why, MEND) })?;
    let name = edit.name.clone().or_else(|| before.as_ref().map(|before| before.name.clone()));
    let name = name.ok_or_else(|| wrong(FILE, "is not there yet".into(), "name the team: `--name NAME`"))?;
    if !is_name(&name) {
        let told = "takes up to 40 letters, digits, `-`, `_` and `.`, and begins with no dot";
        return Err(Wrong::new("--name", told, "choose another"));
    }
    let was_locked: Vec<String> =
        before.iter().flat_map(|before| &before.locked).map(|(name, _)| name.clone()).collect();
    let locked = locks(&was_locked, edit)?;
    let (paths, left_out) = found(folder)?;
    let (files, size) = hashes(folder, &paths)?;
    let none = BTreeMap::new();
    let old = before.as_ref().map_or(&none, |before| &before.files);
    let added = files.keys().filter(|path| !old.contains_key(*path)).cloned().collect();
    let changed = files.iter().filter(|(path, hash)| old.get(*path).is_some_and(|old| old != *hash));
    let changed: Vec<String> = changed.map(|(path, _)| path.clone()).collect();
    let removed = old.keys().filter(|path| !files.contains_key(*path)).cloned().collect();
    let same = before.as_ref().is_some_and(|before| before.name == name && before.files == files)
        && was_locked == locked;
    let version = before.as_ref().map_or(0, |before| before.version);
    let is_new = !same || edit.bump;
    let mut written = WrittenManifest {
        is_signed: !is_new && folder.join(SIGNATURE).is_file(),
        files: files.len(),
        name,
        version,
        locked,
        is_new,
        added,
        changed,
        removed,
        left_out,
    };
    if !is_new {
        return Ok(written);
    }
    written.version = version + 1;
    let text = rendered(text.as_deref().map(file::without_mark), &written, &files)
        .ok_or_else(|| wrong(FILE, "has a form that is not written to".into(), MEND))?;
    // What is written here is what everybody reads.
    Manifest::parse(&text).map_err(|(line, why)| Wrong { line, ..wrong(FILE, why, MEND) })?;
    if size + text.len() + ROOM > LARGEST {
        let why = format!("is too large: a team's is {} KiB at most", LARGEST >> 10);
        return Err(Wrong::new(folder.display().to_string(), why, "list less"));
    }
    file::write(&folder.join(FILE), &text, false)
        .map_err(|error| wrong(FILE, format!("cannot be written: {}", file::reason(&error)), FULL))?;
    Ok(written)
}

fn locks(before: &[String], edit: &ManifestEdit) -> Result<Vec<String>, Wrong> {
    let mut locked = before.to_vec();
    for name in &edit.lock {
        if lockable(name).next().is_none() {
            let near = nearest_key(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let why = format!("`{}` is no key that can be locked{near}", tellable(name));
            return Err(Wrong::new("--lock", why, "`trust-lsp config show` lists the keys"));
        }
        if !locked.contains(name) {
            locked.push(name.clone());
        }
    }
    for name in &edit.unlock {
        if !locked.contains(name) {
            let why = format!("`{}` is not locked", tellable(name));
            return Err(Wrong::new("--unlock", why, "`locked` of manifest.toml says what is"));
        }
        locked.retain(|one| one != name);
    }
    Ok(locked)
}

/// What may be listed, in order, and what else lies there. What begins with a dot is nobody's business.
fn found(folder: &Path) -> Result<(Vec<String>, Vec<String>), Wrong> {
    let (mut paths, mut left_out) = (Vec::new(), Vec::new());
    for name in names(folder)? {
        let inner = format!("{name}/");
        let whole = folder.join(&name);
        match name.as_str() {
            FILE | SIGNATURE => {}
            CONFIG | REVIEW | INSTRUCTIONS => paths.push(name),
            _ if [ACTIONS, WORKFLOWS].contains(&inner.as_str()) && whole.is_dir() => {
                for name in names(&whole)? {
                    let path = format!("{inner}{name}");
                    if !is_path(&path) {
                        let named = folder.join(&path).display().to_string();
                        return Err(Wrong::new(named, format!("is none of {LISTED}"), ELSEWHERE));
                    }
                    paths.push(path);
                }
            }
            _ if Path::new(&name).extension().is_some_and(|end| end == "key") => {
                let advice = "keep it where only those who sign can read it";
                return Err(Wrong::new(whole.display().to_string(), "is a secret key, by its name", advice));
            }
            _ => left_out.push(name),
        }
    }
    let named = || folder.display().to_string();
    if paths.len() > FILES {
        let why = format!("holds {} files, and a team's has {FILES} at most", paths.len());
        return Err(Wrong::new(named(), why, "list less"));
    }
    if paths.is_empty() {
        return Err(Wrong::new(named(), format!("holds none of {LISTED}"), "put one there first"));
    }
    Ok((paths, left_out))
}

fn names(folder: &Path) -> Result<Vec<String>, Wrong> {
    let wrong = |error: std::io::Error| {
        let why = format!("cannot be read: {}", file::reason(&error));
        Wrong::new(folder.display().to_string(), why, FOLDER)
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Each file with its hash, and what all of them take.
fn hashes(folder: &Path, paths: &[String]) -> Result<(BTreeMap<String, String>, usize), Wrong> {
    let (mut files, mut size) = (BTreeMap::new(), 0);
    for path in paths {
        let text = part(folder, path)?;
        let wrong = |why, advice| Err(Wrong::new(folder.join(path).display().to_string(), why, advice));
        if text.len() > longest(path) {
            return wrong(too_long(path), SHORTEN);
        }
        if path.starts_with(ACTIONS)
            && let Err(why) = actions::parse(file::without_mark(&text))
        {
            return wrong(why, "mend it, or move it out of the folder");
        }
        size += text.len();
        files.insert(path.clone(), hex(&Sha256::digest(text.as_bytes())));
    }
    Ok((files, size))
}

/// The manifest as its keeper wrote it, but for what is another: comments stay. `None` where `files` is no table.
fn rendered(
    before: Option<&str>,
    written: &WrittenManifest,
    files: &BTreeMap<String, String>,
) -> Option<String> {
    let mut document: DocumentMut = before.unwrap_or_default().parse().ok()?;
    let table = document.as_table_mut();
    put(table, "name", written.name.as_str().into());
    put(table, "version", i64::try_from(written.version).ok()?.into());
    let locked: Array = written.locked.iter().map(String::as_str).collect();
    put(table, "locked", locked.into());
    if !table.contains_key("files") {
        table.insert("files", Item::Table(Table::new()));
    }
    let listed = table.get_mut("files")?.as_table_like_mut()?;
    let gone: Vec<String> =
        listed.iter().map(|(path, _)| path.to_owned()).filter(|path| !files.contains_key(path)).collect();
    gone.iter().for_each(|path| drop(listed.remove(path)));
    files.iter().for_each(|(path, hash)| put(listed, path, hash.as_str().into()));
    listed.sort_values();
    Some(format!("{}{document}", if before.is_some() { "" } else { HEAD }))
}

/// Sets it; what is written behind it on its line stays.
fn put(table: &mut dyn TableLike, name: &str, mut value: Value) {
    match table.get_mut(name) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => drop(table.insert(name, Item::Value(value))),
    }
}
