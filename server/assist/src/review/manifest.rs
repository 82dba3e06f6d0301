//! Manifests and their locks.

use super::finding::Finding;
use super::rule::rule;
use crate::commit::entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use trust_changes::FileFacts;

/// A manifest, its possible locks, and the headings or keys under which dependencies stand that a lock holds.
const PAIRS: &[(&str, &[&str], &[&str])] = &[
    ("Cargo.toml", &["Cargo.lock"], &["dependencies"]),
    (
        "package.json",
        &["package-lock.json", "yarn.lock", "pnpm-lock.yaml"],
        &["\"dependencies\"", "\"devDependencies\"", "\"optionalDependencies\""],
    ),
    ("pyproject.toml", &["poetry.lock", "uv.lock", "pdm.lock"], &["dependencies"]),
];

/// `before` has the texts of what the change begins from. A lock that did not change is what it was there, and one that was
/// not there holds nothing.
pub(crate) fn check(
    files: &[FileFacts],
    before: &dyn Fn(&str) -> Option<String>,
    findings: &mut Vec<Finding>,
) {
    let Some(rule) = rule("lock-out-of-step") else { return };
    // Many manifests of a repository have one lock, and it is large.
    let mut known: HashMap<String, Option<Rc<str>>> = HashMap::new();
    let mut text_of = |lock: &str| match known.get(lock) {
        Some(text) => text.clone(),
        None => known.entry(lock.to_owned()).or_insert(before(lock).map(Rc::from)).clone(),
    };
    let changed: HashSet<&str> = files.iter().map(|file| file.change.path.as_str()).collect();
    for file in files {
        let (folder, name) = file.change.path.rsplit_once('/').unwrap_or(("", &file.change.path));
        let Some((_, locks, sections)) = PAIRS.iter().find(|(manifest, ..)| *manifest == name) else {
            continue;
        };
        let Some(found) = dependencies(file, sections) else { continue };
        // The nearest folder upwards that has a lock.
        let mut at = Some(folder);
        while let Some(above) = at {
            let in_folder =
                |lock: &&str| if above.is_empty() { (*lock).to_owned() } else { format!("{above}/{lock}") };
            let present =
                locks.iter().map(in_folder).filter_map(|lock| text_of(&lock).map(|text| (lock, text)));
            let present: Vec<(String, Rc<str>)> = present.collect();
            if let Some((lock, text)) = present.first() {
                let versions = if name == "Cargo.toml" { found.versions.as_slice() } else { &[] };
                if !versions.is_empty() && versions.iter().all(|line| is_enough(line, text)) {
                    break;
                }
                let holds =
                    |(_, text): &(String, Rc<str>)| above == folder || is_member(file, folder, above, text);
                let is_changed = |(lock, _): &(String, Rc<str>)| changed.contains(lock.as_str());
                if !present.iter().any(is_changed) && present.iter().any(holds) {
                    let message = format!("the dependencies changed and {lock} did not");
                    findings.push(Finding::new(rule, &file.change.path, found.line, message));
                }
                break;
            }
            at = if above.is_empty() {
                None
            } else {
                Some(above.rsplit_once('/').map_or("", |(above, _)| above))
            };
        }
    }
}

/// Whether a lock in the folder `above` speaks of the package in `folder`: by its place, or by its name.
fn is_member(file: &FileFacts, folder: &str, above: &str, lock: &str) -> bool {
    let trust_changes::Content::Text { new, .. } = &file.content else { return false };
    let place = folder.strip_prefix(above).unwrap_or(folder).trim_start_matches('/');
    let name = new.lines().find(|line| line.starts_with("name = \""));
    lock.contains(&format!("\"{place}\""))
        || lock.contains(&format!(":{place}\""))
        || lock.contains(&format!("  {place}:\n"))
        || name.is_some_and(|name| lock.contains(name.trim()))
}

/// A changed line of a section of dependencies, and the lines that only ask for other versions than before.
struct Changed<'a> {
    line: u32,
    versions: Vec<&'a String>,
}

fn dependencies<'a>(file: &'a FileFacts, sections: &[&str]) -> Option<Changed<'a>> {
    let trust_changes::Content::Text { new, .. } = &file.content else { return None };
    let lines: Vec<&str> = new.lines().collect();
    let names = |lines: &[String]| -> HashSet<String> {
        lines.iter().map(|line| line.split(['=', '.']).next().unwrap_or_default().trim().to_owned()).collect()
    };
    let release = release(file).filter(|_| file.change.path.ends_with("package.json"));
    for hunk in file.hunks.iter().filter(|hunk| hunk.added != hunk.removed) {
        if release.as_ref().is_some_and(|(old, new)| follows(&hunk.removed, &hunk.added, old, new)) {
            continue;
        }
        let versioned =
            |text: &&String| text.contains(['=', ':', '"']) && text.chars().any(|c| c.is_ascii_digit());
        let Some(first) = hunk.added.iter().chain(&hunk.removed).find(versioned) else { continue };
        let above = lines.get(..(hunk.new.start as usize).min(lines.len())).unwrap_or_default();
        let depth = |line: &str| line.len() - line.trim_start().len();
        let heading = |line: &&&str| {
            let opens = line.trim_end().ends_with('{') && depth(line) < depth(first);
            line.starts_with('[') || opens || line.trim_end().ends_with("= [")
        };
        let section = above.iter().rev().find(heading).copied().unwrap_or_default();
        if sections.iter().any(|name| section.contains(name)) {
            let same = names(&hunk.added) == names(&hunk.removed);
            let versions = if same { hunk.added.iter().collect() } else { Vec::new() };
            return Some(Changed { line: hunk.new.start, versions });
        }
    }
    None
}

/// The version that the package had, and the one that it has now.
fn release(file: &FileFacts) -> Option<(String, String)> {
    let version = |lines: &[String]| {
        let lines = lines.iter().filter_map(|line| entry(line));
        lines.into_iter().find(|(name, _)| name == "version").map(|(_, version)| version)
    };
    file.hunks.iter().find_map(|hunk| Some((version(&hunk.removed)?, version(&hunk.added)?)))
}

/// Whether the lines ask for the package's new version where they asked for its old one: they are of packages that are released
/// together, which the locks of JavaScript's package managers take from their folders.
fn follows(removed: &[String], added: &[String], old: &str, new: &str) -> bool {
    removed.len() == added.len()
        && removed.iter().zip(added).all(|(before, after)| before.replace(old, new) == *after)
}

/// Whether a lock of Cargo's, which knows nothing of what was asked for, has a version that is good enough.
fn is_enough(line: &str, lock: &str) -> bool {
    let Some((name, wanted)) = entry(line) else { return false };
    let numbers = |version: &str| -> Vec<u64> {
        let parts = version.split(['.', '-', '+']).map_while(|part| part.parse().ok());
        parts.collect()
    };
    let wanted = numbers(&wanted);
    let telling = wanted.iter().position(|number| *number > 0).unwrap_or(0);
    let entries = lock.split("[[package]]").filter_map(|entry| {
        let own = entry.trim_start().strip_prefix(&format!("name = \"{name}\""))?;
        own.trim_start().strip_prefix("version = \"")?.split('"').next()
    });
    entries.map(numbers).any(|found| found >= wanted && found.get(..=telling) == wanted.get(..=telling))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_has_it_already_need_not_change() {
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.200\"\n\n[[package]]\nname = \"rand\"\nversion = \"0.8.5\"\n";
        let cases = [
            ("serde = \"1.0.100\"", true),
            ("serde = { version = \"1.0.200\", features = [] }", true),
            ("serde = \"1.0.201\"", false),
            ("serde = \"2.0\"", false),
            ("rand = \"0.9.0\"", false),
            ("rand = \"0.8.1\"", true),
            ("regex = \"1.0\"", false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_enough(line, lock), expected, "{line}");
        }
    }
}
