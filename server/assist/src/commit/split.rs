//! Which changed files belong together: those that share symbols, a test with what it tests, a manifest with its
//! lock. What is left over stands alone: connected components, by union and find.

use crate::paths::{Purpose, purpose};
use std::collections::HashSet;
use trust_changes::FileFacts;

/// Shorter names are everywhere.
const SHORTEST: usize = 4;

/// Groups of positions in `files`, in the order of their first files. One group means that all belong together.
pub fn groups(files: &[FileFacts]) -> Vec<Vec<usize>> {
    let mut leaders: Vec<usize> = (0..files.len()).collect();
    let defined: Vec<HashSet<&str>> = files.iter().map(defined).collect();
    let mentioned: Vec<HashSet<&str>> = files.iter().map(mentioned).collect();
    for one in 0..files.len() {
        for other in one + 1..files.len() {
            let (Some(a), Some(b)) = (files.get(one), files.get(other)) else { continue };
            let uses = |from: usize, to: usize| match (defined.get(from), mentioned.get(to)) {
                (Some(names), Some(words)) => names.iter().any(|name| words.contains(name)),
                _ => false,
            };
            if uses(one, other) || uses(other, one) || paired(a, b) {
                let (x, y) = (leader(&leaders, one), leader(&leaders, other));
                if let Some(slot) = leaders.get_mut(x.max(y)) {
                    *slot = x.min(y);
                }
            }
        }
    }
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for at in 0..files.len() {
        let first = leader(&leaders, at);
        match groups.iter_mut().find(|(leader, _)| *leader == first) {
            Some((_, group)) => group.push(at),
            None => groups.push((first, vec![at])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn leader(leaders: &[usize], mut at: usize) -> usize {
    while let Some(next) = leaders.get(at).filter(|next| **next != at) {
        at = *next;
    }
    at
}

/// The names of symbols that changed in it.
fn defined(file: &FileFacts) -> HashSet<&str> {
    let names = file
        .symbols
        .iter()
        .flatten()
        .filter(|symbol| !symbol.is_cosmetic())
        .map(|symbol| symbol.name.as_str());
    names.filter(|name| name.len() >= SHORTEST).collect()
}

/// The words of its changed lines.
fn mentioned(file: &FileFacts) -> HashSet<&str> {
    let lines = file.hunks.iter().flat_map(|hunk| hunk.added.iter().chain(&hunk.removed));
    lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

fn paired(a: &FileFacts, b: &FileFacts) -> bool {
    let books = |file: &FileFacts| matches!(purpose(&file.change.path), Purpose::Lock | Purpose::Manifest);
    let stem = |file: &FileFacts| {
        let name = file.change.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        stem.trim_start_matches("test_").trim_end_matches("_test").trim_end_matches("_tests").to_owned()
    };
    books(a) && books(b)
        || stem(a) == stem(b) && !["mod", "lib", "index", "__init__", "main"].contains(&stem(a).as_str())
}
