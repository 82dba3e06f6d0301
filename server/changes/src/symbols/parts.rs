//! Symbols made of a part of another, and symbols that became one: told by their lines, since what is cut out
//! and put in stays mostly as it was.

use super::matching::Pairs;
use super::outline::Outline;
use super::similar::contained;
use super::tokens::hash;
use super::{Aspect, SymbolChange, Verdict};
use crate::Stop;
use std::collections::HashMap;
use trust_grammars::DefinitionKind;

/// How much of a symbol's lines has to come from another, in percent.
const PART: u64 = 60;
/// The most pairs of symbols that are compared.
const MAX_COMPARISONS: usize = 250_000;
/// Fewer lines than these are anybody's.
const FEW_LINES: usize = 2;

/// Turns `Added` into `Split` and `Removed` into `Merged` where the lines say so.
pub(crate) fn split_and_merged(
    old: &Outline,
    new: &Outline,
    pairs: &Pairs,
    changes: &mut [SymbolChange],
    stop: Stop,
) {
    let callable = |kind| matches!(kind, Some(DefinitionKind::Function | DefinitionKind::Method));
    let wanted = |change: &SymbolChange| {
        callable(change.kind) && matches!(change.verdict, Verdict::Added | Verdict::Removed)
    };
    if !changes.iter().any(wanted) {
        return;
    }
    // What each symbol that changed, or went, lost; and what each that changed, or came, won.
    let (mut lost, mut won): (Vec<(String, Vec<u64>)>, Vec<(String, Vec<u64>)>) = (Vec::new(), Vec::new());
    for (at, symbol) in old.symbols.iter().enumerate().filter(|(_, symbol)| callable(symbol.kind)) {
        let lines = inner(&symbol.text);
        match pairs.to_new.get(at).copied().flatten().and_then(|at| new.symbols.get(at)) {
            None => lost.push((symbol.path.clone(), lines)),
            Some(now) if now.body != symbol.body => {
                let now_lines = inner(&now.text);
                lost.push((now.path.clone(), without(&lines, &now_lines)));
                won.push((now.path.clone(), without(&now_lines, &lines)));
            }
            Some(_) => {}
        }
    }
    let added = new
        .symbols
        .iter()
        .zip(&pairs.to_old)
        .filter(|(symbol, pair)| pair.is_none() && callable(symbol.kind));
    won.extend(added.map(|(symbol, _)| (symbol.path.clone(), inner(&symbol.text))));
    // Whole files of functions that come and go are no game of hide and seek.
    let count = changes.iter().filter(|change| wanted(change)).count();
    if count * lost.len().max(won.len()) > MAX_COMPARISONS {
        return;
    }
    let text: HashMap<(bool, &str, u32), &str> = old
        .symbols
        .iter()
        .map(|symbol| ((true, symbol.path.as_str(), symbol.lines.start), symbol.text.as_str()))
        .chain(
            new.symbols
                .iter()
                .map(|symbol| ((false, symbol.path.as_str(), symbol.lines.start), symbol.text.as_str())),
        )
        .collect();
    for change in changes.iter_mut().filter(|change| wanted(change)) {
        if stop() {
            return;
        }
        let is_old = change.verdict == Verdict::Removed;
        let start = if is_old { change.old_lines.start } else { change.new_lines.start };
        let Some(own) = text.get(&(is_old, change.path.as_str(), start)).map(|text| inner(text)) else {
            continue;
        };
        if own.len() < FEW_LINES {
            continue;
        }
        let sources = if is_old { &won } else { &lost };
        let others = sources.iter().filter(|(path, _)| *path != change.path);
        let best = others.map(|(path, lines)| (contained(&own, lines), path)).max_by_key(|(share, _)| *share);
        if let Some((_, path)) = best.filter(|(share, _)| *share >= PART) {
            change.verdict = if is_old {
                Verdict::Merged { into: path.clone() }
            } else {
                Verdict::Split { from: path.clone() }
            };
            change.aspects = vec![Aspect::Body];
        }
    }
}

/// Sorted hashes of a body's lines that say something.
fn inner(text: &str) -> Vec<u64> {
    let lines =
        text.lines().map(str::trim).filter(|line| line.chars().filter(|c| c.is_alphanumeric()).count() > 3);
    // The first line is the heading, or documentation.
    let mut hashes: Vec<u64> = lines
        .filter(|line| {
            !["//", "#", "/*", "*", "fn ", "pub ", "def ", "function ", "async ", "export "]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .map(hash)
        .collect();
    hashes.sort_unstable();
    hashes
}

/// `one` less what is in `other`; both sorted.
fn without(one: &[u64], other: &[u64]) -> Vec<u64> {
    let mut left = Vec::new();
    let mut j = 0;
    for line in one {
        while other.get(j).is_some_and(|at| at < line) {
            j += 1;
        }
        if other.get(j) == Some(line) { j += 1 } else { left.push(*line) }
    }
    left
}
