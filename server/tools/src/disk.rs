//! Changes put on the disk: each file whole or not at all, and of several files all or none. A file that is not any
//! more what the change was made from is left alone.
#![allow(
    clippy::disallowed_methods,
    reason = "the one place that writes workspace files, through the broker's eyes"
)]

use crate::{Change, Documents};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trust_index::FileBroker;

/// No editor has anything open.
pub struct Disk {
    broker: FileBroker,
}

/// A file that waits beside its target to take its place; it is taken away where it does not.
struct Waiting<'a> {
    change: &'a Change,
    temporary: PathBuf,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Once in its place it is not there any more.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl Disk {
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self { broker: FileBroker::new(roots) }
    }

    /// The file is there as it was, or not there, as the change has it; and is still nobody else's to exclude.
    fn is_as_before(&self, change: &Change) -> Result<(), String> {
        let told =
            |why: &dyn std::fmt::Display| Err(format!("`{}` {why}; nothing was changed", change.shown));
        match self.broker.allows(&change.path) {
            Ok(canonical) if canonical == change.path => {}
            Ok(_) => return told(&"leads elsewhere now"),
            Err(refusal) => return told(&format!("is not to be changed: {refusal}")),
        }
        match (&change.before, fs::read(&change.path)) {
            (Some(before), Ok(now)) if now == before.as_bytes() => Ok(()),
            (Some(_), Ok(_)) => told(&"has changed meanwhile"),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            (None, Ok(_)) => told(&"exists by now"),
            (_, Err(error)) => told(&format!("cannot be read: {error}")),
        }
    }
}

impl Documents for Disk {
    fn open(&self, _path: &Path) -> Option<(Arc<str>, i32)> {
        None
    }

    fn apply(&self, changes: &[Change]) -> Result<(), String> {
        let mut waiting = Vec::new();
        for change in changes {
            self.is_as_before(change)?;
            waiting.push(prepare(change).map_err(|error| {
                format!("`{}` cannot be written: {error}; nothing was changed", change.shown)
            })?);
        }
        // The files are written; what is left is quick.
        changes.iter().try_for_each(|change| self.is_as_before(change))?;
        for (at, file) in waiting.iter().enumerate() {
            if let Err(error) = place(file) {
                let lost: Vec<String> = waiting[..at].iter().rev().filter_map(|file| undo(file)).collect();
                let lost = if lost.is_empty() { "nothing was changed".into() } else { lost.join("; ") };
                return Err(format!("`{}` cannot be written: {error}; {lost}", file.change.shown));
            }
        }
        Ok(())
    }
}

impl Disk {
    /// Puts files back that [`Documents::apply`] changed, each if it is still as it was left then.
    ///
    /// # Errors
    /// What could not be put back.
    pub fn undo(&self, changes: &[Change]) -> Result<(), String> {
        let put_back = |change: &Change| {
            let told = |why: String| Some(format!("`{}` stays as it is: {why}", change.shown));
            match fs::read(&change.path) {
                Ok(now) if now == change.after.as_bytes() => {}
                Ok(_) => return told("it has changed meanwhile".into()),
                Err(error) => return told(error.to_string()),
            }
            let done = match &change.before {
                None => fs::remove_file(&change.path),
                Some(before) => {
                    write_beside(change, before).and_then(|old| fs::rename(&old.temporary, &change.path))
                }
            };
            done.err().and_then(|error| told(error.to_string()))
        };
        let lost: Vec<String> = changes.iter().rev().filter_map(put_back).collect();
        if lost.is_empty() { Ok(()) } else { Err(lost.join("; ")) }
    }
}

fn prepare(change: &Change) -> io::Result<Waiting<'_>> {
    let folder = change.path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    write_beside(change, &change.after)
}

fn write_beside<'a>(change: &'a Change, text: &str) -> io::Result<Waiting<'a>> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(change.path.file_name().unwrap_or_default());
    name.push(format!(".{}.{}.trust-new", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let waiting = Waiting { change, temporary: change.path.with_file_name(name) };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&waiting.temporary)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = fs::metadata(&change.path) {
        file.set_permissions(metadata.permissions())?;
    }
    file.sync_all()?;
    Ok(waiting)
}

fn place(file: &Waiting<'_>) -> io::Result<()> {
    match file.change.before {
        Some(_) => fs::rename(&file.temporary, &file.change.path),
        // Somebody else's file of that name is not to be lost. Not every file system has links.
        None => match fs::hard_link(&file.temporary, &file.change.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !file.change.path.exists() => {
                fs::rename(&file.temporary, &file.change.path)
            }
            done => done,
        },
    }
}

/// Puts a file back that was changed already; what cannot be put back is told.
fn undo(file: &Waiting<'_>) -> Option<String> {
    let change = file.change;
    let done = match &change.before {
        None => fs::remove_file(&change.path),
        Some(before) => write_beside(change, before).and_then(|old| fs::rename(&old.temporary, &change.path)),
    };
    done.err().map(|error| format!("`{}` is changed and could not be put back: {error}", change.shown))
}
