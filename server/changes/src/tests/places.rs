//! Where in a file a change can be made.

use super::mutations::Source;
use std::ops::Range;
use tree_sitter::Node;
use trust_grammars::{Definition, DefinitionKind};

impl Source<'_> {
    /// A function of a name that no other definition has, and of more than two lines.
    pub fn is_plain(&self, at: &Definition, all: &[Definition]) -> bool {
        let name = |definition: &Definition| self.text.get(definition.name.clone());
        let callable = matches!(at.kind, DefinitionKind::Function | DefinitionKind::Method);
        let single = all.iter().filter(|other| name(other) == name(at)).count() == 1;
        let lines = self.text.get(at.item.clone()).map_or(0, |text| text.lines().count());
        callable && single && at.name.len() > 3 && lines > 2
    }

    pub fn shares_lines(&self, siblings: &[&Definition]) -> bool {
        siblings.windows(2).any(|pair| {
            let (Some(one), Some(other)) = (pair.first(), pair.last()) else { return true };
            self.text.get(one.item.end..other.item.start).is_none_or(|gap| !gap.contains('\n'))
        })
    }

    /// The item's lines with what documents it, as far as its name and place tell.
    pub fn lines(&self, found: &Definition) -> Option<Range<usize>> {
        let mut start = self.line_start(found.item.start)?;
        while start > 0 {
            let before = self.line_start(start - 1)?;
            let line = self.text.get(before..start)?.trim();
            if !["//", "#", "@", "*", "/*"].iter().any(|lead| line.starts_with(lead))
                || line.starts_with("//!")
            {
                break;
            }
            start = before;
        }
        Some(start..self.line_end(found.item.end)?)
    }

    pub fn line_start(&self, at: usize) -> Option<usize> {
        self.text.get(..at).map(|before| before.rfind('\n').map_or(0, |at| at + 1))
    }

    pub fn line_end(&self, at: usize) -> Option<usize> {
        self.text.get(at..).map(|after| after.find('\n').map_or(self.text.len(), |end| at + end + 1))
    }

    pub fn words(&self, word: &str) -> Vec<usize> {
        let inner = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let found = self.text.match_indices(word).map(|(at, _)| at);
        found
            .filter(|at| {
                !self.text[..*at].ends_with(inner) && !self.text[at + word.len()..].starts_with(inner)
            })
            .collect()
    }

    pub fn replace_word(&self, word: &str, fresh: &str) -> String {
        let mut text = self.text.to_owned();
        for at in self.words(word).into_iter().rev() {
            text.replace_range(at..at + word.len(), fresh);
        }
        text
    }
}

pub fn body_of<'a>(root: Node<'a>, found: &Definition) -> Option<Node<'a>> {
    let mut node = root.descendant_for_byte_range(found.item.start, found.item.end)?;
    if node.kind() == "lexical_declaration" {
        return None;
    }
    while node.child_by_field_name("body").is_none() {
        node = node.parent().filter(|parent| parent.byte_range() == found.item)?;
    }
    node.child_by_field_name("body").filter(|body| matches!(body.kind(), "block" | "statement_block"))
}

pub fn matching(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.get(open..)?.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}
