//! The workspaces that the user trusts, by their canonical paths, in a file of the user's state that nobody else may read.
//! Silence means untrusted, and so does a file that others may write.
#![allow(clippy::disallowed_methods, reason = "the one place that knows which workspaces are trusted")]

use crate::file::{self, reason};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::{Array, DocumentMut, value};

const HEAD: &str = "# Workspaces whose configuration is applied whole. Written by `trust-lsp workspace`.\n";

/// Which workspaces are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trusted(BTreeSet<PathBuf>);

/// Why trust could not be given or taken.
#[derive(Debug)]
pub struct TrustError(String);

/// The command that trusts the workspace at `root`, from wherever a shell is.
pub fn advice(root: &Path) -> String {
    format!("trust-lsp workspace trust '{}'", root.display().to_string().replace('\'', r"'\''"))
}

impl fmt::Display for TrustError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for TrustError {}

impl Trusted {
    /// Nobody is trusted by a file that is missing, damaged or open to others.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(file: &Path) -> Result<Self, TrustError> {
        let told = |why: &str| TrustError(format!("{}: {why}; no workspace is trusted", file.display()));
        let text = file::read(file).map_err(|(_, why)| told(&why))?;
        let Some(text) = text else { return Ok(Self::default()) };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(file).map_err(|error| told(&reason(&error)))?.permissions().mode();
            if mode & 0o022 != 0 {
                return Err(told("may be written by others"));
            }
        }
        let document: DocumentMut = text.parse().map_err(|_| told("is damaged"))?;
        let listed = document.get("workspaces").and_then(|item| item.as_array());
        let listed = listed.ok_or_else(|| told("is damaged"))?;
        let paths = listed.iter().filter_map(|path| path.as_str()).map(PathBuf::from);
        Ok(Self(paths.filter(|path| path.is_absolute()).collect()))
    }

    /// Whether the folder, whatever way it is named, is trusted. What lies in it is another workspace.
    pub fn holds(&self, root: &Path) -> bool {
        root.canonicalize().is_ok_and(|root| self.0.contains(&root))
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(PathBuf::as_path)
    }

    /// Trusts the folder from now on, or no more. False where it was so already. One process at a time.
    ///
    /// # Errors
    /// What keeps the file from being written. A damaged one is replaced, with nothing in it, when trust is given anew.
    pub fn change(file: &Path, root: &Path, trust: bool) -> Result<bool, TrustError> {
        let told = |error: std::io::Error| TrustError(format!("{}: {}", file.display(), reason(&error)));
        let named = |why: String| TrustError(format!("{}: {why}", root.display()));
        let path = match root.canonicalize() {
            Ok(path) => path,
            // What is gone can still be revoked.
            Err(_) if !trust => root.to_path_buf(),
            Err(error) => return Err(named(reason(&error))),
        };
        if trust && !path.is_dir() {
            return Err(named("is no folder".into()));
        }
        if path.to_str().is_none() {
            return Err(named("has a name that is not UTF-8".into()));
        }
        let _lock = file::lock_beside(file).map_err(told)?;
        let mut trusted = Self::read(file).unwrap_or_default();
        let changes = if trust { trusted.0.insert(path) } else { trusted.0.remove(&path) };
        if changes {
            trusted.write(file).map_err(told)?;
        }
        Ok(changes)
    }

    fn write(&self, file: &Path) -> std::io::Result<()> {
        let mut list: Array = self.0.iter().filter_map(|path| path.to_str()).collect();
        list.iter_mut().for_each(|path| path.decor_mut().set_prefix("\n    "));
        list.set_trailing("\n");
        list.set_trailing_comma(true);
        let mut document = DocumentMut::new();
        document["workspaces"] = value(list);
        // One that others may write would lend its rights to the new one.
        if Self::read(file).is_err() {
            fs::remove_file(file)?;
        }
        file::write(file, &format!("{HEAD}{document}"), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_given_taken_and_bound_to_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/trust-lsp/trusted.toml");
        let root = folder.path().join("a \"b\"\nc");
        fs::create_dir_all(root.join("inner")).unwrap();
        let is_trusted = |path: &Path| Trusted::read(&file).unwrap().holds(path);
        assert!(!is_trusted(&root));
        assert!(Trusted::change(&file, &root, true).unwrap());
        assert!(!Trusted::change(&file, &root, true).unwrap(), "it was");
        assert!(is_trusted(&root) && is_trusted(&root.join("inner/..")) && !is_trusted(&root.join("inner")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt, symlink};
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
            // A link to it is the same folder; a folder put in the place of the link is another.
            let link = folder.path().join("link");
            symlink(&root, &link).unwrap();
            assert!(is_trusted(&link));
            fs::remove_file(&link).unwrap();
            fs::create_dir(&link).unwrap();
            assert!(!is_trusted(&link));
        }
        assert!(Trusted::change(&file, &root, false).unwrap());
        assert!(!is_trusted(&root));
        assert!(Trusted::change(&file, &folder.path().join("none"), true).is_err());
    }

    #[test]
    fn a_file_that_is_damaged_or_open_to_others_trusts_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trusted.toml");
        let root = folder.path().join("root");
        fs::create_dir(&root).unwrap();
        for damaged in [&b"workspaces = [\""[..], b"\xff\xfe", b"\0", b"", b"workspaces = 1"] {
            fs::write(&file, damaged).unwrap();
            assert!(Trusted::read(&file).is_err(), "{damaged:?}");
        }
        assert!(Trusted::change(&file, &root, true).unwrap(), "it is made anew");
        assert!(Trusted::read(&file).unwrap().holds(&root));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
            let told = Trusted::read(&file).unwrap_err().to_string();
            assert!(told.contains("written by others"), "{told}");
            assert!(Trusted::change(&file, &root, true).unwrap());
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
