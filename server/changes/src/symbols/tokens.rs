//! A source as tokens: comments apart, layout gone, except where layout means something.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use tree_sitter::{Node, Tree};
use trust_grammars::Language;

/// A token, and where it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub start: usize,
    pub hash: u64,
}

pub(crate) struct Tokens {
    pub code: Vec<Token>,
    /// Comments and documentation strings, in order.
    pub comments: Vec<Range<usize>>,
}

pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Tokens {
    pub fn of(language: Language, tree: &Tree, source: &str) -> Self {
        let mut tokens = Self { code: Vec::new(), comments: Vec::new() };
        let mut cursor = tree.walk();
        let mut end = 0;
        loop {
            let node = cursor.node();
            let range = node.byte_range();
            let comment =
                node.kind().contains("comment") || language == Language::Python && is_docstring(node);
            if comment || node.child_count() == 0 || is_atom(node.kind()) {
                // What no node stands for, such as a continued line, is a token too.
                tokens.text(source, end..range.start);
                end = end.max(range.end);
                if comment {
                    tokens.comments.push(range);
                } else {
                    tokens.text(source, range);
                }
            } else if cursor.goto_first_child() {
                continue;
            }
            loop {
                let node = cursor.node();
                if ends_something(language, node) {
                    let start = node.end_byte().saturating_sub(1);
                    tokens.code.push(Token { start, hash: u64::from(node.kind_id()) });
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    tokens.text(source, end..source.len());
                    return tokens;
                }
            }
        }
    }

    fn text(&mut self, source: &str, range: Range<usize>) {
        let text = source.get(range.clone()).unwrap_or_default();
        let trimmed = text.trim();
        if !trimmed.is_empty() {
            let start = range.start + (text.len() - text.trim_start().len());
            self.code.push(Token { start, hash: hash(trimmed) });
        }
    }

    /// The tokens that begin in `range`.
    pub fn within(&self, range: &Range<usize>) -> &[Token] {
        let from = self.code.partition_point(|token| token.start < range.start);
        let to = self.code.partition_point(|token| token.start < range.end);
        self.code.get(from..to.max(from)).unwrap_or_default()
    }

    pub fn comments_within(&self, range: &Range<usize>) -> &[Range<usize>] {
        let from = self.comments.partition_point(|comment| comment.start < range.start);
        let to = self.comments.partition_point(|comment| comment.start < range.end);
        self.comments.get(from..to.max(from)).unwrap_or_default()
    }
}

/// White space inside these is text.
fn is_atom(kind: &str) -> bool {
    kind.ends_with("string")
        || matches!(kind, "string_literal" | "raw_string_literal" | "char_literal" | "regex")
}

/// A string alone at the beginning of a body.
fn is_docstring(node: Node) -> bool {
    if node.kind() != "string" {
        return false;
    }
    let Some(statement) = node.parent().filter(|parent| parent.kind() == "expression_statement") else {
        return false;
    };
    let Some(body) = statement.parent() else { return false };
    matches!(body.kind(), "block" | "module") && body.named_child(0).is_some_and(|first| first == statement)
}

/// Where the end of a node is said by layout alone: blocks in Python, statements that a line end closes.
fn ends_something(language: Language, node: Node) -> bool {
    match language {
        Language::Python => {
            node.kind() == "block" && node.parent().is_some_and(|parent| parent.kind() != "class_definition")
        }
        Language::TypeScript | Language::Tsx | Language::JavaScript => node.kind() == "return_statement",
        _ => false,
    }
}
