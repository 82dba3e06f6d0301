//! Files that a change touches and no rule could look into; and those that are new and hold secrets by their names.

use super::finding::Finding;
use super::rule::{Severity, UNREAD, rule};
use std::path::Path;
use trust_changes::{Content, FileFacts, Status};
use trust_index::is_secret_name;

/// Where it stands what is not to be read.
const IGNORING: [&str; 5] = [".gitignore", ".ignore", ".trustignore", ".aiexclude", ".cursorignore"];
/// How names end that show what a secret file looks like, or are for everybody to see.
const SHOWN: [&str; 6] = [".example", ".sample", ".template", ".tmpl", ".dist", ".pub"];

/// `ignoring`: whether the change itself touches what excludes files.
pub(crate) fn check(file: &FileFacts, ignoring: bool, findings: &mut Vec<Finding>) {
    let why = match &file.content {
        Content::Withheld { by } => format!("it is excluded by {by}"),
        Content::TooLarge { bytes } => format!("it is too large: {bytes} bytes"),
        Content::Missing => "it is not in this clone".into(),
        Content::Unread { why } => why.clone(),
        // What is called code and is none: one byte is enough for that.
        Content::Binary { .. } if file.language.is_some() => "it is no text".into(),
        _ => return,
    };
    let path = &file.change.path;
    let [unread, secret] = UNREAD;
    let is_secret = is_new_secret(file);
    let Some(rule) = rule(if is_secret { secret } else { unread }) else { return };
    let mut finding = Finding::new(rule, path, 0, format!("nothing of this file was reviewed: {why}"));
    if is_secret {
        finding.message = "a file of such a name holds secrets; nothing of it was reviewed".into();
    } else if ignoring {
        finding.severity = Severity::Warning;
        finding.message.push_str(", and the change touches such rules");
    }
    findings.push(finding);
}

pub(crate) fn touches_ignoring(files: &[FileFacts]) -> bool {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    files.iter().any(|file| IGNORING.contains(&name(&file.change.path).as_str()))
}

fn is_new_secret(file: &FileFacts) -> bool {
    let change = &file.change;
    let came = matches!(change.status, Status::Added | Status::Renamed);
    let before = change.old_path.as_deref().is_some_and(is_secret);
    came && !before && is_secret(&change.path)
}

fn is_secret(path: &str) -> bool {
    let shown = SHOWN.iter().any(|end| path.to_lowercase().ends_with(end));
    !shown && Path::new(path).components().any(|part| is_secret_name(part.as_os_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_files_are_known_by_their_paths() {
        let cases = [
            (".env", true),
            ("a/.env.local", true),
            ("deploy/tls.key", true),
            (".ssh/config", true),
            (".env.example", false),
            (".env.SAMPLE", false),
            ("id_rsa.pub", false),
            ("src/env.rs", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_secret(path), expected, "{path}");
        }
    }
}
