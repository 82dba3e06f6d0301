//! What a program must not read, or not change, though it lies in folders that it may use: found by name, whatever the
//! ignore rules say of it, since programs do not ask them.

use crate::Failure;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use trust_index::is_secret_name;
use trust_inference::CancelToken;
use trust_sandbox::{Means, Walls, Wanted, means};

/// Entries that are looked at, and those that may be special; with more than that nothing is run.
const ENTRIES: usize = 1_000_000;
const SPECIAL: usize = 4_000;

/// Names that hold secrets where programs keep theirs.
const SECRETS: [&str; 4] = ["credentials", "credentials.toml", "credentials.json", ".vault-token"];

/// What is run, or is believed, when somebody opens the workspace or commits.
const KEPT: [&str; 13] = [
    ".git",
    ".hg",
    ".jj",
    ".svn",
    ".trust",
    ".trustignore",
    ".vscode",
    ".idea",
    ".zed",
    ".github",
    ".husky",
    ".devcontainer",
    ".claude",
];

#[derive(Debug, Default)]
struct Special {
    hidden: Vec<PathBuf>,
    kept: Vec<PathBuf>,
}

/// The walls of a program that works in `roots`, and what makes them.
///
/// # Errors
/// There is nothing that can, or there is too much to look at.
pub fn sandbox(
    wanted: Wanted,
    roots: Vec<PathBuf>,
    readable: Vec<PathBuf>,
    writable: bool,
    cancel: &CancelToken,
) -> Result<(Means, Walls), Failure> {
    let means = means(wanted).map_err(|why| {
        let told = "`command.sandbox` of the configuration says what is needed";
        Failure::told(format!("nothing is run: {why}; {told}"))
    })?;
    let canonical =
        |all: Vec<PathBuf>| all.iter().filter_map(|path| path.canonicalize().ok()).collect::<Vec<_>>();
    let (roots, readable) = (canonical(roots), canonical(readable));
    let special = if means == Means::Nothing {
        Special::default()
    } else {
        let all: Vec<&Path> = roots.iter().chain(&readable).map(PathBuf::as_path).collect();
        special(&all, cancel)?
    };
    let Special { hidden, kept } = special;
    Ok((means, Walls { roots, writable, readable, hidden, kept }))
}

/// All of it below these folders, which are canonical.
fn special(folders: &[&Path], cancel: &CancelToken) -> Result<Special, Failure> {
    let mut special = Special::default();
    let mut left = ENTRIES;
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    while let Some(folder) = waiting.pop() {
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        // What cannot be read here cannot be read by the program.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            left = left.checked_sub(1).ok_or_else(too_much)?;
            let (name, path) = (entry.file_name(), entry.path());
            let Ok(kind) = entry.file_type() else { continue };
            if is_secret(&name) {
                // A link is judged by where it leads; what lies outside is out of reach anyway.
                let real = if kind.is_symlink() { path.canonicalize().ok() } else { Some(path) };
                let inside = |real: &PathBuf| folders.iter().any(|folder| real.starts_with(folder));
                special.hidden.extend(real.filter(inside));
            } else if kind.is_symlink() {
            } else if KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept)) {
                // The version store has no files of its own names; what lies beside may.
                if kind.is_dir() && !name.eq_ignore_ascii_case(".git") {
                    waiting.push(path.clone());
                }
                special.kept.push(path);
            } else if kind.is_dir() {
                waiting.push(path);
            }
        }
        if special.hidden.len() + special.kept.len() > SPECIAL {
            return Err(too_much());
        }
    }
    for all in [&mut special.hidden, &mut special.kept] {
        all.sort();
        all.dedup();
    }
    Ok(special)
}

fn is_secret(name: &OsStr) -> bool {
    is_secret_name(name) || SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn too_much() -> Failure {
    Failure::told(
        "nothing is run: the workspace has too many files to find all that must be hidden from a program",
    )
}
