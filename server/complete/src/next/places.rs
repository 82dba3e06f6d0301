//! The project, as the next edit sees it: who defines a name, and which files it stands in.

use super::{Elsewhere, NextQuery};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trust_grammars::{Language, Names, Tree, names, parse_kept, parse_str_until};
use trust_index::{FileId, Reader, Snapshot};
use trust_inference::CancelToken;

/// Occurrences and files looked at.
const OCCURRENCES: usize = 400;
const FILES: usize = 32;
/// A parse that takes longer gives no places.
const TIME_LIMIT: Duration = Duration::from_millis(200);
/// Letters and digits in a row that nobody would call a name.
const SECRET: usize = 20;

pub(super) struct Project<'a> {
    pub(super) query: &'a NextQuery<'a>,
    index: &'a Snapshot,
    reader: Reader<&'a Snapshot>,
    own: Option<FileId>,
}

/// A file in which a name stands.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) language: Language,
    pub(super) text: Arc<str>,
    pub(super) tree: Tree,
    /// It defines the name.
    pub(super) defines: bool,
}

impl<'a> Project<'a> {
    pub(super) fn new(query: &'a NextQuery<'a>, index: &'a Arc<Snapshot>) -> Self {
        Self { query, index, reader: index.reader(), own: index.file(query.path) }
    }

    /// How many definitions of `name` other files have.
    pub(super) fn defined_elsewhere(&self, name: &str) -> usize {
        self.index.definitions(name).iter().filter(|symbol| Some(symbol.file) != self.own).count()
    }

    /// The other files in which `name` stands, of the same family of languages, those that define it first.
    pub(super) fn files_with(&self, name: &str) -> Vec<Found> {
        let mut files: Vec<FileId> =
            self.reader.occurrences(name, OCCURRENCES).into_iter().map(|(file, _)| file).collect();
        files.sort_unstable();
        files.dedup();
        files.retain(|file| Some(*file) != self.own);
        let definers: Vec<FileId> = self.index.definitions(name).iter().map(|symbol| symbol.file).collect();
        files.sort_by_key(|file| (!definers.contains(file), self.index.path(*file).to_owned()));
        let open = |file| {
            if self.query.cancel.is_cancelled() {
                return None;
            }
            let path = self.index.path(file).to_owned();
            let language = self.index.language(file).filter(|language| self.is_kin(*language))?;
            let indexed = self.reader.text(file)?;
            // What the editor shows counts, and may be newer than the index.
            let text = (self.query.open)(&path).map_or(indexed, |text| text.to_string().into());
            let tree = parse_str_until(language, &text, TIME_LIMIT, &|| self.query.cancel.is_cancelled())?;
            Some(Found { path, language, text, tree, defines: definers.contains(&file) })
        };
        files.into_iter().take(FILES).filter_map(open).collect()
    }

    fn is_kin(&self, language: Language) -> bool {
        let family = |language| match language {
            Language::TypeScript | Language::Tsx | Language::JavaScript => Language::TypeScript,
            language => language,
        };
        self.query.language.is_some_and(|own| family(own) == family(language))
    }
}

impl Found {
    pub(super) fn names(&self) -> Option<Names> {
        names(self.language, &self.tree, &self.text)
    }

    pub(super) fn with(self, places: Vec<(Range<usize>, String)>) -> Option<Elsewhere> {
        (!places.is_empty()).then_some(Elsewhere {
            path: self.path,
            language: self.language,
            text: self.text,
            places,
        })
    }
}

/// The tree of the document as it is, or was a few edits ago.
pub(super) fn parse(language: Language, text: &str, cancel: &CancelToken) -> Option<Tree> {
    parse_kept(language, text, TIME_LIMIT, &|| cancel.is_cancelled())
}

/// Whether the edit adds no syntax error, as far as a parse in time can tell; none without one.
pub(super) fn is_sound(
    language: Option<Language>,
    text: &str,
    range: &Range<usize>,
    new: &str,
    cancel: &CancelToken,
) -> bool {
    let Some(language) = language else { return true };
    let errors = |text: &str| parse(language, text, cancel).map(|tree| trust_grammars::syntax_errors(&tree));
    let edited = format!("{}{new}{}", &text[..range.start], &text[range.end..]);
    errors(text).zip(errors(&edited)).is_some_and(|(before, after)| after <= before)
}

/// Whether the line holds something like a key: a long run of letters mixed with digits.
pub(crate) fn looks_secret(text: &str, range: &Range<usize>) -> bool {
    let start = text[..range.start].rfind('\n').map_or(0, |index| index + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |index| range.end + index);
    let runs =
        text[start..end].split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '=' | '-'));
    runs.filter(|run| run.len() >= SECRET).any(|run| {
        let count = |is: fn(&u8) -> bool| run.bytes().filter(is).count();
        count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 2
    })
}
