//! Which folder a file's workspace is, where nobody has named one; and which folders are none.

use std::path::{Path, PathBuf};

/// What marks the folder that a file belongs to.
const MARKS: [&str; 6] = [".git", "Cargo.toml", "pyproject.toml", "package.json", "tsconfig.json", ".hg"];

/// The nearest folder above `path` that looks like a project's; else the file's own. None of a file that lies in the home
/// folder itself, or above it: that is a document on its own.
pub fn of(path: &Path) -> Option<PathBuf> {
    found(path, &homes())
}

/// Whether a folder is the home folder, or holds it: nobody's project, and all that somebody has.
pub fn is_too_wide(folder: &Path) -> bool {
    let homes = homes();
    is_above(folder, &homes) || folder.canonicalize().is_ok_and(|folder| is_above(&folder, &homes))
}

/// The home folder, as it is named and as the system knows it.
fn homes() -> Vec<PathBuf> {
    let home = dirs::home_dir();
    let canonical = home.as_ref().and_then(|home| home.canonicalize().ok());
    home.into_iter().chain(canonical).collect()
}

fn is_above(folder: &Path, homes: &[PathBuf]) -> bool {
    folder.parent().is_none() || homes.iter().any(|home| home.starts_with(folder))
}

fn found(path: &Path, homes: &[PathBuf]) -> Option<PathBuf> {
    let folders = || path.ancestors().skip(1).take_while(|folder| !is_above(folder, homes));
    let looks_like = |folder: &&Path| MARKS.iter().any(|mark| folder.join(mark).exists());
    // The nearest mark of version control wins over a package inside the repository.
    let repository = folders().find(|folder| folder.join(".git").exists());
    let folder = repository.or_else(|| folders().find(looks_like));
    folder.or_else(|| folders().next()).map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests write the files they need")]
    use super::*;

    #[test]
    fn a_project_is_found_and_the_home_folder_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        // Whoever keeps his settings in git has a mark there.
        for mark in ["home/.git", "home/shop/.git", "home/shop/app", "home/notes", "elsewhere"] {
            std::fs::create_dir_all(folder.path().join(mark)).unwrap();
        }
        std::fs::write(home.join("shop/app/Cargo.toml"), "").unwrap();
        let cases = [
            ("home/shop/app/src/a.rs", Some("home/shop")),
            ("home/notes/a.py", Some("home/notes")),
            ("home/a.py", None),
            ("a.py", None),
            ("elsewhere/a.py", Some("elsewhere")),
        ];
        for (file, expected) in cases {
            let expected = expected.map(|root| folder.path().join(root));
            assert_eq!(found(&folder.path().join(file), std::slice::from_ref(&home)), expected, "{file}");
        }
        assert_eq!(found(Path::new("/a.py"), &[]), None);
        assert!(is_too_wide(Path::new("/")));
    }
}
