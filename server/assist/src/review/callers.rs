//! Callers that a change left behind, found in the tracked files that it does not touch: in those that hold the name by
//! the index, where there is one, and else in all. Only names that are defined once, and long enough to mean one thing,
//! are judged.

use super::Holders;
use super::finding::Finding;
use super::rule::{Severity, rule};
use crate::Changes;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use trust_changes::{
    Aspect, DefinitionKind, Reader, Repository, Scope, Stop, SymbolChange, Verdict, is_known_best,
};
use trust_grammars::Language;

const SHORTEST: usize = 5;
/// The most files that are read for it, and the most callers that are named.
const FILES: usize = 20_000;
const NAMED: usize = 5;

struct Wanted<'a> {
    path: &'a str,
    language: Language,
    symbol: &'a SymbolChange,
    /// The name that callers use.
    name: String,
    callers: Vec<String>,
    defined_again: bool,
}

pub(crate) fn check(
    repository: &Repository,
    changes: &Changes,
    tracked: &HashSet<String>,
    reader: &dyn Reader,
    holders: Option<Holders>,
    stop: Stop,
    findings: &mut Vec<Finding>,
) {
    // Other scopes end somewhere else than in the working tree.
    let current = match &changes.scope {
        Scope::Staged | Scope::Unstaged | Scope::Amend => true,
        Scope::Since(_, new) | Scope::Range(_, new) | Scope::Commit(new) => new == "HEAD",
    };
    let Some(rule) = rule("callers-not-updated").filter(|_| current) else { return };
    let mut wanted = wanted(changes);
    if wanted.is_empty() {
        return;
    }
    let changed: HashSet<&str> = changes.files.iter().map(|file| file.change.path.as_str()).collect();
    let held: Option<HashSet<PathBuf>> =
        holders.map(|holders| wanted.iter().flat_map(|wanted| holders(&wanted.name)).collect());
    let holds = |path: &str| held.as_ref().is_none_or(|held| held.contains(&repository.root().join(path)));
    let mut files: Vec<&String> =
        tracked.iter().filter(|path| !changed.contains(path.as_str()) && holds(path)).collect();
    files.sort_unstable();
    for path in files.into_iter().take(FILES) {
        if stop() {
            return;
        }
        let Some(language) = Language::from_path(Path::new(path)) else { continue };
        if !wanted.iter().any(|wanted| alike(wanted.language, language)) {
            continue;
        }
        let Ok(text) = reader.read(&repository.root().join(path)) else { continue };
        for wanted in wanted.iter_mut().filter(|wanted| alike(wanted.language, language)) {
            look(wanted, path, &text);
        }
    }
    for wanted in wanted.into_iter().filter(|wanted| !wanted.callers.is_empty() && !wanted.defined_again) {
        let count = wanted.callers.len();
        let some: Vec<String> = wanted.callers.into_iter().take(NAMED).collect();
        let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
        let what = match &wanted.symbol.verdict {
            Verdict::Removed => "was removed",
            Verdict::Renamed { .. } => "has another name",
            _ if needs_more(wanted.symbol) => "takes other parameters",
            _ => "gives something else",
        };
        let message =
            format!("`{}` {what}, and is called as before in {}{more}", wanted.name, some.join(", "));
        let line = if wanted.symbol.verdict == Verdict::Removed { 0 } else { wanted.symbol.new_lines.start };
        let mut finding = Finding::new(rule, wanted.path, line, message);
        finding.symbol = Some(wanted.symbol.path.clone());
        // Callers may well take what they get as it is.
        if wanted.symbol.verdict == Verdict::Changed && !needs_more(wanted.symbol) {
            finding.severity = Severity::Information;
        }
        findings.push(finding);
    }
}

fn wanted(changes: &Changes) -> Vec<Wanted<'_>> {
    let mut wanted = Vec::new();
    for file in &changes.files {
        // Where names may be overloaded, a call says less.
        let Some(language) = file.language.filter(is_known_best) else { continue };
        for symbol in file.symbols.iter().flatten() {
            let callable = matches!(symbol.kind, Some(DefinitionKind::Function | DefinitionKind::Method));
            let name = match &symbol.verdict {
                Verdict::Removed => symbol.name.clone(),
                Verdict::Renamed { from } => from.rsplit([':', '.']).next().unwrap_or_default().to_owned(),
                Verdict::Changed
                    if symbol.has(Aspect::Signature) && (needs_more(symbol) || gives_else(symbol)) =>
                {
                    symbol.name.clone()
                }
                _ => continue,
            };
            let again = changes.files.iter().flat_map(|file| file.symbols.iter().flatten()).any(|other| {
                other.name == name && !matches!(other.verdict, Verdict::Removed) && other.path != symbol.path
            });
            if callable && is_visible(symbol) && name.len() >= SHORTEST && !again {
                let path = file.change.path.as_str();
                wanted.push(Wanted {
                    path,
                    language,
                    symbol,
                    name,
                    callers: Vec::new(),
                    defined_again: false,
                });
            }
        }
    }
    wanted
}

/// Whether other files can call it.
fn is_visible(symbol: &SymbolChange) -> bool {
    let signatures = [&symbol.old_signature, &symbol.new_signature].into_iter().flatten();
    symbol.public || signatures.into_iter().any(|signature| signature.starts_with("pub("))
}

/// Whether callers have to say more, or less, than before.
fn needs_more(symbol: &SymbolChange) -> bool {
    let required = |signature: &Option<String>| -> Option<usize> {
        let (inside, _) = parts_of(&symbol.name, signature.as_ref()?)?;
        let (mut nesting, mut parts) = (Nesting::default(), vec![String::new()]);
        for c in inside.chars() {
            let depth = nesting.turn(c);
            match parts.last_mut() {
                _ if c == ',' && depth == 0 => parts.push(String::new()),
                Some(part) => part.push(c),
                None => {}
            }
        }
        let counts = |part: &&String| {
            !part.trim().is_empty()
                && !part.contains('=')
                && !part.contains('?')
                && !part.trim().starts_with('*')
        };
        Some(parts.iter().filter(counts).count())
    };
    let (old, new) = (required(&symbol.old_signature), required(&symbol.new_signature));
    // What cannot be told is not said.
    old.zip(new).is_some_and(|(old, new)| old != new)
}

/// Whether it says to give something else than before. What said nothing is judged in Rust only, where that says something.
fn gives_else(symbol: &SymbolChange) -> bool {
    let given = |signature: &Option<String>| -> Option<String> {
        let (_, rest) = parts_of(&symbol.name, signature.as_ref()?)?;
        let rest = rest.split(" where ").next().unwrap_or_default();
        let rest: String = rest.chars().filter(|c| !c.is_whitespace() && !matches!(c, '{' | ';')).collect();
        Some(rest.trim_end_matches(':').to_owned())
    };
    let is_rust = || symbol.new_signature.iter().any(|text| text.split_whitespace().any(|word| word == "fn"));
    let (old, new) = (given(&symbol.old_signature), given(&symbol.new_signature));
    old != new && old.is_some_and(|old| !old.is_empty() || is_rust())
}

/// The parameters of a signature, and what stands behind them.
fn parts_of<'a>(name: &str, signature: &'a str) -> Option<(&'a str, &'a str)> {
    let signature = signature.get(signature.find(name)? + name.len()..)?;
    let (mut nesting, mut open) = (Nesting::default(), None);
    for (at, c) in signature.char_indices() {
        let outside = nesting.depth() == 0 && nesting.quote.is_none();
        let depth = nesting.turn(c);
        if c == '(' && outside && open.is_none() {
            open = Some(at + 1);
        }
        if let Some(open) = open.filter(|_| c == ')' && depth == 0) {
            return Some((signature.get(open..at)?, signature.get(at + 1..)?));
        }
    }
    None
}

/// How deep in brackets, and whether in a quoted text, one is in a signature.
#[derive(Default)]
struct Nesting {
    open: Vec<char>,
    quote: Option<char>,
    /// The character before, and the last one that was no blank.
    before: char,
    word: char,
}

impl Nesting {
    fn depth(&self) -> usize {
        self.open.len()
    }

    /// Goes on by a character; how deep one is behind it, and nowhere near the top within a quoted text.
    fn turn(&mut self, c: char) -> usize {
        match (self.quote, c) {
            (Some(quote), _) => self.quote = Some(quote).filter(|_| c != quote || self.before == '\\'),
            // A single one begins a lifetime, too.
            (None, '"' | '`') => self.quote = Some(c),
            (None, '\'') if self.word == '=' => self.quote = Some(c),
            (None, '(' | '[' | '{' | '<') => self.open.push(c),
            // What was less than something opened nothing.
            (None, ')' | ']' | '}') => while self.open.pop() == Some('<') {},
            // An arrow closes nothing.
            (None, '>') if !matches!(self.before, '-' | '=') => {
                self.open.pop_if(|open| *open == '<');
            }
            _ => {}
        }
        self.before = c;
        self.word = if c.is_whitespace() { self.word } else { c };
        if self.quote.is_some() { usize::MAX } else { self.depth() }
    }
}

fn look(wanted: &mut Wanted, path: &str, text: &str) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in text.match_indices(wanted.name.as_str()) {
        let (before, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + wanted.name.len()..).unwrap_or_default());
        if before.ends_with(word) || !after.starts_with('(') {
            continue;
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        if ["fn ", "def ", "function "].iter().any(|keyword| before.ends_with(keyword)) {
            wanted.defined_again = true;
        } else if !line.trim_start().starts_with(['/', '#', '*']) {
            wanted.callers.push(format!("{path}:{}", before.matches('\n').count() + 1));
        }
    }
}

fn alike(one: Language, other: Language) -> bool {
    let script = |language| matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript);
    one == other || script(one) && script(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_a_signature_are_told_from_what_is_quoted_in_them() {
        let cases = [
            ("def compare(a):", Some(("a", ":"))),
            ("def compare(a, op=\">\") -> bool:", Some(("a, op=\">\"", " -> bool:"))),
            ("def compare(a, op=')'):", Some(("a, op=')'", ":"))),
            (
                "fn compare<'a>(a: &'a str, f: impl Fn(u8) -> u8) -> &'a str",
                Some(("a: &'a str, f: impl Fn(u8) -> u8", " -> &'a str")),
            ),
            ("compare(a: Map<string, () => void>): void", Some(("a: Map<string, () => void>", ": void"))),
            ("fn compare(a", None),
            ("fn other()", None),
        ];
        for (signature, expected) in cases {
            assert_eq!(parts_of("compare", signature), expected, "{signature}");
        }
    }
}
