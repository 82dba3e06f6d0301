//! The explanation as data: files with their sentences. What is too long to print is reduced once, and says so.

use super::sentence::{file_sentences, symbol_sentence};
use crate::Changes;
use std::collections::BTreeMap;
use std::ops::Range;
use trust_changes::{Aspect, FileFacts, SymbolChange, Verdict};

/// The most sentences that are printed one by one.
pub(super) const SENTENCES: usize = 250;
/// The most files that are printed one by one.
pub(super) const FILES: usize = 300;

/// What was left out of a reduced explanation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reduced {
    /// Symbols that are named, without what happened in them.
    pub symbols: usize,
    /// Files that are told in a line each, below their folder.
    pub files: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub files: Vec<FileSummary>,
    /// By what happened: how many symbols.
    pub kinds: BTreeMap<&'static str, usize>,
    pub added: u64,
    pub removed: u64,
    pub reduced: Option<Reduced>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// A path; of a reduced explanation perhaps a folder, with `/` at its end.
    pub path: String,
    pub added: u64,
    pub removed: u64,
    /// Of the file as a whole.
    pub notes: Vec<String>,
    /// Of its symbols or, in files of unknown language, hunks.
    pub sentences: Vec<Sentence>,
    /// The places, among the files that changed, of those that it is of.
    pub of: Range<usize>,
}

/// What happened, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Where, counted from 1.
    pub line: Option<u32>,
    pub text: String,
    /// The place of a symbol among those of its file that it is of alone.
    pub of: Option<usize>,
}

impl Sentence {
    fn of_many(text: String) -> Self {
        Self { line: None, text, of: None }
    }
}

/// What happened, in a word, the most telling first.
pub(crate) fn kind(symbol: &SymbolChange) -> (usize, &'static str) {
    match &symbol.verdict {
        Verdict::Added => (0, "added"),
        Verdict::Removed => (1, "removed"),
        Verdict::Renamed { .. } => (2, "renamed"),
        Verdict::Moved { .. } => (3, "moved"),
        Verdict::Split { .. } => (4, "split off"),
        Verdict::Merged { .. } => (5, "merged"),
        Verdict::Changed if symbol.has(Aspect::Signature) => (6, "signature changed"),
        Verdict::Changed if symbol.has(Aspect::Body) => (7, "body changed"),
        Verdict::Changed if symbol.has(Aspect::Attributes) => (8, "attributes changed"),
        Verdict::Changed if symbol.has(Aspect::Documentation) => (9, "comments only"),
        Verdict::Changed => (10, "layout only"),
    }
}

/// The place of what happened among the things that can.
pub(crate) fn kind_rank(symbol: &SymbolChange) -> usize {
    kind(symbol).0
}

/// By what happened: how many symbols.
pub(super) fn kinds(changes: &Changes) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    let symbols = changes.files.iter().flat_map(|file| file.symbols.iter().flatten());
    for symbol in symbols.filter(|symbol| symbol.kind.is_some()) {
        *kinds.entry(kind(symbol).1).or_default() += 1;
    }
    kinds
}

pub fn summary(changes: &Changes) -> Summary {
    let (added, removed) = changes.lines();
    let mut files: Vec<FileSummary> =
        changes.files.iter().enumerate().map(|(at, facts)| of_file(at, facts)).collect();
    let count = files.iter().map(|file| file.sentences.len()).sum::<usize>();
    let mut reduced = None;
    if count > SENTENCES || files.len() > FILES {
        let mut left_out = Reduced::default();
        if count > SENTENCES {
            for (file, facts) in files.iter_mut().zip(&changes.files) {
                left_out.symbols += name_only(file, facts);
            }
        }
        if files.len() > FILES {
            left_out.files = files.len();
            files = by_folder(&files, &changes.files);
        }
        reduced = Some(left_out).filter(|left_out| *left_out != Reduced::default());
    }
    Summary { files, kinds: kinds(changes), added, removed, reduced }
}

/// Of the file at this place among those that changed.
pub(crate) fn of_file(at: usize, facts: &FileFacts) -> FileSummary {
    let mut symbols: Vec<(usize, &SymbolChange)> = facts.symbols.iter().flatten().enumerate().collect();
    symbols.sort_by_key(|(_, symbol)| (kind(symbol).0, symbol.kind.is_none(), symbol.new_lines.start));
    let line = |symbol: &SymbolChange| {
        let lines = if symbol.verdict == Verdict::Removed { &symbol.old_lines } else { &symbol.new_lines };
        symbol.kind.map(|_| lines.start + 1)
    };
    let sentence = |&(of, symbol): &(usize, &SymbolChange)| Sentence {
        line: line(symbol),
        text: symbol_sentence(facts, symbol),
        of: Some(of),
    };
    let mut sentences: Vec<Sentence> = symbols.iter().map(sentence).collect();
    if facts.symbols.is_none() {
        sentences = facts
            .hunks
            .iter()
            .map(|hunk| {
                let place =
                    if hunk.header.is_empty() { String::new() } else { format!(", at `{}`", hunk.header) };
                let text = match (hunk.removed.len(), hunk.added.len()) {
                    (0, added) => format!("adds {}{place}", lines(added)),
                    (removed, 0) => format!("removes {}{place}", lines(removed)),
                    (removed, added) => format!("replaces {} by {added}{place}", lines(removed)),
                };
                Sentence { line: Some(hunk.new.start + 1), text, of: None }
            })
            .collect();
    }
    let (added, removed) = (u64::from(facts.added), u64::from(facts.removed));
    let (path, notes) = (facts.change.path.clone(), file_sentences(facts));
    FileSummary { path, added, removed, notes, sentences, of: at..at + 1 }
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".into() } else { format!("{count} lines") }
}

/// Replaces a file's sentences by one for each thing that happened, with all the names. Gives how many there were.
pub(super) fn name_only(file: &mut FileSummary, facts: &FileFacts) -> usize {
    let before = file.sentences.len();
    let names = named(facts);
    if before <= names.len().max(1) {
        return 0;
    }
    if facts.symbols.is_none() {
        file.sentences = vec![Sentence::of_many(format!("changes {before} places"))];
    } else {
        file.sentences = names.into_iter().map(Sentence::of_many).collect();
    }
    before
}

/// The names of all symbols, in a text for each thing that happened.
fn named(facts: &FileFacts) -> Vec<String> {
    let mut names: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
    for symbol in facts.symbols.iter().flatten() {
        let name = if symbol.kind.is_some() {
            format!("`{}`", symbol.path)
        } else {
            "code outside definitions".into()
        };
        names.entry(kind(symbol)).or_default().push(name);
    }
    names.into_iter().map(|((_, what), names)| format!("{what}: {}", names.join(", "))).collect()
}

/// One for each folder, with a line for each of its files.
fn by_folder(files: &[FileSummary], all: &[FileFacts]) -> Vec<FileSummary> {
    let mut folders: Vec<FileSummary> = Vec::new();
    for (file, facts) in files.iter().zip(all) {
        let path = folder_of(file);
        // They are in the order of their paths, in which what is below a folder may stand between its files.
        if folders.last().is_none_or(|last| last.path != path) {
            let (sentences, of) = (Vec::new(), file.of.start..file.of.start);
            folders.push(FileSummary { path, added: 0, removed: 0, notes: Vec::new(), sentences, of });
        }
        let Some(last) = folders.last_mut() else { continue };
        (last.added, last.removed) = (last.added + file.added, last.removed + file.removed);
        last.of.end = file.of.end;
        last.sentences.push(one_line(file, facts));
    }
    folders
}

/// The folder of a file, with `/` at its end.
pub(super) fn folder_of(file: &FileSummary) -> String {
    format!("{}/", file.path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// A file in a line, below its folder.
pub(super) fn one_line(file: &FileSummary, facts: &FileFacts) -> Sentence {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let told: Vec<String> = file.notes.iter().cloned().chain(named(facts)).collect();
    let told = if told.is_empty() { String::new() } else { format!(": {}", told.join("; ")) };
    Sentence::of_many(format!("{name} +{} -{}{told}", file.added, file.removed))
}

impl Reduced {
    /// What is missing, and where it is to be had.
    pub fn told(&self) -> String {
        let mut parts = Vec::new();
        if self.symbols > 0 {
            parts
                .push(format!("{} symbols and places are named without what happened in them", self.symbols));
        }
        if self.files > 0 {
            parts.push(format!("{} files have a line each, below their folders", self.files));
        }
        format!("Reduced: {}. Everything is in `--format json`.", parts.join("; "))
    }
}
