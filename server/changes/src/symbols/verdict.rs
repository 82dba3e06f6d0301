//! What to say of each pair, and of what has none.

use super::matching::Pairs;
use super::order::out_of_order;
use super::outline::{Outline, Symbol, fold};
use super::{Aspect, SymbolChange, Verdict};
use crate::Stop;
use crate::hunks::line_counts;
use std::collections::{BTreeMap, HashSet};
use trust_grammars::DefinitionKind;

/// `None` where `stop` says so.
pub(crate) fn changes(old: &Outline, new: &Outline, pairs: &Pairs, stop: Stop) -> Option<Vec<SymbolChange>> {
    let displaced = displaced(old, new, pairs);
    let mut changes = Vec::new();
    for (at, symbol) in new.symbols.iter().enumerate() {
        if stop() {
            return None;
        }
        let before = pairs.to_old.get(at).copied().flatten();
        match before.and_then(|before| old.symbols.get(before)) {
            None => changes.push(one_sided(symbol, Verdict::Added)),
            Some(was) => {
                let parent = was.parent.and_then(|parent| pairs.to_new.get(parent).copied().flatten());
                let elsewhere = parent != symbol.parent || displaced.contains(&at);
                changes.extend(pair(was, symbol, elsewhere));
            }
        }
    }
    for (at, symbol) in old.symbols.iter().enumerate() {
        if pairs.to_new.get(at) == Some(&None) {
            changes.push(one_sided(symbol, Verdict::Removed));
        }
    }
    Some(changes)
}

/// The new symbols that stand in another order among their siblings than before.
fn displaced(old: &Outline, new: &Outline, pairs: &Pairs) -> HashSet<usize> {
    let mut families: BTreeMap<Option<usize>, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, symbol) in new.symbols.iter().enumerate().filter(|(_, symbol)| symbol.kind.is_some()) {
        let Some(before) = pairs.to_old.get(at).copied().flatten() else { continue };
        let parent = old.symbols.get(before).and_then(|old| old.parent);
        if parent.and_then(|parent| pairs.to_new.get(parent).copied().flatten()) == symbol.parent {
            families.entry(symbol.parent).or_default().push((before, at));
        }
    }
    let moved = families.into_values().flat_map(|family| {
        let ranks: Vec<usize> = family.iter().map(|(before, _)| *before).collect();
        out_of_order(&ranks)
            .into_iter()
            .filter_map(move |place| family.get(place).map(|(_, at)| *at))
            .collect::<Vec<_>>()
    });
    moved.collect()
}

fn one_sided(symbol: &Symbol, verdict: Verdict) -> SymbolChange {
    let lines = symbol.text.trim_end().lines().count() as u32;
    let is_new = verdict == Verdict::Added;
    let signature = Some(symbol.signature.clone());
    let range = symbol.lines.clone();
    SymbolChange {
        verdict,
        aspects: Vec::new(),
        kind: symbol.kind,
        name: symbol.name.clone(),
        path: symbol.path.clone(),
        old_signature: signature.clone().filter(|_| !is_new),
        new_signature: signature.filter(|_| is_new),
        old_lines: if is_new { 0..0 } else { range.clone() },
        new_lines: if is_new { range } else { 0..0 },
        added: if is_new { lines } else { 0 },
        removed: if is_new { 0 } else { lines },
        public: symbol.public,
        body: symbol.whole,
        tokens: symbol.tokens.len(),
    }
}

/// What differs in a pair; `None` if nothing does.
fn pair(old: &Symbol, new: &Symbol, elsewhere: bool) -> Option<SymbolChange> {
    let renamed = old.name != new.name;
    let differences = [
        (old.heading != new.heading || old.kind != new.kind, Aspect::Signature),
        (old.body != new.body, Aspect::Body),
        (old.attributes != new.attributes, Aspect::Attributes),
        (old.comments != new.comments, Aspect::Documentation),
    ];
    let mut aspects: Vec<Aspect> =
        differences.into_iter().filter(|(differs, _)| *differs).map(|(_, aspect)| aspect).collect();
    if aspects.is_empty() && !renamed && !elsewhere && different_layout(old, new) {
        aspects.push(Aspect::Whitespace);
    }
    let verdict = if renamed {
        Verdict::Renamed { from: old.path.clone() }
    } else if elsewhere {
        Verdict::Moved { from: old.path.clone() }
    } else if aspects.is_empty() {
        return None;
    } else {
        Verdict::Changed
    };
    let (added, removed) = line_counts(&old.text, &new.text);
    Some(SymbolChange {
        verdict,
        aspects,
        kind: new.kind,
        name: new.name.clone(),
        path: new.path.clone(),
        old_signature: Some(old.signature.clone()).filter(|_| old.kind.is_some()),
        new_signature: Some(new.signature.clone()).filter(|_| new.kind.is_some()),
        old_lines: old.lines.clone(),
        new_lines: new.lines.clone(),
        added,
        removed,
        public: new.public || old.public,
        body: new.whole,
        tokens: 0,
    })
}

/// Around members blank lines come and go with them; there, only a line that itself differs is layout.
fn different_layout(old: &Symbol, new: &Symbol) -> bool {
    use DefinitionKind::{Class, Impl, Interface, Module, Trait};
    let holder = matches!(old.kind, None | Some(Class | Impl | Interface | Module | Trait));
    let lines = |symbol: &Symbol| -> Vec<String> {
        let lines = symbol.text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| if symbol.kind.is_some() { fold(line) } else { line.to_owned() }).collect()
    };
    if holder { lines(old) != lines(new) } else { old.raw != new.raw }
}
