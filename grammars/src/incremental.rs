//! The syntax tree of one document that is edited: what an edit does not touch is not parsed again.

use crate::Language;
use crate::parse::parse_until;
use std::time::Duration;
use tree_sitter::{InputEdit, Point, Tree};

/// A place in a text: its byte, its line, and its byte in that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub byte: usize,
    pub line: usize,
    pub column: usize,
}

/// A part of a text was replaced: where it began, where it ended before, and where what replaced it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub start: Place,
    pub old_end: Place,
    pub new_end: Place,
}

/// Cloning it takes a snapshot; the nodes are shared.
#[derive(Debug, Clone)]
pub struct Incremental {
    language: Language,
    tree: Option<Tree>,
    /// No edit has come since the tree was parsed.
    current: bool,
}

impl Place {
    /// Behind `text`, where that begins at this place.
    pub fn behind(self, text: &str) -> Self {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        let column = match text.rfind('\n') {
            Some(last) => text.len() - last - 1,
            None => self.column + text.len(),
        };
        Self { byte: self.byte + text.len(), line: self.line + lines, column }
    }

    fn point(self) -> Point {
        Point { row: self.line, column: self.column }
    }
}

impl Incremental {
    pub fn new(language: Language) -> Self {
        Self { language, tree: None, current: false }
    }

    /// Takes note of an edit; costs no parse. Edits have to come in the order in which they were made.
    pub fn edit(&mut self, change: &Change) {
        let edit = InputEdit {
            start_byte: change.start.byte,
            old_end_byte: change.old_end.byte,
            new_end_byte: change.new_end.byte,
            start_position: change.start.point(),
            old_end_position: change.old_end.point(),
            new_end_position: change.new_end.point(),
        };
        if let Some(tree) = &mut self.tree {
            tree.edit(&edit);
        }
        self.current = false;
    }

    /// Parses what the edits since the last time touched; for a thread that may take its time. `read(offset)`
    /// gives bytes of the text as it is now. False when `limit` ran out: the tree stays as it was, and the next
    /// call tries again.
    pub fn parse<T: AsRef<[u8]>>(&mut self, read: impl FnMut(usize) -> T, limit: Duration) -> bool {
        self.parse_until(read, limit, &|| false)
    }

    /// The same, given up as soon as `stop` says so.
    pub fn parse_until<T: AsRef<[u8]>>(
        &mut self,
        read: impl FnMut(usize) -> T,
        limit: Duration,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        if !self.current
            && let Some(tree) = parse_until(self.language, read, self.tree.as_ref(), limit, stop)
        {
            self.tree = Some(tree);
            self.current = true;
        }
        self.current
    }

    /// The tree of the text as it is now; `None` where an edit was not parsed yet.
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref().filter(|_| self.current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_str;

    const LIMIT: Duration = Duration::from_secs(5);

    /// Replaces `old`, which stands in `text` once, and tells the tree.
    fn replace(text: &mut String, tree: &mut Incremental, old: &str, new: &str) {
        let at = text.find(old).unwrap();
        let start = Place::default().behind(&text[..at]);
        tree.edit(&Change { start, old_end: start.behind(old), new_end: start.behind(new) });
        text.replace_range(at..at + old.len(), new);
    }

    #[test]
    fn after_each_edit_the_tree_is_that_of_a_fresh_parse() {
        let edits = [
            (
                Language::Rust,
                "fn a() {\n    b(1);\n}\nfn c() {}\n",
                [("1", "größe, 2"), ("(größe", "(\n\ngröße"), ("fn c() {}", "")],
            ),
            (
                Language::Python,
                "def a():\n    b(1)\n\nx = 2\n",
                [("    b(1)", "    if x:\n        b(1)"), ("x = 2", "y"), ("def a", "def é")],
            ),
            (
                Language::TypeScript,
                "class A {\n  b() { c(); }\n}\n",
                [("c()", "d(`${e}`)"), ("}\n}", "}\n  f = 1;\n}"), ("A", "Á")],
            ),
        ];
        for (language, source, edits) in edits {
            let mut text = source.to_owned();
            let mut tree = Incremental::new(language);
            assert!(tree.tree().is_none());
            for (old, new) in edits {
                let bytes = |text: &str| text.as_bytes().to_vec();
                let now = bytes(&text);
                assert!(tree.parse(|offset| now[offset.min(now.len())..].to_vec(), LIMIT));
                replace(&mut text, &mut tree, old, new);
                assert!(tree.tree().is_none(), "an edit is parsed before it counts");
                let now = bytes(&text);
                assert!(tree.parse(|offset| now[offset.min(now.len())..].to_vec(), LIMIT));
                let fresh = parse_str(language, &text, LIMIT).unwrap();
                let found = tree.tree().unwrap().root_node();
                assert_eq!(found.to_sexp(), fresh.root_node().to_sexp(), "{text}");
                assert_eq!(found.end_byte(), fresh.root_node().end_byte());
                assert_eq!(found.end_position(), fresh.root_node().end_position());
            }
        }
    }

    #[test]
    fn a_limit_leaves_the_old_tree_for_another_try() {
        let source = "fn a(){ x[".repeat(50_000);
        let mut tree = Incremental::new(Language::Rust);
        let read = |offset: usize| source.as_bytes().get(offset..).unwrap_or_default();
        assert!(!tree.parse(read, Duration::from_millis(5)));
        assert!(tree.tree().is_none());
    }
}
