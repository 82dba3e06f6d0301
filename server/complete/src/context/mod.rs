//! What the prompt quotes of other files: definitions of the names near the cursor, and chunks that speak
//! of the same names.

use crate::Query;
use crate::lexer::identifiers;
use crate::site::{Site, typed_word, unix_lines};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use trust_index::{DefinitionKind, Snapshot};

/// Bytes before and behind the cursor whose names are looked up.
const NEAR_BEFORE: usize = 1500;
const NEAR_AFTER: usize = 400;
/// Names looked up, nearest first.
const NAMES: usize = 32;
/// A name that more files define than this says nothing.
const DEFINERS: usize = 4;
const CHUNKS: usize = 4;
/// Lines that the cursor may move from where the context was chosen.
const BURST_LINES: usize = 8;

/// A quotation: `text` from the file at `path`, relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub path: String,
    pub text: String,
}

/// Chooses what a prompt quotes of other files.
pub trait Context: Send + Sync {
    /// The blocks for a cursor between `before` and `after` (`\n` for every line break), the most telling
    /// last: when room is short, the first go. Quotes come from [`Snapshot::reader`], which asks the rules again.
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot) -> Vec<Block>;
}

/// What the product does: definitions of the names near the cursor, then chunks that speak of the same names.
pub struct NearNames;

/// The context chosen last. It is kept while somebody types on at the same place, since a changed block
/// would have the model read everything behind it again.
#[derive(Default)]
pub(crate) struct Frozen(Option<Choice>);

struct Choice {
    path: PathBuf,
    line: usize,
    /// How many files the index held: more when it has gone on since.
    files: usize,
    blocks: Arc<Vec<Block>>,
}

impl Frozen {
    pub(crate) fn blocks(
        &mut self,
        context: &dyn Context,
        query: &Query,
        site: &Site,
        index: &Snapshot,
    ) -> Arc<Vec<Block>> {
        let line = query.text.line_of(query.offset);
        if let Some(choice) = &self.0
            && choice.path == query.path
            && choice.line.abs_diff(line) <= BURST_LINES
            && choice.files == index.files()
        {
            return choice.blocks.clone();
        }
        let blocks = Arc::new(context.blocks(query, &site.before, &site.after, index));
        self.0 =
            Some(Choice { path: query.path.clone(), line, files: index.files(), blocks: blocks.clone() });
        blocks
    }
}

impl Context for NearNames {
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot) -> Vec<Block> {
        let own = index.file(&query.path);
        let keywords = query.language.map_or(&[][..], |language| language.keywords());
        let names: Vec<&str> =
            near_names(before, after).into_iter().filter(|name| !keywords.contains(name)).collect();

        let reader = index.reader();
        let mut signatures: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in &names {
            let symbols = index.definitions_at_most(name, DEFINERS).unwrap_or_default();
            let is_member = |kind| matches!(kind, DefinitionKind::Field | DefinitionKind::Variant);
            for symbol in symbols.iter().filter(|symbol| Some(symbol.file) != own && !is_member(symbol.kind))
            {
                let Some(signature) = reader.signature(symbol) else { continue };
                let lines = signatures.entry(index.relative(symbol.file)).or_default();
                if !lines.contains(&signature) {
                    lines.push(signature);
                }
            }
        }
        let weighted: Vec<(&str, f32)> =
            names.iter().enumerate().map(|(rank, name)| (*name, 1.0 / (1.0 + 0.04 * rank as f32))).collect();
        let chunks = index.search(&weighted, own, CHUNKS);

        let definitions =
            signatures.into_iter().map(|(path, lines)| Block { path, text: unix_lines(lines.join("\n")) });
        let quotations = chunks.iter().rev().filter_map(|chunk| {
            let text = reader.slice(chunk.file, chunk.bytes.clone())?;
            Some(Block { path: index.relative(chunk.file), text: unix_lines(text.trim_end().into()) })
        });
        definitions.chain(quotations).filter(|block| !block.text.is_empty()).collect()
    }
}

/// The names around the cursor, each once, nearest first; the half-typed one at the cursor is left out.
fn near_names<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let end = before.len() - typed_word(before).len();
    let from = floor(before, end.saturating_sub(NEAR_BEFORE));
    let to = floor(after, NEAR_AFTER);
    let mut above: Vec<&str> = identifiers(&before[from..end]).map(|(_, name)| name).collect();
    above.reverse();
    let below = identifiers(&after[..to]).map(|(_, name)| name);
    let mut seen = HashSet::new();
    above.into_iter().chain(below).filter(|name| name.len() > 2 && seen.insert(*name)).take(NAMES).collect()
}

fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    #[test]
    fn names_come_nearest_first_and_once() {
        let site = site("use alpha;\nlet beta = gamma(alpha, bet|\n    delta(alpha);\n}");
        assert_eq!(near_names(&site.before, &site.after), ["alpha", "gamma", "beta", "let", "use", "delta"]);
    }
}
