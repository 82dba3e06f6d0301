//! Versions that became others.

use super::topic::{Topic, lists};
use crate::paths::{Purpose, purpose};
use trust_changes::FileFacts;

/// A version that became another one, where nothing but manifests and locks changed.
pub(crate) fn bump(files: &[FileFacts]) -> Option<Topic> {
    let books = |file: &FileFacts| matches!(purpose(&file.change.path), Purpose::Lock | Purpose::Manifest);
    if !files.iter().all(books) {
        return None;
    }
    let manifests = files.iter().filter(|file| purpose(&file.change.path) == Purpose::Manifest);
    let mut bumps = Vec::new();
    for hunk in manifests.flat_map(|file| &file.hunks) {
        for (old, new) in hunk.removed.iter().zip(&hunk.added) {
            if let (Some((a, from)), Some((b, to))) = (entry(old), entry(new))
                && a == b
                && from != to
            {
                bumps.push((a, from, to));
            }
        }
    }
    let (name, from, to) = bumps.first()?;
    if bumps.len() == 1 {
        return Some(Topic::new(
            "bump",
            vec![format!("{name} from {from} to {to}"), format!("{name} to {to}"), name.clone()],
        ));
    }
    let mut names: Vec<String> = bumps.iter().map(|(name, ..)| name.clone()).collect();
    names.dedup();
    Some(Topic::new("bump", lists(&names)))
}

/// `name = "1.2"`, `"name": "^1.2"`, `name==1.2`: the name and the version.
pub(crate) fn entry(line: &str) -> Option<(String, String)> {
    let line = line.trim().trim_end_matches(',');
    let (name, rest) =
        line.split_once("==").or_else(|| line.split_once('=')).or_else(|| line.split_once(':'))?;
    let name = name.trim().trim_matches(['"', '\'']).to_owned();
    let rest = rest.split("version").last().unwrap_or(rest);
    let version: String = rest
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))
        .collect();
    (!name.is_empty() && version.contains('.')).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        let cases = [
            (r#"serde = "1.0.2""#, Some(("serde", "1.0.2"))),
            (r#"    "react": "^18.2.0","#, Some(("react", "18.2.0"))),
            ("numpy==1.26.4", Some(("numpy", "1.26.4"))),
            (r#"gix = { version = "0.90.1", features = [] }"#, Some(("gix", "0.90.1"))),
            ("[dependencies]", None),
            ("name = \"x\"", None),
        ];
        for (line, expected) in cases {
            assert_eq!(entry(line).as_ref().map(|(a, b)| (a.as_str(), b.as_str())), expected, "{line}");
        }
    }
}
