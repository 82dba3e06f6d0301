//! Added lines, and what is known of each: whether it is new, in which symbol it is, and whether a place in it
//! is code.

use std::collections::HashSet;
use trust_changes::{Content, FileFacts, SymbolChange};
use trust_grammars::{Language, PARSE_LIMIT, Tree, parse_str};

/// The removed lines of all files, trimmed: what is among them was moved.
pub(crate) fn removed_anywhere(files: &[FileFacts]) -> HashSet<&str> {
    let lines = files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.removed);
    lines.map(|line| line.trim()).filter(|line| !line.is_empty()).collect()
}

/// The innermost changed symbol that holds a line of the new side.
pub(crate) fn symbol_at(file: &FileFacts, line: u32) -> Option<&SymbolChange> {
    let holding = file.symbols.iter().flatten().filter(|symbol| symbol.new_lines.contains(&line));
    holding.min_by_key(|symbol| symbol.new_lines.len())
}

pub(crate) fn fold(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The new side of a file, for asking what stands where.
pub(crate) struct Source<'a> {
    text: &'a str,
    starts: Vec<usize>,
    tree: Option<Tree>,
}

impl<'a> Source<'a> {
    pub fn of(file: &'a FileFacts) -> Option<Self> {
        let Content::Text { new, .. } = &file.content else { return None };
        let starts = std::iter::once(0).chain(new.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let tree = file.language.and_then(|language: Language| parse_str(language, new, PARSE_LIMIT));
        Some(Self { text: new, starts, tree })
    }

    pub fn line(&self, line: u32) -> &'a str {
        let start = self.starts.get(line as usize).copied().unwrap_or(self.text.len());
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }

    /// Whether the byte `column` of a line is in a comment, or in a string. Without a grammar nothing is.
    pub fn is_prose(&self, line: u32, column: usize) -> (bool, bool) {
        let Some(tree) = &self.tree else { return (false, false) };
        let at = self.starts.get(line as usize).copied().unwrap_or_default() + column;
        let mut node = tree.root_node().descendant_for_byte_range(at, at + 1);
        let (mut comment, mut string) = (false, false);
        // Code may stand in a string's placeholder, so only the nearest nodes count.
        for _ in 0..3 {
            let Some(found) = node else { break };
            let kind = found.kind();
            comment |= kind.contains("comment");
            string |= kind.contains("string") || kind.contains("heredoc");
            if kind.contains("interpolation") || kind.contains("substitution") {
                break;
            }
            node = found.parent();
        }
        (comment, string)
    }

    /// Whether a line of Rust is under `#[cfg(test)]`.
    pub fn in_tests(&self, line: u32) -> bool {
        let Some(tree) = &self.tree else { return false };
        let at = self.starts.get(line as usize).copied().unwrap_or_default();
        let indent = self.line(line).len() - self.line(line).trim_start().len();
        let mut node = tree.root_node().descendant_for_byte_range(at + indent, at + indent + 1);
        while let Some(found) = node {
            if matches!(found.kind(), "mod_item" | "function_item") {
                let mut before = found.prev_sibling();
                while let Some(attribute) = before.filter(|before| before.kind() == "attribute_item") {
                    let text = self.text.get(attribute.byte_range()).unwrap_or_default();
                    if text.contains("cfg(test)") || text.contains("test]") {
                        return true;
                    }
                    before = attribute.prev_sibling();
                }
            }
            node = found.parent();
        }
        false
    }
}

/// Whether the code says `trust-allow(rule): reason` on the line or the one above.
pub(crate) fn is_suppressed(file: &FileFacts, line: u32, rule: &str) -> bool {
    let Content::Text { new, .. } = &file.content else { return false };
    let first = (line as usize).saturating_sub(1);
    let count = if line == 0 { 1 } else { 2 };
    new.lines().skip(first).take(count).any(|text| {
        let marker = format!("trust-allow({rule}):");
        text.split_once(&marker)
            .is_some_and(|(_, reason)| reason.trim().chars().filter(|c| c.is_alphanumeric()).count() > 2)
    })
}
