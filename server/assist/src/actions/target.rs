//! What an action is about: the smallest symbol that holds the selection, or the comment that it begins in.

use std::ops::Range;
use trust_grammars::{DefinitionKind, PARSE_LIMIT, comment_at, outline, parse_str};
use trust_index::Language;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub kind: &'static str,
    /// Bytes of the whole of it, and of what stands before its body.
    pub item: Range<usize>,
    pub signature: Range<usize>,
    pub documented: bool,
}

/// The symbol around these bytes. Parses the text.
pub fn target(language: Language, text: &str, selection: &Range<usize>) -> Option<Target> {
    use DefinitionKind::{Field, Impl, Variant};
    let holds = |item: &Range<usize>| {
        // The line that it begins in is its own.
        let line = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
        line <= selection.start && selection.end <= item.end
    };
    let outline = outline(language, text);
    let around = outline.definitions.iter().filter(|found| !matches!(found.kind, Field | Impl | Variant));
    let smallest = around.filter(|found| holds(&found.item)).min_by_key(|found| found.item.len())?;
    Some(Target {
        name: text.get(smallest.name.clone())?.to_owned(),
        kind: smallest.kind.name(),
        item: smallest.item.clone(),
        signature: smallest.signature.clone(),
        documented: smallest.documentation.is_some(),
    })
}

/// The comment that the selection begins in, on lines of its own and no symbol's documentation. Parses the text.
pub fn commented(language: Language, text: &str, selection: &Range<usize>) -> Option<Target> {
    let tree = parse_str(language, text, PARSE_LIMIT)?;
    let item = comment_at(&tree, text, selection.start)?;
    let overlaps = |range: &Range<usize>| range.start < item.end && item.start < range.end;
    let definitions = outline(language, text).definitions;
    if definitions.iter().filter_map(|found| found.documentation.as_ref()).any(overlaps) {
        return None;
    }
    let words: String = text.get(item.clone())?.lines().next()?.chars().take(40).collect();
    Some(Target { name: words, kind: "comment", signature: item.clone(), item, documented: true })
}
