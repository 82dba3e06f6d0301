//! What is looked at of a change to guess its type and scope: its paths and their parts, kinds of files, statuses.

use crate::paths::{Purpose, purpose};
use std::collections::BTreeSet;
use trust_changes::Status;

/// The most files that are looked at.
const FILES: usize = 50;
/// How deep folders count as wholes.
const DEPTH: usize = 5;

/// In order, each once.
pub(crate) fn features(paths: &[(String, Status)]) -> Vec<String> {
    let mut found = BTreeSet::from([String::from("any")]);
    let mut purposes = BTreeSet::new();
    for (path, status) in paths.iter().take(FILES) {
        let purpose = purpose(path);
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        if let Some((_, extension)) = name.rsplit_once('.') {
            found.insert(format!("ending {extension}"));
        }
        for depth in 1..=folders.len().min(DEPTH) {
            found.insert(format!("in {}", folders.get(..depth).unwrap_or_default().join("/")));
        }
        found.extend(folders.iter().map(|folder| format!("below {folder}")));
        found.extend(words(stem).map(|word| format!("word {word}")));
        found.insert(format!("name {stem}"));
        found.insert(format!("file {path}"));
        found.insert(format!("purpose {purpose:?}"));
        if *status != Status::Modified {
            found.insert(format!("status {status:?} {purpose:?}"));
        }
        purposes.insert(purpose);
    }
    let all: Vec<String> = purposes.iter().map(|purpose: &Purpose| format!("{purpose:?}")).collect();
    found.insert(format!("purposes {}", all.join(" ")));
    found.insert(format!("files {}", paths.len().checked_ilog2().unwrap_or(0)));
    found.into_iter().collect()
}

/// The words of a name, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && before {
            words.push(String::new());
        }
        before = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| word.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_words() {
        for (name, expected) in
            [("fooBar-baz_qux", "foo bar baz qux"), ("HTTPServer", "httpserver"), ("a", "")]
        {
            assert_eq!(words(name).collect::<Vec<_>>().join(" "), expected, "{name}");
        }
        let found = features(&[("a/b/c.test.ts".into(), Status::Added)]);
        for feature in ["in a", "in a/b", "below b", "name c", "ending ts", "status Added Test", "files 0"] {
            assert!(found.iter().any(|one| one == feature), "{feature} in {found:?}");
        }
    }
}
