//! Which symbol of the new side is which of the old: by place and name, then by equal code, then by code that is
//! mostly the same. The first two phases are those of entity-based differs; the third decides renames with edits.

use super::outline::{Outline, Symbol};
use super::similar::similarity;
use crate::Stop;
use std::collections::HashMap;
use trust_grammars::DefinitionKind;

/// The least likeness, in percent, of a symbol that was renamed and edited.
const RENAMED: u64 = 60;
/// The same of one that kept its name.
const MOVED: u64 = 50;
/// Fewer tokens than these say nothing by being equal.
const FEW_TOKENS: usize = 8;
/// The most comparisons of the third phase.
const MAX_COMPARISONS: usize = 250_000;

pub(crate) struct Pairs {
    /// For each old symbol its new one, and the other way round.
    pub to_new: Vec<Option<usize>>,
    pub to_old: Vec<Option<usize>>,
}

impl Pairs {
    fn join(&mut self, old: usize, new: usize) {
        if let (Some(a), Some(b)) = (self.to_new.get_mut(old), self.to_old.get_mut(new)) {
            (*a, *b) = (Some(new), Some(old));
        }
    }

    fn free<'a>(&'a self, old: &'a Outline, new: &'a Outline) -> (Vec<usize>, Vec<usize>) {
        let free = |pairs: &[Option<usize>], outline: &Outline| {
            let symbols = outline.symbols.iter().zip(pairs).enumerate();
            symbols
                .filter(|(_, (symbol, pair))| symbol.kind.is_some() && pair.is_none())
                .map(|(at, _)| at)
                .collect()
        };
        (free(&self.to_new, old), free(&self.to_old, new))
    }
}

pub(crate) fn pairs(old: &Outline, new: &Outline, stop: Stop) -> Pairs {
    let mut pairs = Pairs { to_new: vec![None; old.symbols.len()], to_old: vec![None; new.symbols.len()] };
    pairs.join(old.symbols.len() - 1, new.symbols.len() - 1);
    same_place(old, new, &mut pairs, |symbol| (symbol.kind, key_name(symbol)));
    same_place(old, new, &mut pairs, key_name);
    equal_code(old, new, &mut pairs);
    like_code(old, new, &mut pairs, stop);
    // Members of what was renamed are where their parent is.
    same_place(old, new, &mut pairs, |symbol| (symbol.kind, key_name(symbol)));
    pairs
}

/// An `impl` block is known by its whole heading.
fn key_name(symbol: &Symbol) -> String {
    if symbol.kind == Some(DefinitionKind::Impl) { symbol.signature.clone() } else { symbol.name.clone() }
}

/// Pairs symbols that have the same parent and key. Of several, those with the same code first, then those
/// with the same signature, then in their order.
fn same_place<K: std::hash::Hash + Eq>(
    old: &Outline,
    new: &Outline,
    pairs: &mut Pairs,
    key: impl Fn(&Symbol) -> K,
) {
    let mut places: HashMap<(Option<usize>, K), Vec<usize>> = HashMap::new();
    for (at, symbol) in old.symbols.iter().enumerate().filter(|(_, symbol)| symbol.kind.is_some()) {
        places.entry((symbol.parent, key(symbol))).or_default().push(at);
    }
    // Parents come before their members, so a parent's pair is known when its members are looked at.
    let mut wanted: Vec<(usize, (Option<usize>, K))> = Vec::new();
    let kinds = new.symbols.iter().enumerate().filter(|(_, symbol)| symbol.kind.is_some());
    for (at, symbol) in kinds {
        let parent = match symbol.parent {
            None => None,
            Some(parent) => match pairs.to_old.get(parent).copied().flatten() {
                Some(parent) => Some(parent),
                None => match wanted.iter().find(|(new, _)| *new == parent) {
                    // Its parent's pair is decided in this very pass.
                    Some(_) => {
                        settle(old, new, pairs, &mut places, &mut wanted);
                        match pairs.to_old.get(parent).copied().flatten() {
                            Some(parent) => Some(parent),
                            None => continue,
                        }
                    }
                    None => continue,
                },
            },
        };
        if pairs.to_old.get(at).copied().flatten().is_none() {
            wanted.push((at, (parent, key(symbol))));
        }
    }
    settle(old, new, pairs, &mut places, &mut wanted);
}

fn settle<K: std::hash::Hash + Eq>(
    old: &Outline,
    new: &Outline,
    pairs: &mut Pairs,
    places: &mut HashMap<(Option<usize>, K), Vec<usize>>,
    wanted: &mut Vec<(usize, (Option<usize>, K))>,
) {
    let rules: [fn(&Symbol, &Symbol) -> bool; 3] = [
        |old, new| old.heading == new.heading && old.whole == new.whole,
        |old, new| old.signature == new.signature,
        |_, _| true,
    ];
    for rule in rules {
        for (at, place) in wanted.iter() {
            let Some(candidates) = places.get(place).filter(|_| pairs.to_old.get(*at) == Some(&None)) else {
                continue;
            };
            let Some(symbol) = new.symbols.get(*at) else { continue };
            let fits = |old_at: &&usize| {
                pairs.to_new.get(**old_at) == Some(&None)
                    && old.symbols.get(**old_at).is_some_and(|old| rule(old, symbol))
            };
            if let Some(&old_at) = candidates.iter().find(fits) {
                pairs.join(old_at, *at);
            }
        }
    }
    wanted.clear();
}

/// Pairs what is left and has the same code: first of the same name, then of any.
fn equal_code(old: &Outline, new: &Outline, pairs: &mut Pairs) {
    for same_name in [true, false] {
        let (gone, come) = pairs.free(old, new);
        let mut by_code: HashMap<u64, Vec<usize>> = HashMap::new();
        for at in gone {
            if let Some(symbol) = old.symbols.get(at) {
                by_code.entry(symbol.whole).or_default().push(at);
            }
        }
        for at in come {
            let Some(symbol) = new.symbols.get(at) else { continue };
            if !same_name && symbol.tokens.len() < FEW_TOKENS {
                continue;
            }
            let fits = |old_at: &&usize| {
                old.symbols
                    .get(**old_at)
                    .is_some_and(|old| old.kind == symbol.kind && (!same_name || old.name == symbol.name))
                    && pairs.to_new.get(**old_at) == Some(&None)
            };
            if let Some(&old_at) = by_code.get(&symbol.whole).and_then(|found| found.iter().find(fits)) {
                pairs.join(old_at, at);
            }
        }
    }
}

/// Pairs what is left by likeness, the most alike first.
fn like_code(old: &Outline, new: &Outline, pairs: &mut Pairs, stop: Stop) {
    let (gone, come) = pairs.free(old, new);
    if gone.len() * come.len() > MAX_COMPARISONS {
        return;
    }
    let mut scored = Vec::new();
    for &new_at in &come {
        if stop() {
            return;
        }
        for &old_at in &gone {
            let (Some(a), Some(b)) = (old.symbols.get(old_at), new.symbols.get(new_at)) else { continue };
            let least = if a.name == b.name { MOVED } else { RENAMED };
            if alike_kinds(a.kind, b.kind) && a.tokens.len().min(b.tokens.len()) >= FEW_TOKENS {
                let score = similarity(&a.tokens, &b.tokens);
                if score >= least {
                    scored.push((a.name == b.name, score, old_at, new_at));
                }
            }
        }
    }
    scored.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
    for (_, _, old_at, new_at) in scored {
        if pairs.to_new.get(old_at) == Some(&None) && pairs.to_old.get(new_at) == Some(&None) {
            pairs.join(old_at, new_at);
        }
    }
}

/// A function that moves into a type becomes a method.
fn alike_kinds(one: Option<DefinitionKind>, other: Option<DefinitionKind>) -> bool {
    use DefinitionKind::{Function, Method};
    let callable = |kind| matches!(kind, Some(Function | Method));
    one == other || callable(one) && callable(other)
}
