//! Everything there is to say of one changed file; and across files, what moved from one to another.

use crate::content::{self, Content};
use crate::secrets::{Secrets, hide};
use crate::symbols::{SymbolChange, Verdict, changes_in};
use crate::{FileChange, Hunk, Problem, Reader, Repository, Stop, hunks};
use std::collections::HashMap;
use std::path::Path;
use trust_grammars::Language;

/// Fewer tokens than these say nothing by being equal.
const FEW_TOKENS: usize = 8;

/// A changed file, read and compared.
#[derive(Debug, Clone)]
pub struct FileFacts {
    pub change: FileChange,
    pub language: Option<Language>,
    pub content: Content,
    /// Of text only.
    pub hunks: Vec<Hunk>,
    /// Of files in a known language only; `None` where there is none, or where a side takes too long to parse.
    pub symbols: Option<Vec<SymbolChange>>,
    /// True where both sides differ in `\r\n` and `\n` only, or besides other things. Hunks do not show it.
    pub line_endings: bool,
    /// Lines.
    pub added: u32,
    pub removed: u32,
    /// What of it was masked; see [`Secrets`].
    pub secrets: Secrets,
}

/// Reads and compares one file.
///
/// # Errors
/// [`Problem::Unreadable`] where the object store is broken; [`Problem::Cancelled`].
pub fn facts_of(
    repository: &Repository,
    change: FileChange,
    reader: &dyn Reader,
    stop: Stop,
) -> Result<FileFacts, Problem> {
    let content = content::read(repository, &change, reader)?;
    compare(change, content, stop)
}

/// The same without symbols, for who wants lines alone: nothing is parsed.
///
/// # Errors
/// Those of [`facts_of`].
pub fn lines_of(
    repository: &Repository,
    change: FileChange,
    reader: &dyn Reader,
    stop: Stop,
) -> Result<FileFacts, Problem> {
    let content = content::read(repository, &change, reader)?;
    compare_as(None, change, content, stop)
}

/// Compares what was read.
pub(crate) fn compare(change: FileChange, content: Content, stop: Stop) -> Result<FileFacts, Problem> {
    compare_as(Language::from_path(Path::new(&change.path)), change, content, stop)
}

fn compare_as(
    language: Option<Language>,
    change: FileChange,
    mut content: Content,
    stop: Stop,
) -> Result<FileFacts, Problem> {
    let going_on = || if stop() { Err(Problem::Cancelled) } else { Ok(()) };
    going_on()?;
    let mut line_endings = false;
    let (mut found, mut symbols) = (Vec::new(), None);
    let mut secrets = Secrets::default();
    if let Content::Text { old, new } = &mut content {
        let (before, after) = (old.contains("\r\n"), new.contains("\r\n"));
        line_endings = before != after && !old.is_empty() && !new.is_empty();
        if line_endings {
            (*old, *new) = (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"));
        }
        found = hunks(old, new);
        going_on()?;
        symbols = language.and_then(|language| changes_in(language, old, new, &found, stop));
        going_on()?;
        secrets = hide((old, new), &mut found, symbols.as_mut());
    }
    going_on()?;
    let added = found.iter().map(|hunk| hunk.added.len() as u32).sum();
    let removed = found.iter().map(|hunk| hunk.removed.len() as u32).sum();
    Ok(FileFacts { change, language, content, hunks: found, symbols, line_endings, added, removed, secrets })
}

/// Joins symbols that went from one file to another: same kind and name, and the same code.
pub fn link_moves(files: &mut [FileFacts]) {
    let mut removed: HashMap<(String, u64), (usize, usize)> = HashMap::new();
    for (file, at, symbol) in symbols(files) {
        if symbol.verdict == Verdict::Removed && symbol.tokens >= FEW_TOKENS {
            removed.insert((symbol.name.clone(), symbol.body), (file, at));
        }
    }
    let moves: Vec<_> = symbols(files)
        .filter(|(_, _, symbol)| symbol.verdict == Verdict::Added)
        .filter_map(|(file, at, symbol)| {
            let from = removed.remove(&(symbol.name.clone(), symbol.body))?;
            (from.0 != file).then_some((from, (file, at)))
        })
        .collect();
    let mut gone = Vec::new();
    for ((old_file, old_at), (file, at)) in moves {
        let Some(path) = files.get(old_file).map(|file| file.change.path.clone()) else { continue };
        let list = files.get_mut(file).and_then(|file| file.symbols.as_mut());
        if let Some(symbol) = list.and_then(|symbols| symbols.get_mut(at)) {
            symbol.verdict = Verdict::Moved { from: path };
            gone.push((old_file, old_at));
        }
    }
    gone.sort_unstable();
    for (file, at) in gone.into_iter().rev() {
        if let Some(symbols) = files.get_mut(file).and_then(|file| file.symbols.as_mut()) {
            symbols.remove(at);
        }
    }
}

fn symbols(files: &[FileFacts]) -> impl Iterator<Item = (usize, usize, &SymbolChange)> {
    files.iter().enumerate().flat_map(|(file, facts)| {
        facts.symbols.iter().flatten().enumerate().map(move |(at, symbol)| (file, at, symbol))
    })
}
