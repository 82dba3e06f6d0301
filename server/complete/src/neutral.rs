//! Stage 6. The syntax check: a completion may not leave the file with a syntax error that it had not.

use crate::Query;
use crate::brackets::{closing, closing_only_open, unopened};
use crate::faults::{Inserted, brings};
use crate::lexer::last_token;
use crate::site::Site;
use crate::tidy::Draft;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use trust_grammars::{Change, ErrorNode, Incremental, Language, Place};

/// Bytes around the cursor that are parsed where the file is larger.
const WINDOW: usize = 24 << 10;
/// Beginnings that are tried: to be shown, and to be gone on from.
const TRIES: usize = 8;
const BACK: usize = 24;
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
    /// The text goes on behind `after`.
    cut: bool,
    parsed: OnceLock<Option<Parsed>>,
}

struct Parsed {
    tree: Incremental,
    errors: Vec<ErrorNode>,
    cursor: Place,
}

impl Syntax {
    pub(crate) fn new(query: &Query, site: &Site) -> Self {
        let after = head(&site.after, WINDOW).to_owned();
        Self {
            language: query.language,
            closes: query.invoked,
            before: tail(&site.before, WINDOW).to_owned(),
            cut: query.text.len() - query.offset > site.after.len() || after.len() < site.after.len(),
            after,
            parsed: OnceLock::new(),
        }
    }

    /// The longest beginning of a text that breaks nothing: all of it, or cut before a bracket that closes nothing, at one
    /// of its line ends, or, where it is not `whole` anyway, at one of its tokens. `None` where there is none.
    pub(crate) fn neutral(&self, site: &Site, draft: &Draft, whole: bool) -> Option<Draft> {
        let text = closing_only_open(&site.before, &draft.text).trim_end();
        if text.is_empty() {
            return None;
        }
        let ends = if whole { line_ends(text) } else { token_ends(text) };
        ends.into_iter().take(TRIES).find_map(|end| {
            let kept = text[..end].trim_end();
            // A beginning takes the place of those signs only that it says.
            let replaces = draft.replaces.min(unopened(kept).len());
            let closing = if whole && self.closes { closing(kept) } else { String::new() };
            // What it opens may be closed below already.
            let stands = |closing: &str| self.stands(&format!("{kept}{closing}"), replaces);
            let neutral = !kept.is_empty() && (stands("") || !closing.is_empty() && stands(&closing));
            neutral.then(|| Draft { text: kept.to_string(), replaces })
        })
    }

    /// Whether `text` leaves no error that was not there, taking the place of `replaces` bytes; so it is where that cannot be
    /// told in time.
    fn stands(&self, text: &str, replaces: usize) -> bool {
        let found = self.with(text, replaces);
        found.is_none_or(|(edit, before, after)| !brings(before, &after, &edit))
    }

    /// The longest beginning of a text, at one of its tokens, from which it may be gone on: nothing is wrong in it, though
    /// something may be missing behind it.
    pub(crate) fn sound<'a>(&self, site: &Site, text: &'a str) -> &'a str {
        let text = closing_only_open(&site.before, text);
        let may_go_on = |kept: &str| {
            let found = self.with(&format!("{kept}{}", closing(kept)), 0);
            found.is_none_or(|(edit, before, mut after)| {
                after.retain(|node| node.missing.is_none() || node.range.start < edit.new.start + kept.len());
                !brings(before, &after, &edit)
            })
        };
        let until = Instant::now() + TIME_LIMIT;
        let mut ends = token_ends(text).into_iter().take(BACK).take_while(|_| Instant::now() < until);
        let end = ends.find(|end| may_go_on(&text[..*end]));
        &text[..end.unwrap_or(0)]
    }

    /// What does not parse without a text at the cursor, and what does not with it.
    fn with(&self, text: &str, replaces: usize) -> Option<(Inserted, &[ErrorNode], Vec<ErrorNode>)> {
        let parsed = self.parsed()?;
        let mut tree = parsed.tree.clone();
        let replaced = self.after.get(..replaces)?;
        let change = Change {
            start: parsed.cursor,
            old_end: parsed.cursor.behind(replaced),
            new_end: parsed.cursor.behind(text),
        };
        tree.edit(&change);
        let (_, errors) = self.errors(tree, text, replaces)?;
        let inserted = Inserted {
            blank: (self.before.trim_end().len(), self.blank_behind(replaces)),
            old: change.start.byte..change.old_end.byte,
            new: change.start.byte..change.new_end.byte,
        };
        Some((inserted, parsed.errors.as_slice(), errors))
    }

    /// White space behind the cursor, over which an error is reported where something is missing: not before a closing bracket,
    /// which is an error of its own where it closes nothing.
    fn blank_behind(&self, replaces: usize) -> usize {
        let after = self.after.get(replaces..).unwrap_or_default();
        let next = after.trim_start();
        if next.starts_with([')', ']', '}']) { 0 } else { after.len() - next.len() }
    }

    fn parsed(&self) -> Option<&Parsed> {
        let parse = || {
            let (tree, errors) = self.errors(Incremental::new(self.language?), "", 0)?;
            Some(Parsed { tree, errors, cursor: Place::default().behind(&self.before) })
        };
        self.parsed.get_or_init(parse).as_ref()
    }

    /// The tree brought up to date with `text` in the place of `replaces` bytes behind the cursor, and its errors.
    fn errors(
        &self,
        mut tree: Incremental,
        text: &str,
        replaces: usize,
    ) -> Option<(Incremental, Vec<ErrorNode>)> {
        let parts = [&self.before, text, self.after.get(replaces..)?];
        let read = |mut offset: usize| {
            for part in parts {
                match part.as_bytes().get(offset..) {
                    Some(rest) if !rest.is_empty() => return rest,
                    _ => offset = offset.saturating_sub(part.len()),
                }
            }
            &[]
        };
        let mut errors =
            tree.parse(read, TIME_LIMIT).then(|| tree.tree().map(trust_grammars::error_nodes))??;
        // What is missing where the window ends stands behind it.
        let end =
            parts.iter().map(|part| part.len()).sum::<usize>() - (parts[2].len() - parts[2].trim_end().len());
        errors.retain(|node| !self.cut || node.missing.is_none() || node.range.start < end);
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
    use crate::site::tests::{query, site};

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
            let query = Query { language: Some(language), invoked: true, ..query(marked) };
            let syntax = Syntax::new(&query, &place);
            let draft = Draft { text: text.into(), replaces: 0 };
            let neutral = |whole| syntax.neutral(&place, &draft, whole).map(|kept| kept.text);
            assert_eq!(neutral(true).as_deref(), expected, "{marked:?} {text:?}");
            let part = parts.iter().find(|part| part.0 == text).map(|part| part.1);
            let part = part.unwrap_or(expected);
            assert_eq!(neutral(false).as_deref(), part, "part {marked:?} {text:?}");
            let unasked = Query { invoked: false, ..query };
            let closed = expected.filter(|text| closing(text).is_empty());
            let shown = Syntax::new(&unasked, &place).neutral(&place, &draft, true);
            assert_eq!(shown.map(|kept| kept.text).as_deref(), closed, "unasked {marked:?} {text:?}");
        }
    }

    #[test]
    fn a_text_is_gone_on_from_where_it_was_sound() {
        let cases = [
            (Language::Rust, "fn f() {\n    |\n}", "let y = g(a b);", "let y = g(a "),
            (Language::Rust, "fn f() {\n    let y = |\n}", "g(a, b c);", "g(a, b "),
            (Language::Rust, "fn f() {\n    a + |\n}", "b) + (", "b"),
            (Language::Rust, "fn f() {\n    |\n}", "a();", "a();"),
            (Language::Python, "def f():\n    return |\n", "x y", "x "),
            (Language::TypeScript, "const a = |\n", "g(b c);", "g(b "),
        ];
        for (language, marked, text, expected) in cases {
            let place = site(marked);
            let query = Query { language: Some(language), ..query(marked) };
            assert_eq!(Syntax::new(&query, &place).sound(&place, text), expected, "{marked:?} {text:?}");
        }
    }

    #[test]
    fn windows_are_cut_at_line_ends() {
        assert_eq!(tail("ab\ncd\nef", 4), "ef");
        assert_eq!(head("ab\ncd\nef", 4), "ab\n");
        assert_eq!((tail("ab", 9), head("ab", 9)), ("ab", "ab"));
    }
}
