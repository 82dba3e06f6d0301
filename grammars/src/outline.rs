//! What a file defines: from the parse of its skeleton, or of the whole where that has an error.

use crate::parse::parse_str_working;
use crate::skeleton::{Skeleton, nests_too_deep};
use crate::walk::walk;
use crate::{Language, Outline};
use std::time::Duration;
use tree_sitter::Tree;

/// How long [`outline`] may work on a parse. Real files of 2 MiB take a fraction of it.
pub const PARSE_LIMIT: Duration = Duration::from_secs(1);

/// What `source` defines and imports. Empty when its brackets nest too deep, or parsing takes longer than
/// [`PARSE_LIMIT`].
pub fn outline(language: Language, source: &str) -> Outline {
    outline_within(language, source, PARSE_LIMIT)
}

pub(crate) fn outline_within(language: Language, source: &str, limit: Duration) -> Outline {
    outline_of_skeleton(language, source, limit).unwrap_or_else(|| outline_whole(language, source, limit))
}

/// The outline from the skeleton alone; `None` where that does not parse without an error, or is not to be had.
pub fn outline_of_skeleton(language: Language, source: &str, limit: Duration) -> Option<Outline> {
    let skeleton = Skeleton::cut(language.spec().cutter?, source)?;
    let tree =
        parse_str_working(language, &skeleton.text, limit).filter(|tree| !tree.root_node().has_error())?;
    Some(walk(language, &tree, source, Some(&skeleton)))
}

/// The same from a parse of the whole file.
pub fn outline_whole(language: Language, source: &str, limit: Duration) -> Outline {
    if nests_too_deep(source) {
        return Outline::default();
    }
    match parse_str_working(language, source, limit) {
        Some(tree) => outline_of(language, &tree, source),
        None => Outline::default(),
    }
}

/// The outline in a tree that was parsed from `source`.
pub fn outline_of(language: Language, tree: &Tree, source: &str) -> Outline {
    walk(language, tree, source, None)
}
