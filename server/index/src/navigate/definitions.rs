//! Where the name at a place is defined.

use super::near::{Near, Nearness, speak_alike};
use super::word::{access, is_keyword, word_at};
use super::{Place, Target, local};
use crate::{DefinitionKind, Reader, Snapshot, Symbol};
use std::ops::{Deref, Range};
use std::sync::Arc;
use trust_grammars::{Outline, outline};

/// A candidate, and what it is ordered by.
struct Candidate {
    target: Target,
    reached: bool,
    near: Nearness,
    odd: bool,
}

impl<S: Deref<Target = Snapshot>> Reader<S> {
    /// The definitions of the name at `place`, best first, at most `limit`. A local name has its own only, and
    /// so has a name that is asked about where it is defined.
    pub fn definitions_at(&self, place: &Place, limit: usize) -> Vec<Target> {
        let text = &place.text;
        let Some(word) = word_at(text, place.offset) else { return Vec::new() };
        let name = &text[word.clone()];
        if is_keyword(place.language, name) {
            return Vec::new();
        }
        if let Some(local) = local(place) {
            return local.definitions.iter().take(limit).map(|range| local_target(place, range)).collect();
        }
        let own = place.language.map(|language| outline(language, text)).unwrap_or_default();
        let mut candidates = own_targets(place, &own, name);
        if let Some(itself) = candidates.iter().find(|target| target.name == word) {
            return vec![itself.clone()];
        }
        let access = access(text, word.start);
        let near = Near::new(&place.path, text, &own.imports, access.through);
        let container = access.through.map(|through| match through {
            "self" | "this" | "cls" | "Self" => enclosing(&own, text, word.start).unwrap_or(through),
            other => other,
        });
        let reached = |found: Option<&str>| {
            container.is_some_and(|container| found.is_some_and(|own| own == container))
        };
        let odd = |kind| access.through.is_none() && access.member != is_member(kind);
        let snapshot = self.snapshot();
        let mut others: Vec<(bool, Nearness, bool, Symbol)> = snapshot
            .definitions(name)
            .into_iter()
            .filter(|symbol| speak_alike(place.language, snapshot.language(symbol.file)))
            .filter(|symbol| snapshot.path(symbol.file) != place.path)
            .map(|symbol| {
                let near = near.of(snapshot.path(symbol.file), name);
                (!reached(symbol.container), near, odd(symbol.kind), symbol)
            })
            .collect();
        others.sort_by(|(a_reached, a_near, a_odd, a), (b_reached, b_near, b_odd, b)| {
            let place = |symbol: &Symbol| (snapshot.path(symbol.file).to_owned(), symbol.range.start);
            (a_reached, a_near, a_odd).cmp(&(b_reached, b_near, b_odd)).then_with(|| place(a).cmp(&place(b)))
        });
        let mut found: Vec<Candidate> = candidates
            .drain(..)
            .map(|target| Candidate {
                reached: reached(target.container.as_deref()),
                near: Nearness::Same,
                odd: target.kind.is_some_and(odd),
                target,
            })
            .collect();
        found.extend(others.into_iter().take(limit).filter_map(|(not_reached, near, odd, symbol)| {
            Some(Candidate { target: self.target(&symbol)?, reached: !not_reached, near, odd })
        }));
        // What is reached through its own type is no guess any more.
        if found.iter().any(|candidate| candidate.reached) {
            found.retain(|candidate| candidate.reached);
        }
        found.sort_by_key(|candidate| (candidate.near, candidate.odd));
        found.truncate(limit);
        found.into_iter().map(|candidate| candidate.target).collect()
    }
}

fn is_member(kind: DefinitionKind) -> bool {
    matches!(kind, DefinitionKind::Method | DefinitionKind::Field)
}

fn own_targets(place: &Place, own: &Outline, name: &str) -> Vec<Target> {
    let text = &place.text;
    let named = own
        .definitions
        .iter()
        .filter(|found| found.kind != DefinitionKind::Impl && text.get(found.name.clone()) == Some(name));
    named
        .map(|found| Target {
            path: place.path.clone(),
            language: place.language,
            text: Arc::clone(text),
            kind: Some(found.kind),
            container: found
                .parent
                .and_then(|parent| own.definitions.get(parent))
                .and_then(|parent| text.get(parent.name.clone()))
                .map(str::to_owned),
            name: found.name.clone(),
            item: found.item.clone(),
            signature: found.signature.clone(),
            documentation: found.documentation.clone(),
        })
        .collect()
}

/// The name of the type that `offset` is in.
fn enclosing<'a>(own: &Outline, text: &'a str, offset: usize) -> Option<&'a str> {
    use DefinitionKind::{Class, Enum, Impl, Interface, Struct, Trait};
    let around = own.definitions.iter().filter(|found| {
        matches!(found.kind, Class | Enum | Impl | Interface | Struct | Trait) && found.item.contains(&offset)
    });
    text.get(around.max_by_key(|found| found.item.start)?.name.clone())
}

fn local_target(place: &Place, name: &Range<usize>) -> Target {
    let text = &place.text;
    let start = text[..name.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[name.end..].find('\n').map_or(text.len(), |at| name.end + at);
    let line = &text[start..end];
    let start = start + line.len() - line.trim_start().len();
    let line = start..start.max(end - (line.len() - line.trim_end().len()));
    Target {
        path: place.path.clone(),
        language: place.language,
        text: Arc::clone(text),
        kind: None,
        container: None,
        name: name.clone(),
        item: line.clone(),
        signature: line,
        documentation: None,
    }
}
