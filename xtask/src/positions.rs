//! Where completions are asked for: places in this repository's own files, chosen by a fixed rule
//! and never by hand, so that nobody picks the ones that look good.
//!
//! The rule: of every line that is code (not a comment, an import, an attribute or a short one), in
//! files sorted by path, take as many as wanted at equal distances; the cursor stands after the
//! first half of the line.

use anyhow::Result;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Rust,
    Python,
    TypeScript,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::TypeScript];

    /// The protocol's language identifier.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::TypeScript => "typescript",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Rust => "rs",
            Self::Python => "py",
            Self::TypeScript => "ts",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Rust => "server",
            Self::Python => "server/models/training",
            Self::TypeScript => "editors/vscode/src",
        }
    }
}

/// One place to complete at, with what really stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub language: Language,
    /// Relative to the root.
    pub path: PathBuf,
    /// The file's text with the rest of the line cut.
    pub text: String,
    /// Zero-based.
    pub line: usize,
    /// The line up to the cursor.
    pub prefix: String,
    pub previous_line: String,
    /// The cut rest of the line.
    pub expected: String,
}

/// `count` places of one language, fewer when there is less code.
pub fn places(root: &Path, language: Language, count: usize) -> Result<Vec<Place>> {
    let mut files = BTreeMap::new();
    collect(&root.join(language.folder()), language.extension(), &mut files)?;
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(root).unwrap_or(&path).to_owned(), text))
        .collect();
    Ok(choose(language, &files, count))
}

fn collect(folder: &Path, extension: &str, files: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.insert(path.clone(), std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn choose(language: Language, files: &[(PathBuf, String)], count: usize) -> Vec<Place> {
    let mut candidates = Vec::new();
    for (path, text) in files {
        let mut in_docstring = false;
        for (number, line) in text.lines().enumerate() {
            if !in_docstring && is_code(line) {
                candidates.push((path, text, number));
            }
            in_docstring ^= language == Language::Python && line.matches("\"\"\"").count() % 2 == 1;
        }
    }
    let count = count.min(candidates.len());
    // The middles of `count` equal parts: at the ends stand heads and closing tests.
    (0..count)
        .map(|number| candidates[(2 * number + 1) * candidates.len() / (2 * count)])
        .map(|(path, text, line)| cut(language, path, text, line))
        .collect()
}

/// Whether a line says something that a reader would want completed.
fn is_code(line: &str) -> bool {
    const NOT_CODE: &[&str] =
        &["//", "#", "*", "/*", "\"\"\"", "use ", "pub use ", "mod ", "import ", "from "];
    let line = line.trim();
    let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
    line.chars().count() >= 24
        && words.filter(|word| !word.is_empty()).count() >= 3
        && !NOT_CODE.iter().any(|start| line.starts_with(start))
}

fn cut(language: Language, path: &Path, text: &str, number: usize) -> Place {
    let lines: Vec<_> = text.lines().collect();
    let line = lines[number];
    let indent = line.len() - line.trim_start().len();
    let half = line.trim().chars().count().div_ceil(2);
    let column = line[indent..].char_indices().nth(half).map_or(line.len(), |(at, _)| indent + at);
    let (prefix, expected) = line.split_at(column);
    let mut shortened = lines.clone();
    shortened[number] = prefix;
    Place {
        language,
        path: path.to_owned(),
        text: shortened.join("\n") + "\n",
        line: number,
        prefix: prefix.to_owned(),
        previous_line: lines[..number].last().copied().unwrap_or_default().to_owned(),
        expected: expected.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! A comment that is long enough to be chosen\nuse std::collections::{BTreeMap, HashMap};\n\n\
        fn first(value: usize) -> usize {\n    let größe = value.saturating_add(1);\n    größe\n}\n";

    fn files() -> Vec<(PathBuf, String)> {
        vec![("a.rs".into(), FILE.into()), ("b.rs".into(), FILE.replace("first", "second"))]
    }

    #[test]
    fn only_lines_of_code_are_chosen() {
        let chosen = choose(Language::Rust, &files(), 99);
        let lines: Vec<_> = chosen.iter().map(|place| (place.path.to_str().unwrap(), place.line)).collect();
        assert_eq!(lines, [("a.rs", 3), ("a.rs", 4), ("b.rs", 3), ("b.rs", 4)]);
    }

    #[test]
    fn the_prose_of_a_docstring_is_no_code() {
        let text = "def f(a):\n    \"\"\"Adds one to the value, slowly.\n\n    The value may be of any number type.\n    \"\"\"\n    \
            return add_slowly(a, amount=1)\n";
        let chosen = choose(Language::Python, &[("a.py".into(), text.into())], 9);
        assert_eq!(chosen.iter().map(|place| place.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn the_cursor_stands_after_the_first_half() {
        let place = &choose(Language::Rust, &files(), 99)[1];
        assert_eq!(
            (place.prefix.as_str(), place.expected.as_str()),
            ("    let größe = value.", "saturating_add(1);")
        );
        assert_eq!(place.previous_line, "fn first(value: usize) -> usize {");
        assert_eq!(place.text.lines().nth(4), Some("    let größe = value."));
        assert_eq!(place.text.lines().count(), FILE.lines().count());
    }

    #[test]
    fn the_choice_is_spread_evenly_and_always_the_same() {
        let lines =
            |count| choose(Language::Rust, &files(), count).iter().map(|one| one.line).collect::<Vec<_>>();
        assert_eq!(lines(1), [3]);
        assert_eq!(lines(2), [4, 4]);
        assert_eq!(lines(2), lines(2));
        assert_eq!(lines(0), [0; 0]);
    }
}
