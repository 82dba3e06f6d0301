//! What changed, symbol by symbol: both sides' definitions are matched (same place and name, then same body,
//! then most of the body), and each pair is judged by its tokens, so that layout and comments are told apart
//! from code.

mod matching;
mod order;
mod outline;
mod parts;
mod shorten;
mod similar;
mod tokens;
mod verdict;

use crate::{Hunk, Stop, hunks};
use outline::Outline;
use std::ops::Range;
use trust_grammars::{DefinitionKind, Language};

/// What happened to a symbol; the strongest that is true.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    Added,
    Removed,
    /// It had another name.
    Renamed {
        from: String,
    },
    /// It stood elsewhere: in another parent, another file, or at another place of the same one.
    Moved {
        from: String,
    },
    /// Made of a part of another symbol, which became the smaller for it.
    Split {
        from: String,
    },
    /// Its code is now in another symbol.
    Merged {
        into: String,
    },
    /// Same name, same place, something else in it: see the aspects.
    Changed,
}

/// In what respect a symbol that was there before changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    Signature,
    Body,
    /// Attributes and decorators.
    Attributes,
    /// Comments and documentation.
    Documentation,
    /// Nothing but layout.
    Whitespace,
}

/// A symbol that differs between both sides.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SymbolChange {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Empty for what was added or removed.
    pub aspects: Vec<Aspect>,
    /// `None` for what belongs to no definition: imports, statements of the module.
    #[serde(serialize_with = "kind_name")]
    pub kind: Option<DefinitionKind>,
    /// The plain name.
    pub name: String,
    /// With its parents, as the language writes it.
    pub path: String,
    pub old_signature: Option<String>,
    pub new_signature: Option<String>,
    /// Lines, from 0, with documentation and attributes; empty where there is none.
    pub old_lines: Range<u32>,
    pub new_lines: Range<u32>,
    /// Lines added and removed.
    pub added: u32,
    pub removed: u32,
    /// Whether it is for everybody: its visibility, or what its name says. `pub(crate)` is not.
    pub public: bool,
    /// Of the code without the name, for finding it again in other files.
    #[serde(skip)]
    pub(crate) body: u64,
    /// How many tokens it has; of what was added or removed only.
    #[serde(skip)]
    pub(crate) tokens: usize,
}

impl SymbolChange {
    pub fn has(&self, aspect: Aspect) -> bool {
        self.aspects.contains(&aspect)
    }

    /// True where only the reader sees a difference, not the compiler.
    pub fn is_cosmetic(&self) -> bool {
        self.verdict == Verdict::Changed
            && self.aspects.iter().all(|aspect| matches!(aspect, Aspect::Documentation | Aspect::Whitespace))
    }
}

fn kind_name<S: serde::Serializer>(kind: &Option<DefinitionKind>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word(*kind))
}

/// The kind in a word.
pub fn word(kind: Option<DefinitionKind>) -> &'static str {
    kind.map_or("top level", DefinitionKind::name)
}

/// The languages of which it is known what is public, and where layout means something.
const KNOWN_BEST: [Language; 5] =
    [Language::Rust, Language::Python, Language::TypeScript, Language::Tsx, Language::JavaScript];

/// Whether it is known best how this language is written; the rules of a review judge only those.
pub fn is_known_best(language: &Language) -> bool {
    KNOWN_BEST.contains(language)
}

/// The symbols that differ, in the order of the new side, what was removed last. `None` where a side takes
/// too long to parse, or `stop` says so.
pub fn symbol_changes(language: Language, old: &str, new: &str, stop: Stop) -> Option<Vec<SymbolChange>> {
    changes_in(language, old, new, &hunks(old, new), stop)
}

/// The same, of lines that are known to differ.
pub(crate) fn changes_in(
    language: Language,
    old: &str,
    new: &str,
    hunks: &[Hunk],
    stop: Stop,
) -> Option<Vec<SymbolChange>> {
    let (old, new) = Outline::both(language, old, new, hunks, stop)?;
    judge(language, &old, &new, stop)
}

fn judge(language: Language, old: &Outline, new: &Outline, stop: Stop) -> Option<Vec<SymbolChange>> {
    // Where no definition is known on either side, lines say more than symbols do.
    if !is_known_best(&language) && old.symbols.len() + new.symbols.len() == 2 {
        return None;
    }
    let pairs = matching::pairs(old, new, stop);
    let mut changes = verdict::changes(old, new, &pairs, stop)?;
    parts::split_and_merged(old, new, &pairs, &mut changes, stop);
    (!stop()).then_some(changes)
}

/// What [`changes_in`] says without leaving anything out of the parse, and whether it would.
#[cfg(test)]
pub(crate) fn changes_in_whole(
    language: Language,
    old: &str,
    new: &str,
) -> (Option<Vec<SymbolChange>>, bool) {
    let (hunks, go_on) = (hunks(old, new), &|| false);
    let short = shorten::shorten(language, old, new, &hunks, go_on);
    let whole = Outline::of(language, old, go_on).zip(Outline::of(language, new, go_on));
    let left_out = short.is_some_and(|short| short.old.text.len() < old.len());
    (whole.and_then(|(old, new)| judge(language, &old, &new, go_on)), left_out)
}

/// The innermost symbol that holds a line, which counts from 0: its path, and its lines with documentation.
pub fn symbol_at(language: Language, text: &str, line: u32, stop: Stop) -> Option<(String, Range<u32>)> {
    let symbols = Outline::of(language, text, stop)?.symbols;
    let holding = symbols.into_iter().filter(|symbol| symbol.kind.is_some() && symbol.lines.contains(&line));
    holding.min_by_key(|symbol| symbol.lines.len()).map(|symbol| (symbol.path, symbol.lines))
}

/// The symbols of that plain name: their paths and lines.
pub(crate) fn symbols_named(
    language: Language,
    text: &str,
    name: &str,
    stop: Stop,
) -> Vec<(String, Range<u32>)> {
    let symbols = Outline::of(language, text, stop).map(|outline| outline.symbols).unwrap_or_default();
    let named = symbols.into_iter().filter(|symbol| symbol.kind.is_some() && symbol.name == name);
    named.map(|symbol| (symbol.path, symbol.lines)).collect()
}
