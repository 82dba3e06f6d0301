//! Which changed files belong together: those that share symbols, a test with what it tests, a manifest with its
//! lock. What is left over stands alone: connected components, by union and find.

use crate::paths::{Purpose, purpose};
use std::collections::{BTreeMap, HashMap, HashSet};
use trust_changes::FileFacts;

/// Shorter names are everywhere.
const SHORTEST: usize = 4;
/// Names of files that say nothing of what is in them.
const MUTE: [&str; 5] = ["mod", "lib", "index", "__init__", "main"];

/// Groups of positions in `files`, in the order of their first files. One group means that all belong together.
pub fn groups(files: &[FileFacts]) -> Vec<Vec<usize>> {
    let mut parts = Parts((0..files.len()).collect());
    // Where a name is defined; once somebody has mentioned it, one of those stands for all.
    let mut definers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        defined(file).into_iter().for_each(|name| definers.entry(name).or_default().push(at));
    }
    let (mut stems, mut books) = (HashMap::new(), None);
    for (at, file) in files.iter().enumerate() {
        for word in mentioned(file) {
            let Some(definers) = definers.get_mut(word) else { continue };
            definers.drain(1..).for_each(|other| parts.join(at, other));
            definers.iter().for_each(|first| parts.join(at, *first));
        }
        let stem = stem(file);
        if !MUTE.contains(&stem) {
            parts.join(at, *stems.entry(stem).or_insert(at));
        }
        if matches!(purpose(&file.change.path), Purpose::Lock | Purpose::Manifest) {
            parts.join(at, *books.get_or_insert(at));
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    (0..files.len()).for_each(|at| groups.entry(parts.first(at)).or_default().push(at));
    groups.into_values().collect()
}

/// For each position one before it in the same part, or itself.
struct Parts(Vec<usize>);

impl Parts {
    /// The first position of the part that holds this one. The way to it is halved for those who ask later.
    fn first(&mut self, mut at: usize) -> usize {
        while let Some(next) = self.0.get(at).copied().filter(|next| *next != at) {
            let over = self.0.get(next).copied().unwrap_or(next);
            if let Some(slot) = self.0.get_mut(at) {
                *slot = over;
            }
            at = over;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (x, y) = (self.first(one), self.first(other));
        if let Some(slot) = self.0.get_mut(x.max(y)) {
            *slot = x.min(y);
        }
    }
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

/// What a test and what it tests are both called.
fn stem(file: &FileFacts) -> &str {
    let name = file.change.path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.trim_start_matches("test_").trim_end_matches("_test").trim_end_matches("_tests")
}
