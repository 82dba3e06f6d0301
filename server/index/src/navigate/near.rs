//! How near a file is to the one that asks: itself, imported by it, beside it, elsewhere.

use crate::Language;
use std::ops::Range;
use std::path::Path;

/// The nearer the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nearness {
    Same,
    /// An import names both the file and the name.
    Named,
    Imported,
    Beside,
    Elsewhere,
}

/// Files that are called by their folder's name.
const OF_FOLDER: [&str; 5] = ["mod", "index", "__init__", "lib", "main"];

pub(crate) struct Near<'a> {
    pub path: &'a Path,
    pub imports: Vec<&'a str>,
    /// A name that the asked one is reached through, such as a module.
    pub through: Option<&'a str>,
}

impl<'a> Near<'a> {
    pub fn new(path: &'a Path, text: &'a str, imports: &[Range<usize>], through: Option<&'a str>) -> Self {
        let imports = imports.iter().filter_map(|range| text.get(range.clone())).collect();
        Self { path, imports, through }
    }

    pub fn of(&self, path: &Path, name: &str) -> Nearness {
        if path == self.path {
            return Nearness::Same;
        }
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let module = match stem(path) {
            Some(own) if OF_FOLDER.contains(&own.as_str()) => path.parent().and_then(stem),
            own => own,
        };
        let module = module.unwrap_or_default();
        let importing = self.imports.iter().filter(|import| holds_word(import, &module));
        let named = importing.map(|import| holds_word(import, name)).max();
        match named {
            Some(true) => Nearness::Named,
            _ if self.through == Some(module.as_str()) => Nearness::Named,
            Some(false) => Nearness::Imported,
            None if path.parent() == self.path.parent() => Nearness::Beside,
            None => Nearness::Elsewhere,
        }
    }
}

fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character == '_' || character.is_alphanumeric();
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// Whether code of one language may name what the other defines.
pub(crate) fn speak_alike(one: Option<Language>, other: Option<Language>) -> bool {
    use Language::{C, Cpp, Java, JavaScript, Kotlin, Tsx, TypeScript};
    let group = |language| match language {
        JavaScript | Tsx | TypeScript => TypeScript,
        C | Cpp => C,
        Java | Kotlin => Java,
        other => other,
    };
    one.map(group) == other.map(group)
}
