//! The manifest of a team's configuration: what it is called, which version it is, what it locks, and which files belong to
//! it, by their hashes.

use crate::node::{Content, Node};
use crate::problem::tellable;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const FILE: &str = "manifest.toml";
pub(super) const SIGNATURE: &str = "manifest.toml.minisig";
pub(super) const CONFIG: &str = "config.toml";
pub(super) const REVIEW: &str = "review.md";
pub(super) const INSTRUCTIONS: &str = "instructions.md";
pub(super) const ACTIONS: &str = "actions/";
pub(super) const WORKFLOWS: &str = "workflows/";
/// What may be listed, for people.
pub(super) const LISTED: &str =
    "`config.toml`, `review.md`, `instructions.md`, `actions/NAME.md`, `workflows/NAME.toml`";
/// The files that one may list, and the letters of a name.
pub(super) const FILES: usize = 64;
const NAME: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub name: String,
    pub version: u64,
    /// Names of keys or of tables of keys, each with its line.
    pub locked: Vec<(String, Option<usize>)>,
    /// Paths within the folder, each with the hash in hexadecimal.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// # Errors
    /// What is wrong with it, and the line.
    pub fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let tree = Node::from_toml(text).map_err(|broken| (broken.line, broken.message))?;
        let Content::Table(fields) = tree.content else { return Err((None, "is no table".into())) };
        let (mut name, mut version) = (None, None);
        let (mut locked, mut files) = (Vec::new(), BTreeMap::new());
        for (field, node) in fields {
            let wrong = |told: &str| (node.line, format!("`{field}` {told}"));
            match (field.as_str(), node.value(), &node.content) {
                ("name", Value::String(text), _) if is_name(&text) => name = Some(text),
                ("name", ..) => return Err(wrong("takes up to 40 letters, digits, `-`, `_` and `.`")),
                ("version", Value::Number(number), _) => {
                    let number = number.as_u64().filter(|number| *number > 0);
                    version = Some(number.ok_or_else(|| wrong("takes a whole number from 1"))?);
                }
                ("version", ..) => return Err(wrong("takes a whole number from 1")),
                ("locked", Value::Array(names), _) => {
                    for name in names {
                        let name = name.as_str().ok_or_else(|| wrong("takes a list of names of keys"))?;
                        locked.push((name.to_owned(), node.line));
                    }
                }
                ("locked", ..) => return Err(wrong("takes a list of names of keys")),
                ("files", _, Content::Table(listed)) => {
                    for (path, node) in listed {
                        let wrong =
                            |told: &str| (node.line, format!("`files.{}` {told}", tellable_path(path)));
                        if !is_path(path) {
                            return Err(wrong(&format!("is none that may be listed: {LISTED}")));
                        }
                        let hash = node.value().as_str().map(str::to_ascii_lowercase);
                        let hash = hash.filter(|hash| is_hash(hash));
                        let hash = hash.ok_or_else(|| wrong("takes a SHA-256 in 64 hexadecimal digits"))?;
                        files.insert(path.clone(), hash);
                    }
                }
                ("files", ..) => return Err(wrong("takes a table: each file with its SHA-256")),
                (other, ..) => {
                    let told = format!(
                        "`{}` means nothing here; `name`, `version`, `locked`, `files` do",
                        tellable(other)
                    );
                    return Err((node.line, told));
                }
            }
        }
        if files.len() > FILES {
            return Err((None, format!("lists more than {FILES} files")));
        }
        let name = name.ok_or((None, "has no `name`".to_owned()))?;
        let version = version.ok_or((None, "has no `version`".to_owned()))?;
        Ok(Self { name, version, locked, files })
    }
}

fn of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

pub(super) fn is_name(name: &str) -> bool {
    (1..=NAME).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(of_names)
}

/// One of the places that have a meaning: nothing else is ever opened.
pub(super) fn is_path(path: &str) -> bool {
    let within = |folder: &str, end: &str| {
        path.strip_prefix(folder).and_then(|rest| rest.strip_suffix(end)).is_some_and(is_name)
    };
    [CONFIG, REVIEW, INSTRUCTIONS].contains(&path) || within(ACTIONS, ".md") || within(WORKFLOWS, ".toml")
}

/// The longest that a file may be, in bytes. What a model reads before every question leaves room for the question.
pub(super) fn longest(path: &str) -> usize {
    match path {
        REVIEW => 16 << 10,
        INSTRUCTIONS => 2 << 10,
        _ => crate::file::LARGEST,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn tellable_path(path: &str) -> String {
    if path.len() <= NAME && path.bytes().all(|byte| of_names(byte) || byte == b'/') {
        path.into()
    } else {
        "…".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_or_refused_whole() {
        let hash = "a".repeat(64);
        let whole = |files: &str| format!("name = \"acme\"\nversion = 3\n[files]\n{files}");
        let good = whole(&format!(
            "\"config.toml\" = \"{hash}\"\n\"actions/a.b.md\" = \"{}\"\n",
            hash.to_uppercase()
        ));
        let read = Manifest::parse(&good).unwrap();
        assert_eq!((read.name.as_str(), read.version, read.locked.len()), ("acme", 3, 0));
        assert_eq!(read.files.values().collect::<Vec<_>>(), [&hash, &hash]);
        let cases = [
            ("name = ".into(), 1, ""),
            ("version = 1".into(), 0, "has no `name`"),
            ("name = \"a\"".into(), 0, "has no `version`"),
            ("name = \"a b\"\nversion = 1".into(), 1, "`name` takes"),
            ("name = \"../a\"\nversion = 1".into(), 1, "`name` takes"),
            ("name = \"a\"\nversion = 0".into(), 2, "`version` takes"),
            ("name = \"a\"\nversion = -1".into(), 2, "`version` takes"),
            ("name = \"a\"\nversion = \"1\"".into(), 2, "`version` takes"),
            ("name = \"a\"\nversion = 1\nlocked = \"privacy\"".into(), 3, "`locked` takes"),
            ("name = \"a\"\nversion = 1\nlocked = [1]".into(), 3, "`locked` takes"),
            ("name = \"a\"\nversion = 1\nexpires = 1".into(), 3, "`expires` means nothing"),
            ("name = \"a\"\nversion = 1\nfiles = [\"config.toml\"]".into(), 3, "`files` takes"),
            (whole("\"config.toml\" = \"abc\""), 4, "takes a SHA-256"),
            (whole("\"config.toml\" = 1"), 4, "takes a SHA-256"),
            (whole(&format!("\"../config.toml\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"/etc/passwd\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"actions/../../a.md\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"actions/review.txt\" = \"{hash}\"")), 4, "`review.md`, `instructions.md`"),
            (whole(&format!("\"actions/.a.md\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"actions/.md\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"actions\\\\a.md\" = \"{hash}\"")), 4, "is none that may be listed"),
            (whole(&format!("\"workflows/a.sh\" = \"{hash}\"")), 4, "is none that may be listed"),
            (
                whole(&(0..65).map(|n| format!("\"actions/{n}.md\" = \"{hash}\"\n")).collect::<String>()),
                0,
                "more than 64",
            ),
        ];
        for (text, line, expected) in cases {
            let (found, told) = Manifest::parse(&text).unwrap_err();
            assert!(told.contains(expected) && found.unwrap_or(0) == line, "{text}: {found:?} {told}");
        }
    }
}
