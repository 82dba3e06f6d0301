//! Stage 6. The syntax check: a completion may not leave the file with more syntax errors than it had.

use crate::Query;
use crate::brackets::{closing, closing_only_open};
use crate::lexer::last_token;
use crate::site::Site;
use std::sync::OnceLock;
use std::time::Duration;
use trust_grammars::{Change, Incremental, Language, Place};

/// Bytes around the cursor that are parsed where the file is larger.
const WINDOW: usize = 24 << 10;
/// Beginnings that are tried.
const TRIES: usize = 8;
/// A parse that takes longer says nothing, and then the completion passes.
const TIME_LIMIT: Duration = Duration::from_millis(60);

/// The text around a cursor, parsed once, when first asked for; what stands there with a completion is parsed from that.
pub(crate) struct Syntax {
    /// `None` where nothing is known of it: everything passes.
    language: Option<Language>,
    /// Somebody who asks for a line that opens a bracket closes it in a line below. What is shown unasked is read as it stands.
    closes: bool,
    before: String,
    after: String,
    parsed: OnceLock<Option<Parsed>>,
}

struct Parsed {
    tree: Incremental,
    errors: usize,
    cursor: Place,
}

impl Syntax {
    pub(crate) fn new(query: &Query, site: &Site) -> Self {
        Self {
            language: query.language,
            closes: query.invoked,
            before: tail(&site.before, WINDOW).to_owned(),
            after: head(&site.after, WINDOW).to_owned(),
            parsed: OnceLock::new(),
        }
    }

    /// The longest beginning of `text` that breaks nothing: all of it, or cut before a bracket that closes nothing, at one
    /// of its line ends, or, where it is not `whole` anyway, at one of its tokens. `None` where there is none.
    pub(crate) fn neutral(&self, site: &Site, text: &str, whole: bool) -> Option<String> {
        let text = closing_only_open(&site.before, text).trim_end();
        if text.is_empty() {
            return None;
        }
        let ends = if whole { line_ends(text) } else { token_ends(text) };
        ends.into_iter().take(TRIES).find_map(|end| {
            let kept = text[..end].trim_end();
            let closing = if whole && self.closes { closing(kept) } else { String::new() };
            let neutral = self.stands(&format!("{kept}{closing}"));
            (neutral && !kept.is_empty()).then(|| kept.to_string())
        })
    }

    /// Whether `text` leaves no more errors than there were; so it is where that cannot be told in time.
    fn stands(&self, text: &str) -> bool {
        let Some(parsed) = self.parsed() else { return true };
        let mut tree = parsed.tree.clone();
        let (start, old_end) = (parsed.cursor, parsed.cursor);
        tree.edit(&Change { start, old_end, new_end: start.behind(text) });
        let errors = self.errors(tree, text).map(|(_, errors)| errors);
        errors.is_none_or(|errors| errors <= parsed.errors)
    }

    fn parsed(&self) -> Option<&Parsed> {
        let parse = || {
            let (tree, errors) = self.errors(Incremental::new(self.language?), "")?;
            Some(Parsed { tree, errors, cursor: Place::default().behind(&self.before) })
        };
        self.parsed.get_or_init(parse).as_ref()
    }

    /// The tree brought up to date with `text` at the cursor, and its errors.
    fn errors(&self, mut tree: Incremental, text: &str) -> Option<(Incremental, usize)> {
        let parts = [&self.before, text, &self.after];
        let read = |mut offset: usize| {
            for part in parts {
                match part.as_bytes().get(offset..) {
                    Some(rest) if !rest.is_empty() => return rest,
                    _ => offset = offset.saturating_sub(part.len()),
                }
            }
            &[]
        };
        let errors =
            tree.parse(read, TIME_LIMIT).then(|| tree.tree().map(trust_grammars::syntax_errors))??;
        Some((tree, errors))
    }
}

/// Where the lines of `text` end, the last first.
fn line_ends(text: &str) -> Vec<usize> {
    let ends = text.match_indices('\n').map(|(index, _)| index).rev();
    std::iter::once(text.len()).chain(ends).collect()
}

/// Where the tokens of `text` end, the last first.
fn token_ends(text: &str) -> Vec<usize> {
    let mut ends = vec![text.len()];
    while let Some((start, _)) = last_token(&text.as_bytes()[..ends[ends.len() - 1]]) {
        ends.push(start);
    }
    ends
}

/// The last `length` bytes of `text`, from a line's start on.
fn tail(text: &str, length: usize) -> &str {
    let start = text.len().saturating_sub(length);
    let line = text.as_bytes()[start..].iter().position(|&byte| byte == b'\n');
    if start == 0 { text } else { line.map_or("", |index| &text[start + index + 1..]) }
}

/// The first `length` bytes of `text`, up to a line's end.
fn head(text: &str, length: usize) -> &str {
    if text.len() <= length {
        return text;
    }
    text.as_bytes()[..length].iter().rposition(|&byte| byte == b'\n').map_or("", |index| &text[..=index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;
    use std::time::Instant;
    use trust_inference::CancelToken;
    use trust_text::Text;

    #[test]
    fn only_what_breaks_nothing_passes() {
        let cases = [
            (Language::Rust, "fn f() {\n    let x = |\n}", "1;", Some("1;")),
            (Language::Rust, "fn f() {\n    let x = 1;|\n}", ") + (", None),
            (Language::Rust, "fn f() {\n    a + |\n}", "b) + (", Some("b")),
            (Language::Rust, "fn f() {\n    |\n}", "if a {", Some("if a {")),
            (Language::Rust, "fn f() {\n    |\n}", "f(a)(b", Some("f(a)(b")),
            (Language::Rust, "fn f() {\n    |\n}", "a();\n    b())", Some("a();\n    b()")),
            (Language::Rust, "fn f() {\n    |\n}", "a();\n    let = =", Some("a();")),
            (Language::Python, "def f():\n    return |\n", "x + 1", Some("x + 1")),
            (Language::Python, "def f():\n    return 1|\n", " 2 3", None),
            (Language::TypeScript, "const a = |;\n", "{ b: 1 }", Some("{ b: 1 }")),
        ];
        // What comes of them where they are not whole lines.
        let parts = [("if a {", None), ("f(a)(b", Some("f(a)")), ("a();\n    b())", Some("a();\n    b()"))];
        for (language, marked, text, expected) in cases {
            let place = site(marked);
            let query = Query {
                path: "a".into(),
                relative: "a".into(),
                repository: "p".into(),
                language: Some(language),
                text: Text::new(""),
                offset: 0,
                invoked: true,
                deadline: Instant::now(),
                cancel: CancelToken::new(),
                superseded: CancelToken::new(),
                edited: Vec::new(),
            };
            let syntax = Syntax::new(&query, &place);
            let neutral = |whole| syntax.neutral(&place, text, whole);
            assert_eq!(neutral(true).as_deref(), expected, "{marked:?} {text:?}");
            let part = parts.iter().find(|part| part.0 == text).map(|part| part.1);
            let part = part.unwrap_or(expected);
            assert_eq!(neutral(false).as_deref(), part, "part {marked:?} {text:?}");
            let unasked = Query { invoked: false, ..query };
            let closed = expected.filter(|text| closing(text).is_empty());
            let shown = Syntax::new(&unasked, &place).neutral(&place, text, true);
            assert_eq!(shown.as_deref(), closed, "unasked {marked:?} {text:?}");
        }
    }

    #[test]
    fn windows_are_cut_at_line_ends() {
        assert_eq!(tail("ab\ncd\nef", 4), "ef");
        assert_eq!(head("ab\ncd\nef", 4), "ab\n");
        assert_eq!((tail("ab", 9), head("ab", 9)), ("ab", "ab"));
    }
}
