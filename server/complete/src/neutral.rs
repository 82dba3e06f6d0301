//! Stage 6. The syntax check: a completion may not leave the file with more syntax errors than it had.

use crate::Query;
use crate::brackets::{closing, closing_only_open};
use crate::site::Site;
use std::time::Duration;

/// Bytes around the cursor that are parsed where the file is larger.
const WINDOW: usize = 24 << 10;
/// A parse that takes longer says nothing, and then the completion passes.
const TIME_LIMIT: Duration = Duration::from_millis(60);

/// The longest beginning of `text` that breaks nothing: all of it, or cut before a bracket that closes nothing,
/// or at one of its line ends. `None` where there is none.
pub(crate) fn neutral(query: &Query, site: &Site, text: &str) -> Option<String> {
    let text = closing_only_open(&site.before, text).trim_end();
    if text.is_empty() {
        return None;
    }
    let Some(language) = query.language else { return Some(text.to_string()) };
    let before = tail(&site.before, WINDOW);
    let after = head(&site.after, WINDOW);
    let errors = |source: &str| {
        let tree = trust_grammars::parse_str(language, source, TIME_LIMIT)?;
        Some(trust_grammars::syntax_errors(&tree))
    };
    let Some(baseline) = errors(&format!("{before}{after}")) else { return Some(text.to_string()) };
    let ends = text.match_indices('\n').map(|(index, _)| index).rev();
    std::iter::once(text.len()).chain(ends).find_map(|end| {
        let kept = text[..end].trim_end();
        let closing = closing(kept);
        // A bracket that the completion opens is closed for the count: the line after it will do so.
        let neutral =
            errors(&format!("{before}{kept}{closing}{after}")).is_none_or(|count| count <= baseline);
        neutral.then(|| kept.to_string())
    })
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
    use trust_grammars::Language;
    use trust_inference::CancelToken;
    use trust_text::Text;

    #[test]
    fn only_what_breaks_nothing_passes() {
        let cases = [
            (Language::Rust, "fn f() {\n    let x = |\n}", "1;", Some("1;")),
            (Language::Rust, "fn f() {\n    let x = 1;|\n}", ") + (", None),
            (Language::Rust, "fn f() {\n    a + |\n}", "b) + (", Some("b")),
            (Language::Rust, "fn f() {\n    |\n}", "if a {", Some("if a {")),
            (Language::Rust, "fn f() {\n    |\n}", "a();\n    b())", Some("a();\n    b()")),
            (Language::Rust, "fn f() {\n    |\n}", "a();\n    let = =", Some("a();")),
            (Language::Python, "def f():\n    return |\n", "x + 1", Some("x + 1")),
            (Language::Python, "def f():\n    return 1|\n", " 2 3", None),
            (Language::TypeScript, "const a = |;\n", "{ b: 1 }", Some("{ b: 1 }")),
        ];
        for (language, marked, text, expected) in cases {
            let place = site(marked);
            let query = Query {
                path: "a".into(),
                relative: "a".into(),
                repository: "p".into(),
                language: Some(language),
                text: Text::new(""),
                offset: 0,
                invoked: false,
                deadline: Instant::now(),
                cancel: CancelToken::new(),
            };
            assert_eq!(neutral(&query, &place, text).as_deref(), expected, "{marked:?} {text:?}");
        }
    }

    #[test]
    fn windows_are_cut_at_line_ends() {
        assert_eq!(tail("ab\ncd\nef", 4), "ef");
        assert_eq!(head("ab\ncd\nef", 4), "ab\n");
        assert_eq!((tail("ab", 9), head("ab", 9)), ("ab", "ab"));
    }
}
