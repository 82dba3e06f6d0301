//! What a change is about: a verb, and ways to name its objects, the most telling first.

use super::bump::bump;
use crate::paths::{Purpose, purpose};
use std::collections::HashSet;
use trust_changes::{Aspect, FileFacts, Status, SymbolChange, Verdict};

/// The most names in a subject.
const NAMES: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    /// In the imperative.
    pub verb: &'static str,
    /// From the most telling to the shortest.
    pub objects: Vec<String>,
}

impl Topic {
    pub fn new(verb: &'static str, objects: Vec<String>) -> Self {
        Self { verb, objects }
    }
}

/// Never empty for changes that are not.
pub(crate) fn topics(files: &[FileFacts]) -> Vec<Topic> {
    let mut topics: Vec<(u32, Topic)> = Vec::new();
    topics.extend(bump(files).map(|topic| (10_000, topic)));
    topics.extend(of_symbols(files));
    topics.extend(of_files(files));
    topics.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    topics.into_iter().map(|(_, topic)| topic).collect()
}

fn of_symbols(files: &[FileFacts]) -> Vec<(u32, Topic)> {
    let source = |wanted: bool| {
        let fits = move |file: &&FileFacts| (purpose(&file.change.path) != Purpose::Test) == wanted;
        files
            .iter()
            .filter(fits)
            .flat_map(|file| file.symbols.iter().flatten().map(move |symbol| (file, symbol)))
    };
    let mut symbols: Vec<(&FileFacts, &SymbolChange)> =
        source(true).filter(|(_, symbol)| symbol.kind.is_some()).collect();
    let tests = symbols.is_empty();
    if tests {
        symbols = source(false).filter(|(_, symbol)| symbol.kind.is_some()).collect();
    }
    // The tests inside a source file are not what it is about.
    let in_tests = |symbol: &SymbolChange| symbol.path.starts_with("tests::") || symbol.path == "tests";
    if symbols.iter().any(|(_, symbol)| !in_tests(symbol)) {
        symbols.retain(|(_, symbol)| !in_tests(symbol));
    }
    let mut topics = Vec::new();
    let mut group = |verb: &'static str, bonus: u32, test: &dyn Fn(&SymbolChange) -> bool| {
        let mut found: Vec<(u32, bool, String)> = symbols
            .iter()
            .filter(|(_, symbol)| test(symbol))
            .map(|(_, symbol)| (symbol.added.max(symbol.removed), symbol.public, short(&symbol.path)))
            .collect();
        // A type's members go without saying.
        let parents: HashSet<String> = found.iter().map(|(.., name)| name.clone()).collect();
        found.retain(|(.., name)| {
            name.rsplit_once("::")
                .or_else(|| name.rsplit_once('.'))
                .is_none_or(|(parent, _)| !parents.contains(parent))
        });
        let weight: u32 = found.iter().map(|(lines, ..)| lines.min(&80) + bonus).sum();
        found.sort_by_key(|(lines, public, _)| std::cmp::Reverse((*public, *lines)));
        let mut names: Vec<String> = found.into_iter().map(|(.., name)| format!("`{name}`")).collect();
        names.dedup();
        if !names.is_empty() {
            topics.push((weight, Topic::new(verb, lists(&names))));
        }
    };
    let aspect =
        |aspect| move |symbol: &SymbolChange| symbol.verdict == Verdict::Changed && symbol.has(aspect);
    group("add", 3, &|symbol| symbol.verdict == Verdict::Added);
    group("remove", 3, &|symbol| symbol.verdict == Verdict::Removed);
    group("change", 2, &|symbol| symbol.verdict == Verdict::Changed && !symbol.is_cosmetic());
    group("document", 0, &|symbol| aspect(Aspect::Documentation)(symbol) && symbol.is_cosmetic());
    group("reformat", 0, &|symbol| aspect(Aspect::Whitespace)(symbol) && symbol.is_cosmetic());
    for (file, symbol) in &symbols {
        let to = file.change.path.rsplit('/').next().unwrap_or_default();
        let name = short(&symbol.path);
        let (weight, topic) = match &symbol.verdict {
            Verdict::Renamed { from } => (
                25,
                Topic::new("rename", vec![format!("`{}` to `{name}`", short(from)), format!("`{name}`")]),
            ),
            Verdict::Moved { from } if *from != symbol.path => {
                (15, Topic::new("move", vec![format!("`{name}` to {to}"), format!("`{name}`")]))
            }
            Verdict::Split { from } => (
                12,
                Topic::new(
                    "split",
                    vec![format!("`{name}` off from `{}`", short(from)), format!("`{}`", short(from))],
                ),
            ),
            Verdict::Merged { into } => (
                12,
                Topic::new("merge", vec![format!("`{name}` into `{}`", short(into)), format!("`{name}`")]),
            ),
            Verdict::Changed if symbol.has(Aspect::Signature) => match parameter(symbol) {
                Some(added) => (
                    10 + symbol.added.min(20),
                    Topic::new(
                        "add",
                        vec![format!("parameter `{added}` to `{name}`"), format!("parameter to `{name}`")],
                    ),
                ),
                None => continue,
            },
            _ => continue,
        };
        topics.push((weight, topic));
    }
    topics
}

/// The one word that a signature has and had not, if it names a parameter.
fn parameter(symbol: &SymbolChange) -> Option<String> {
    let (old, new) = (symbol.old_signature.as_ref()?, symbol.new_signature.as_ref()?);
    let inside = new.get(new.find('(')?..)?;
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let known = words(old);
    let mut fresh = words(inside).into_iter().filter(|word| {
        !known.contains(word) && [": ", "?: ", "="].iter().any(|end| inside.contains(&format!("{word}{end}")))
    });
    let first = fresh.next()?;
    fresh.next().is_none().then_some(first)
}

fn of_files(files: &[FileFacts]) -> Vec<(u32, Topic)> {
    let mut topics = Vec::new();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut group = |verb: &'static str, bonus: u32, test: &dyn Fn(&FileFacts) -> bool| {
        let found: Vec<&FileFacts> = files.iter().filter(|file| test(file)).collect();
        let plain = found.iter().filter(|file| file.symbols.is_none()).count() as u32;
        let lines: u32 = found
            .iter()
            .filter(|file| file.symbols.is_none())
            .map(|file| (file.added + file.removed).min(20))
            .sum();
        let names: Vec<String> = found.iter().map(|file| name(&file.change.path)).collect();
        if !names.is_empty() {
            let weight = if plain == 0 { 0 } else { lines / 2 + bonus };
            topics.push((weight, Topic::new(verb, lists(&names))));
        }
    };
    group("add", 2, &|file| file.change.status == Status::Added);
    group("remove", 2, &|file| file.change.status == Status::Deleted);
    group("update", 1, &|file| matches!(file.change.status, Status::Modified | Status::Conflicted));
    for file in files {
        if let Some(old) = file.change.old_path.as_ref().filter(|_| file.change.status == Status::Renamed) {
            let (from, to) = (name(old), name(&file.change.path));
            let folder = file.change.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let topic = if from == to {
                Topic::new("move", vec![format!("{to} to {folder}"), to])
            } else {
                Topic::new("rename", vec![format!("{from} to {to}"), to])
            };
            let weight = if file.added + file.removed == 0 { 20 } else { 8 };
            topics.push((weight, topic));
        }
    }
    topics
}

/// The last two names of a path.
fn short(path: &str) -> String {
    let separator = if path.contains("::") { "::" } else { "." };
    let parts: Vec<&str> = path.split(separator).collect();
    parts.get(parts.len().saturating_sub(2)..).unwrap_or_default().join(separator)
}

/// Ways to list names, from many to few.
pub(crate) fn lists(names: &[String]) -> Vec<String> {
    let list = |count: usize| {
        let some = names.get(..count).unwrap_or_default();
        match (some.split_last(), names.len() > count) {
            (Some((last, [])), false) => last.clone(),
            (Some((last, rest)), false) => format!("{} and {last}", rest.join(", ")),
            (Some(_), true) => format!("{} and others", some.join(", ")),
            (None, _) => String::new(),
        }
    };
    let most = names.len().min(NAMES);
    let mut all: Vec<String> = (1..=most).rev().map(list).collect();
    all.extend(names.first().filter(|_| names.len() > 1).cloned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_from_many_to_few() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lists(&names("a")), ["a"]);
        assert_eq!(lists(&names("a b")), ["a and b", "a and others", "a"]);
        assert_eq!(lists(&names("a b c d")), ["a, b, c and others", "a, b and others", "a and others", "a"]);
    }
}
