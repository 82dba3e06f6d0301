//! The symbol that an action is about: the smallest one that holds the selection.

use std::ops::Range;
use trust_grammars::{DefinitionKind, outline};
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
