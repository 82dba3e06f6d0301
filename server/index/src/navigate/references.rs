//! Where the name at a place is used.

use super::near::{Near, speak_alike};
use super::word::{is_keyword, word_at};
use super::{Place, Uses, local};
use crate::{DefinitionKind, FileId, Reader, Snapshot};
use std::collections::{BTreeSet, HashSet};
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_grammars::{Language, PARSE_LIMIT, identifiers, names, outline, parse_str};

/// How long uses are looked for; what is found by then is the answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl<S: Deref<Target = Snapshot>> Reader<S> {
    /// The uses of the name at `place`, the nearest files first, at most `limit` of them. Not counted are words
    /// in comments and strings, and local names of other functions. Ends early when `stop` says so.
    pub fn references_at(
        &self,
        place: &Place,
        declarations: bool,
        limit: usize,
        stop: &dyn Fn() -> bool,
    ) -> Vec<Uses> {
        let text = &place.text;
        let Some(word) = word_at(text, place.offset) else { return Vec::new() };
        let name = &text[word.clone()];
        if is_keyword(place.language, name) {
            return Vec::new();
        }
        let uses = |path, text: &Arc<str>, ranges| Uses { path, text: Arc::clone(text), ranges };
        if let Some(mut local) = local(place) {
            local.uses.retain(|range| declarations || !local.definitions.contains(range));
            local.uses.truncate(limit);
            return vec![uses(place.path.clone(), text, local.uses)];
        }
        let started = Instant::now();
        let own = place.language.map(|language| outline(language, text)).unwrap_or_default();
        let defined: HashSet<usize> = {
            // An impl block does not define the type that it is about.
            let named = own.definitions.iter().filter(|found| found.kind != DefinitionKind::Impl);
            named.map(|found| found.name.start).collect()
        };
        let is_declared = |start: &usize| !declarations && defined.contains(start);
        let whole = 0..text.len();
        let mut ranges = uses_in(place.language, text, name, std::slice::from_ref(&whole));
        ranges.retain(|range| !is_declared(&range.start));
        ranges.truncate(limit);
        let mut left = limit - ranges.len();
        let mut found = vec![uses(place.path.clone(), text, ranges)];
        let snapshot = self.snapshot();
        let near = Near::new(&place.path, text, &own.imports, None);
        for (file, chunks) in self.holders(place, name, &near) {
            if left == 0 || stop() || started.elapsed() > PATIENCE {
                break;
            }
            let Some(text) = self.text(file) else { continue };
            let mut ranges = uses_in(snapshot.language(file), &text, name, &chunks);
            if !declarations {
                let defined: HashSet<usize> = snapshot
                    .definitions_in(file)
                    .into_iter()
                    .filter(|symbol| symbol.kind != DefinitionKind::Impl)
                    .map(|symbol| symbol.name_range.start)
                    .collect();
                ranges.retain(|range| !defined.contains(&range.start));
            }
            ranges.truncate(left);
            left -= ranges.len();
            found.push(uses(snapshot.path(file).to_owned(), &text, ranges));
        }
        found.retain(|uses| !uses.ranges.is_empty());
        found
    }

    /// The other files that hold the name, the nearest first, each with the chunks that do.
    fn holders(&self, place: &Place, name: &str, near: &Near) -> Vec<(FileId, Vec<Range<usize>>)> {
        let snapshot = self.snapshot();
        let mut files: Vec<(FileId, Vec<Range<usize>>)> = Vec::new();
        for (file, bytes) in snapshot.chunks_with(name) {
            match files.last_mut().filter(|(last, _)| *last == file) {
                Some((_, chunks)) => chunks.push(bytes),
                None => files.push((file, vec![bytes])),
            }
        }
        files.retain(|(file, _)| {
            snapshot.path(*file) != place.path && speak_alike(place.language, snapshot.language(*file))
        });
        files.sort_by_cached_key(|(file, _)| {
            let path = snapshot.path(*file);
            (near.of(path, name), path.to_owned())
        });
        files
    }
}

/// Where `name` stands in these parts of a file as code that is not local.
fn uses_in(language: Option<Language>, text: &str, name: &str, parts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut words = BTreeSet::new();
    for part in parts {
        let chunk = text.get(part.clone()).unwrap_or_default();
        let same = identifiers(chunk).filter(|range| &chunk[range.clone()] == name);
        words.extend(same.map(|range| part.start + range.start));
    }
    let ranges = words.into_iter().map(|start| start..start + name.len());
    let tree = language.and_then(|language| Some((language, parse_str(language, text, PARSE_LIMIT)?)));
    let Some((language, tree)) = tree else { return ranges.collect() };
    let found = names(language, &tree, text);
    let resolver = found.as_ref().map(|found| found.resolver(text));
    ranges
        .filter(|range| match resolver.as_ref().and_then(|resolver| resolver.local(range)) {
            Some(is_local) => !is_local,
            None => {
                let node = tree.root_node().descendant_for_byte_range(range.start, range.end);
                !node.is_some_and(|node| node.kind().contains("comment") || node.kind().contains("string"))
            }
        })
        .collect()
}
