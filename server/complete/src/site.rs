//! The place of the cursor: the text around it, and how much is wanted there.

use crate::Query;
use crate::deletions::withdrawn;
use crate::lexer::is_word;
use std::time::Instant;

/// Bytes kept before and after the cursor: more than any prompt holds.
const BEFORE: usize = 32 << 10;
const AFTER: usize = 8 << 10;
/// Characters behind the cursor, other than closing signs, with which we stay quiet unless asked.
const CROWDED: usize = 8;

/// The text around the cursor.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Line breaks are `\n` in both, whatever the document has.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) shape: Shape,
    /// The document's lines before [`Site::before`] begins.
    pub(crate) first_line: usize,
    /// See [`Query::invoked`] and [`Query::may_replace`].
    pub(crate) invoked: bool,
    pub(crate) may_replace: bool,
    /// What was deleted at the cursor a moment ago; nothing where somebody asks.
    pub(crate) withdrawn: Vec<String>,
}

/// How much is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The rest of the line.
    Line,
    /// The cursor is alone on its line, below one that opens a block: the block's first lines.
    Block,
}

impl Site {
    pub(crate) fn new(query: &Query) -> Self {
        let start = query.offset.saturating_sub(BEFORE);
        let before = unix_lines(query.text.slice(start..query.offset));
        let after = unix_lines(query.text.slice(query.offset..query.offset + AFTER));
        let shape = shape(&before, &after);
        let first_line = query.text.line_of(start);
        let withdrawn = withdrawn(query, Instant::now());
        let Query { invoked, may_replace, .. } = *query;
        Self { before, after, shape, first_line, invoked, may_replace, withdrawn }
    }

    /// The cursor's line up to the cursor.
    pub(crate) fn line_before(&self) -> &str {
        &self.before[self.before.rfind('\n').map_or(0, |index| index + 1)..]
    }

    /// The cursor's line from the cursor on.
    pub(crate) fn line_after(&self) -> &str {
        &self.after[..self.after.find('\n').unwrap_or(self.after.len())]
    }

    /// The text before the cursor from the document's line `line` on, if that is in it.
    pub(crate) fn text_from(&self, line: usize) -> Option<&str> {
        let skip = line.checked_sub(self.first_line)?;
        let starts = std::iter::once(0).chain(self.before.match_indices('\n').map(|(index, _)| index + 1));
        starts.into_iter().nth(skip).map(|start| &self.before[start..])
    }

    /// Whether a completion here would only be in the way.
    pub(crate) fn is_crowded(&self, invoked: bool) -> bool {
        let rest = self.line_after();
        let inside_word = rest.bytes().next().is_some_and(is_word);
        let text = rest.trim().trim_start_matches([')', ']', '}', '>', '"', '\'', '`', ';', ',', ':', '{']);
        inside_word || (!invoked && text.trim().len() > CROWDED)
    }

    /// What a tokenizer may have cut off from its rest: see [`trust_inference::Request::heal`].
    pub(crate) fn unfinished(&self) -> &str {
        unfinished(&self.before)
    }

    /// The word that ends at the cursor; empty where none does.
    pub(crate) fn typed_word(&self) -> &str {
        typed_word(&self.before)
    }
}

/// What ends at the cursor and may go on behind it: a word, white space of the line, else one sign.
fn unfinished(before: &str) -> &str {
    let blank = before.len() - before.trim_end_matches([' ', '\t']).len();
    let length = match typed_word(before).len().max(blank) {
        0 => before.chars().next_back().filter(|sign| *sign != '\n').map_or(0, char::len_utf8),
        length => length,
    };
    &before[before.len() - length..]
}

/// The word that ends where `before` does; empty where none does.
pub(crate) fn typed_word(before: &str) -> &str {
    &before[before.bytes().rposition(|byte| !is_word(byte)).map_or(0, |index| index + 1)..]
}

/// `text` with `\n` for every line break: as models read it, and as editors insert it into any document.
pub(crate) fn unix_lines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn shape(before: &str, after: &str) -> Shape {
    let mut lines = before.rsplit('\n');
    let alone = lines.next().is_some_and(|line| line.trim().is_empty())
        && after.split('\n').next().is_none_or(|line| line.trim().is_empty());
    let above = lines.next().unwrap_or_default().trim_end();
    if alone && above.ends_with(['{', ':', '(', '[']) { Shape::Block } else { Shape::Line }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::Duration;
    use trust_inference::CancelToken;
    use trust_text::Text;

    /// A site from a text in which `|` marks the cursor.
    pub(crate) fn site(marked: &str) -> Site {
        let (before, after) = marked.split_once('|').unwrap();
        Site {
            before: before.into(),
            after: after.into(),
            shape: shape(before, after),
            first_line: 0,
            invoked: false,
            may_replace: false,
            withdrawn: Vec::new(),
        }
    }

    /// The query for the same, in a file of no language.
    pub(crate) fn query(marked: &str) -> Query {
        let (before, after) = marked.split_once('|').unwrap();
        Query {
            path: "/p/a.rs".into(),
            relative: "a.rs".into(),
            repository: "p".into(),
            language: None,
            text: Text::new(&format!("{before}{after}")),
            offset: before.len(),
            invoked: false,
            may_replace: false,
            deadline: Instant::now() + Duration::from_secs(1),
            cancel: CancelToken::new(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        }
    }

    #[test]
    fn shapes() {
        let cases = [
            ("let x = |", Shape::Line),
            ("fn f() {\n    |\n}", Shape::Block),
            ("def f():\n    |", Shape::Block),
            ("fn f() {\n    |x\n}", Shape::Line),
            ("a;\n|", Shape::Line),
            ("|", Shape::Line),
        ];
        for (marked, expected) in cases {
            assert_eq!(site(marked).shape, expected, "{marked:?}");
        }
    }

    #[test]
    fn what_may_go_on() {
        let cases = [("let na", "na"), ("f(a, ", " "), ("{\n\t ", "\t "), ("f(", "("), ("{\n", ""), ("", "")];
        for (before, expected) in cases {
            assert_eq!(unfinished(before), expected, "{before:?}");
        }
    }

    #[test]
    fn crowded_places() {
        let cases = [
            ("fo|o", false, true),
            ("fo|o", true, true),
            ("foo(|)", false, false),
            ("foo(|);", false, false),
            ("x = | + something_long", false, true),
            ("x = | + something_long", true, false),
        ];
        for (marked, invoked, expected) in cases {
            assert_eq!(site(marked).is_crowded(invoked), expected, "{marked:?} {invoked}");
        }
    }
}
