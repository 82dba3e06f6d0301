//! Manifests and their locks.

use super::finding::Finding;
use super::rule::rule;
use std::collections::HashSet;
use trust_changes::FileFacts;

/// A manifest, its possible locks, and the headings or keys under which dependencies stand.
const PAIRS: &[(&str, &[&str], &[&str])] = &[
    ("Cargo.toml", &["Cargo.lock"], &["dependencies"]),
    ("package.json", &["package-lock.json", "yarn.lock", "pnpm-lock.yaml"], &["ependencies\""]),
    ("pyproject.toml", &["poetry.lock", "uv.lock", "pdm.lock"], &["dependencies"]),
];

pub(crate) fn check(files: &[FileFacts], tracked: &HashSet<String>, findings: &mut Vec<Finding>) {
    let Some(rule) = rule("lock-out-of-step") else { return };
    let changed: HashSet<&str> = files.iter().map(|file| file.change.path.as_str()).collect();
    for file in files {
        let (folder, name) = file.change.path.rsplit_once('/').unwrap_or(("", &file.change.path));
        let Some((_, locks, sections)) = PAIRS.iter().find(|(manifest, ..)| *manifest == name) else {
            continue;
        };
        let Some(line) = dependency_line(file, sections) else { continue };
        // The nearest folder upwards that has a lock.
        let mut at = Some(folder);
        while let Some(folder) = at {
            let in_folder =
                |lock: &&str| if folder.is_empty() { (*lock).to_owned() } else { format!("{folder}/{lock}") };
            let present: Vec<String> =
                locks.iter().map(in_folder).filter(|lock| tracked.contains(lock)).collect();
            if let Some(lock) = present.first() {
                if !present.iter().any(|lock| changed.contains(lock.as_str())) {
                    let message = format!("the dependencies changed and {lock} did not");
                    findings.push(Finding::new(rule, &file.change.path, line, message));
                }
                break;
            }
            at = if folder.is_empty() {
                None
            } else {
                Some(folder.rsplit_once('/').map_or("", |(above, _)| above))
            };
        }
    }
}

/// The first changed line that stands in a section of dependencies and names a version.
fn dependency_line(file: &FileFacts, sections: &[&str]) -> Option<u32> {
    let trust_changes::Content::Text { new, .. } = &file.content else { return None };
    let lines: Vec<&str> = new.lines().collect();
    let heading = |line: &&&str| {
        line.starts_with('[') || line.trim_end().ends_with('{') || line.trim_end().ends_with("= [")
    };
    for hunk in file.hunks.iter().filter(|hunk| hunk.added != hunk.removed) {
        let versions =
            |text: &String| text.contains(['=', ':', '"']) && text.chars().any(|c| c.is_ascii_digit());
        if !hunk.added.iter().chain(&hunk.removed).any(versions) {
            continue;
        }
        let above = lines.get(..(hunk.new.start as usize).min(lines.len())).unwrap_or_default();
        let section = above.iter().rev().find(heading).copied().unwrap_or_default();
        if sections.iter().any(|name| section.contains(name)) {
            return Some(hunk.new.start);
        }
    }
    None
}
