//! The explanation as data: files with their sentences. What is too long to print is reduced once, and says so.

use super::sentence::{file_sentences, symbol_sentence};
use crate::Changes;
use std::collections::BTreeMap;
use trust_changes::{Aspect, FileFacts, SymbolChange, Verdict};

/// The most sentences that are printed one by one.
const SENTENCES: usize = 250;
/// The most files that are printed one by one.
const FILES: usize = 300;

/// What was left out of a reduced explanation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reduced {
    /// Symbols that are named, without what happened in them.
    pub symbols: usize,
    /// Files that are counted in their folder only.
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
    /// Of its symbols or, in files of unknown language, hunks: a place and a sentence.
    pub sentences: Vec<(Option<u32>, String)>,
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

pub fn summary(changes: &Changes) -> Summary {
    let mut kinds = BTreeMap::new();
    for symbol in changes
        .files
        .iter()
        .flat_map(|file| file.symbols.iter().flatten())
        .filter(|symbol| symbol.kind.is_some())
    {
        *kinds.entry(kind(symbol).1).or_default() += 1;
    }
    let (added, removed) = changes.lines();
    let mut files: Vec<FileSummary> = changes.files.iter().map(of_file).collect();
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
            files = by_folder(&files);
        }
        reduced = Some(left_out);
    }
    Summary { files, kinds, added, removed, reduced }
}

pub(crate) fn of_file(facts: &FileFacts) -> FileSummary {
    let mut symbols: Vec<&SymbolChange> = facts.symbols.iter().flatten().collect();
    symbols.sort_by_key(|symbol| (kind(symbol).0, symbol.kind.is_none(), symbol.new_lines.start));
    let line = |symbol: &SymbolChange| {
        let lines = if symbol.verdict == Verdict::Removed { &symbol.old_lines } else { &symbol.new_lines };
        symbol.kind.map(|_| lines.start + 1)
    };
    let mut sentences: Vec<(Option<u32>, String)> =
        symbols.iter().map(|symbol| (line(symbol), symbol_sentence(facts, symbol))).collect();
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
                (Some(hunk.new.start + 1), text)
            })
            .collect();
    }
    let (added, removed) = (u64::from(facts.added), u64::from(facts.removed));
    FileSummary { path: facts.change.path.clone(), added, removed, notes: file_sentences(facts), sentences }
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".into() } else { format!("{count} lines") }
}

/// Replaces a file's sentences by one for each thing that happened, with all the names. Gives how many there were.
fn name_only(file: &mut FileSummary, facts: &FileFacts) -> usize {
    let before = file.sentences.len();
    let mut names: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
    for symbol in facts.symbols.iter().flatten() {
        let name = if symbol.kind.is_some() {
            format!("`{}`", symbol.path)
        } else {
            "code outside definitions".into()
        };
        names.entry(kind(symbol)).or_default().push(name);
    }
    if before <= names.len() {
        return 0;
    }
    if facts.symbols.is_none() {
        file.sentences = vec![(None, format!("changes {before} places"))];
    } else {
        file.sentences = names
            .into_iter()
            .map(|((_, what), names)| (None, format!("{what}: {}", names.join(", "))))
            .collect();
    }
    before
}

/// One line for each folder.
fn by_folder(files: &[FileSummary]) -> Vec<FileSummary> {
    let mut folders: BTreeMap<&str, (u64, u64, usize)> = BTreeMap::new();
    for file in files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (added, removed, count) = folders.entry(folder).or_default();
        (*added, *removed, *count) = (*added + file.added, *removed + file.removed, *count + 1);
    }
    let line = |(folder, (added, removed, count)): (&str, (u64, u64, usize))| FileSummary {
        path: format!("{folder}/"),
        added,
        removed,
        notes: vec![format!("{count} files changed")],
        sentences: Vec::new(),
    };
    folders.into_iter().map(line).collect()
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
            parts.push(format!("{} files are counted by folder", self.files));
        }
        format!("Reduced: {}. Everything is in `--format json`.", parts.join("; "))
    }
}
