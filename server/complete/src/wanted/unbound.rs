//! The names of a text that stand for nothing in it, and those that are taken.

use super::place::Sort;
use crate::corpus::indentation;
use std::collections::{HashMap, HashSet};
use trust_grammars::{Language, Names, Role, outline};

/// Names that are declared where `sort` would be declared.
pub(super) fn taken(
    language: Language,
    found: &Names,
    text: &str,
    offset: usize,
    sort: Sort,
) -> HashSet<String> {
    if sort == Sort::Import {
        let declared = found.names.iter().filter(|name| matches!(name.role, Role::Imports));
        return declared.map(|name| text[name.range.clone()].to_owned()).collect();
    }
    let definitions = outline(language, text).definitions;
    let around = |parent: &usize| definitions[*parent].item.contains(&offset);
    let parent =
        (0..definitions.len()).rfind(|index| around(index) && definitions[*index].item.start < offset);
    let here = definitions.iter().filter(|definition| definition.parent == parent);
    here.map(|definition| text[definition.name.clone()].to_owned()).collect()
}

/// Names that stand for nothing in `text`, those that are the most likely to be declared at `offset` first.
pub(super) fn free(
    language: Language,
    found: &Names,
    text: &str,
    (offset, depth): (usize, usize),
    sort: Sort,
) -> Vec<String> {
    let resolver = found.resolver(text);
    let declared: HashSet<&str> = match sort {
        Sort::Function => found
            .names
            .iter()
            .filter(|name| name.role == Role::Declares)
            .map(|name| resolver.text(name))
            .collect(),
        _ => HashSet::new(),
    };
    // The end of the block in which a variable is seen.
    let mut at = offset;
    let end = text[offset..].split_inclusive('\n').find_map(|line| {
        let outside = !line.trim().is_empty() && indentation(line).len() < depth;
        at += line.len();
        outside.then(|| at - line.len())
    });
    let end = end.unwrap_or(text.len());
    let mut nearest: HashMap<&str, usize> = HashMap::new();
    for name in &found.names {
        let word = resolver.text(name);
        let own = || {
            name.qualifier
                .clone()
                .is_some_and(|owner| matches!(&text[owner], "self" | "this" | "cls" | "Self"))
        };
        let called = text[name.range.end..].starts_with('(');
        let unbound = name.role == Role::Refers && resolver.binding(name).is_none();
        let fits = match sort {
            // What is called and declared nowhere is a function of another file, but for scripts.
            Sort::Variable => {
                unbound
                    && (offset..end).contains(&name.range.start)
                    && !(called && language == Language::Rust)
            }
            Sort::Function => {
                called && (unbound || name.role == Role::Member && own() && !declared.contains(word))
            }
            Sort::Constant | Sort::Import | Sort::Type => unbound,
        };
        if fits && sort.may_be(word) {
            let distance = name.range.start.abs_diff(offset);
            let known = nearest.entry(word).or_insert(distance);
            *known = distance.min(*known);
        }
    }
    let mut names: Vec<(usize, &str)> =
        nearest.into_iter().map(|(name, distance)| (distance, name)).collect();
    names.sort_unstable();
    names.into_iter().map(|(_, name)| name.to_owned()).collect()
}
