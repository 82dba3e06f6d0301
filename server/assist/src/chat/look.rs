//! Finds what a question is about: the definitions of its names, their uses, lines that speak of the same, and what the
//! user has open. All of it is read through the index's reader, which asks the rules anew and masks secrets.

use super::question::Question;
use super::{Focus, Place, Source, Why};
use std::collections::HashSet;
use std::ops::Range;
use trust_grammars::code_identifiers;
use trust_index::{DefinitionKind, Place as At, Reader, Snapshot, Symbol, plain_documentation};
use trust_inference::CancelToken;

/// A name that more places define than this is a word of the trade.
const DEFINERS: usize = 6;
/// The same of a word that is spelled as any English word is.
const MEANT: usize = 2;
/// Places told: definitions in all, uses of one name, and names whose uses are looked for.
const DEFINED: usize = 8;
const USES: usize = 20;
const USED_NAMES: usize = 2;
/// Chunks told, and looked at; one with less than this share of what it could have is like any other.
const CHUNKS: usize = 5;
const CANDIDATES: usize = 24;
const LIKENESS: f32 = 0.04;
/// Names of the lines at hand that are looked up.
const NEAR: usize = 8;

/// What was found, and the names that it is about.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub sources: Vec<Source>,
    pub names: Vec<String>,
}

/// `last` are the names that the question before was about.
pub(super) fn look(
    question: &Question,
    focus: Option<&Focus>,
    last: &[String],
    reader: &Reader<&Snapshot>,
    cancel: &CancelToken,
) -> Found {
    let mut search = Search { reader, found: Found::default(), seen: HashSet::new() };
    if let Some(focus) = focus.filter(|focus| !focus.lines().trim().is_empty()) {
        let line = first_line(focus.lines());
        let source = Source { place: focus.place.clone(), why: Why::Open, text: focus.lines().into(), line };
        search.found.sources.push(source);
    }
    search.names(question);
    if search.found.names.is_empty() && (question.goes_on || question.words.is_empty()) && focus.is_none() {
        last.iter().for_each(|name| search.name(name));
    }
    if question.uses {
        search.uses(cancel);
    }
    let named = search.found.names.clone();
    if let Some(focus) = focus.filter(|_| named.is_empty()) {
        search.near(focus);
    }
    // Who asks for a name, and gets it, has not asked for more.
    let chunks = if named.is_empty() { CHUNKS } else { CHUNKS.min(question.words.len()) };
    search.chunks(question, &named, chunks);
    let reader = search.reader;
    let mut found = search.found;
    found.sources.retain(|source| match (&source.why, focus) {
        (Why::Open, Some(focus)) => focus.place.within(&focus.text).is_some(),
        _ => source.place.text(reader).is_some(),
    });
    found
}

struct Search<'a> {
    reader: &'a Reader<&'a Snapshot>,
    found: Found,
    seen: HashSet<Place>,
}

impl Search<'_> {
    /// The definitions of what the question names; where it names nothing in the way that code is spelled, of its words.
    fn names(&mut self, question: &Question) {
        question.names.iter().for_each(|name| self.name(name));
        if self.found.names.is_empty() {
            question.joined().iter().for_each(|name| self.name(name));
        }
        if !self.found.names.is_empty() {
            return;
        }
        let index = self.reader.snapshot();
        for word in &question.words {
            let mut like = index.symbols_like(word, 2 * DEFINERS);
            like.retain(|symbol| symbol.name.eq_ignore_ascii_case(word));
            // A module is called after what is in it.
            like.sort_by_key(|symbol| symbol.kind == DefinitionKind::Module);
            // What many places define is no more than a word.
            if like.len() <= MEANT && !like.iter().any(|symbol| is_member(symbol.kind)) {
                like.iter().for_each(|symbol| self.name(symbol.name));
            }
        }
    }

    fn name(&mut self, name: &str) {
        let index = self.reader.snapshot();
        let mut symbols = index.definitions_at_most(name, 4 * DEFINERS).unwrap_or_default();
        symbols.sort_by_key(|symbol| (is_member(symbol.kind), index.is_generated(symbol.file)));
        symbols.truncate(DEFINERS);
        let told = symbols.iter().filter(|symbol| self.defined(symbol, false)).count();
        let known = told > 0 || index.has_name(name);
        if known && !self.found.names.iter().any(|other| other == name) {
            self.found.names.push(name.to_owned());
        }
    }

    fn defined(&mut self, symbol: &Symbol, short: bool) -> bool {
        let defined =
            self.found.sources.iter().filter(|source| matches!(source.why, Why::Defined { .. })).count();
        let target = self.reader.target(symbol).filter(|_| defined < DEFINED);
        let (Some(target), Some(signature)) = (target, self.reader.signature(symbol)) else { return false };
        let range = if short { &target.signature } else { &target.item };
        let place = Place::of(self.reader.snapshot().relative(symbol.file), &target.text, range);
        let Some(text) = place.within(&target.text).map(str::to_owned) else { return false };
        if !self.seen.insert(place.clone()) {
            return false;
        }
        let words = target.documentation.and_then(|range| target.text.get(range));
        let words = words.map(plain_documentation).map(|words| first_line(&words));
        let why = Why::Defined {
            name: symbol.name.into(),
            kind: symbol.kind.name(),
            container: symbol.container.map(str::to_owned),
            documentation: words.filter(|words| !words.is_empty()),
        };
        let line = signature.split_whitespace().collect::<Vec<_>>().join(" ");
        self.found.sources.push(Source { place, why, text, line });
        true
    }

    fn uses(&mut self, cancel: &CancelToken) {
        let index = self.reader.snapshot();
        let names: Vec<String> = self.found.names.iter().take(USED_NAMES).cloned().collect();
        for name in names {
            let symbol =
                index.definitions_at_most(&name, 4 * DEFINERS).and_then(|found| found.into_iter().next());
            let place = symbol.and_then(|symbol| {
                let text = self.reader.text(symbol.file)?;
                let (path, language) = (index.path(symbol.file).to_owned(), index.language(symbol.file));
                Some(At { path, language, text, offset: symbol.name_range.start })
            });
            let Some(place) = place else {
                for (file, at) in self.reader.occurrences(&name, USES) {
                    let Some(text) = self.reader.text(file) else { continue };
                    self.used(&name, index.relative(file), &text, &(at..at + name.len()));
                }
                continue;
            };
            for uses in self.reader.references_at(&place, false, USES, &|| cancel.is_cancelled()) {
                let path = index.relative_to_root(&uses.path);
                uses.ranges.iter().for_each(|range| self.used(&name, path.clone(), &uses.text, range));
            }
        }
    }

    fn used(&mut self, name: &str, path: String, text: &str, range: &Range<usize>) {
        let place = Place::of(path, text, range);
        let Some(line) = place.within(text) else { return };
        let (line, text) = (line.trim().to_owned(), line.to_owned());
        if self.seen.insert(place.clone()) {
            self.found.sources.push(Source { place, why: Why::Used { name: name.into() }, text, line });
        }
    }

    /// What the names of the lines at hand are, by their signatures.
    fn near(&mut self, focus: &Focus) {
        let (Some(language), lines) = (focus.language, focus.lines()) else { return };
        let mut names: Vec<&str> = code_identifiers(language, lines).map(|range| &lines[range]).collect();
        let mut seen = HashSet::new();
        names.retain(|name| name.len() > 2 && !language.keywords().contains(name) && seen.insert(*name));
        let mut left = NEAR;
        for name in names {
            for symbol in self.reader.snapshot().definitions_at_most(name, 2).unwrap_or_default() {
                let shown =
                    Place::of(self.reader.snapshot().relative(symbol.file), &focus.text, &symbol.range);
                if left > 0 && !shown.overlaps(&focus.place) && self.defined(&symbol, true) {
                    left -= 1;
                }
            }
        }
    }

    fn chunks(&mut self, question: &Question, named: &[String], most: usize) {
        let mut query = question.weighted();
        query.extend(named.iter().map(|name| (name.clone(), 2.0)));
        let query: Vec<(&str, f32)> = query.iter().map(|(name, weight)| (name.as_str(), *weight)).collect();
        let index = self.reader.snapshot();
        let mut left = most;
        for chunk in index.search(&query, None, CANDIDATES) {
            if left == 0 || chunk.share < LIKENESS {
                break;
            }
            if index.is_generated(chunk.file) {
                continue;
            }
            let place = Place {
                path: index.relative(chunk.file),
                start: chunk.lines.start + 1,
                end: chunk.lines.end.max(chunk.lines.start + 1),
            };
            if self.found.sources.iter().any(|source| source.place.overlaps(&place)) {
                continue;
            }
            let Some(text) = place.text(self.reader) else { continue };
            let holds = |line: &&str| query.iter().any(|(word, _)| line.contains(word));
            let line =
                text.lines().find(holds).map_or_else(|| first_line(&text), |line| line.trim().to_owned());
            self.found.sources.push(Source { place, why: Why::Like, text, line });
            left -= 1;
        }
    }
}

fn is_member(kind: DefinitionKind) -> bool {
    matches!(kind, DefinitionKind::Field | DefinitionKind::Variant)
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
