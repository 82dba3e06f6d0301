//! Stage 5. Makes a raw continuation fit its place: no text that already stands behind the cursor, no bracket closed
//! that it did not open and the suffix closes already, nothing below the block.

use crate::site::{Shape, Site};

/// The text to show, or `None` where nothing of it is worth showing.
pub(crate) fn tidy(site: &Site, text: &str) -> Option<String> {
    let text = match site.shape {
        Shape::Line => text.lines().next().unwrap_or_default(),
        Shape::Block => block(site, text),
    };
    let text = without_suffix(text, site.line_after());
    let text = text.trim_end();
    let says_something = text.chars().any(|c| c.is_alphanumeric() || matches!(c, ')' | ']' | '}' | '"'));
    (says_something && !repeats(site, text)).then(|| text.to_string())
}

/// The lines of `text` that belong to the block at the cursor: up to the first that is indented less.
fn block<'a>(site: &Site, text: &'a str) -> &'a str {
    let indent = site.line_before().len();
    let mut end = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim();
        let width = line.len() - line.trim_start().len();
        if number > 0 && !content.is_empty() && width < indent {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end()
}

/// Cuts off the end of `text` that stands behind the cursor already, as closing signs do that the editor
/// inserted by itself.
fn without_suffix<'a>(text: &'a str, rest: &str) -> &'a str {
    let rest = rest.trim();
    if rest.is_empty() {
        return text;
    }
    let text = text.trim_end();
    let longest = rest.char_indices().map(|(index, c)| index + c.len_utf8()).rev().find(|&length| {
        let shared = &rest[..length];
        // Closing signs may belong to what the text opened itself; other text is simply there already.
        text.ends_with(shared) && if closes(shared) { unopened(text, shared) } else { length == rest.len() }
    });
    let text = &text[..text.len() - longest.unwrap_or(0)];
    &text[..closed_behind(text, rest).unwrap_or(text.len())]
}

/// Where `text` closes a bracket that it did not open and that `rest` closes first thing.
fn closed_behind(text: &str, rest: &str) -> Option<usize> {
    let mut depth = 0i32;
    text.char_indices()
        .find_map(|(index, c)| {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            (depth < 0).then_some((index, c))
        })
        .filter(|(_, c)| rest.starts_with(*c))
        .map(|(index, _)| index)
}

fn closes(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ';' | ','))
}

/// Whether everything opened in `text` before its end, `end`, is closed there too. Angles count where `end`
/// has one, since elsewhere they compare.
fn unopened(text: &str, end: &str) -> bool {
    let text = &text[..text.len() - end.len()];
    let angles = end.contains('>');
    let depth = text.chars().fold(0i32, |depth, c| match c {
        '(' | '[' | '{' => depth + 1,
        ')' | ']' | '}' => depth - 1,
        '<' if angles => depth + 1,
        '>' if angles => depth - 1,
        _ => depth,
    });
    let quoted = |quote: char| end.contains(quote) && text.matches(quote).count() % 2 == 1;
    depth <= 0 && !['"', '\'', '`'].into_iter().any(quoted)
}

/// Whether `text` is what already stands on the next line or behind the cursor.
fn repeats(site: &Site, text: &str) -> bool {
    let rest = site.line_after().trim();
    let next = site.after.lines().skip(1).map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let whole = format!("{}{}", site.line_before().trim_start(), text.lines().next().unwrap_or_default());
    (!rest.is_empty() && text.trim() == rest) || (whole.trim().len() > 3 && whole.trim() == next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    #[test]
    fn tidied() {
        let cases = [
            // (place, raw, shown)
            ("let x = |", "foo();  ", Some("foo();")),
            ("let x = |", "foo();\nbar();", Some("foo();")),
            ("let x = |", "   ", None),
            ("let x = |", ";", None),
            ("foo(|)", "a, b)", Some("a, b")),
            ("foo(|);", "a, bar(b));", Some("a, bar(b)")),
            ("foo(|)", "bar(b)", Some("bar(b)")),
            ("foo(|)", ")", None),
            ("total(first, s|)", "econd_value);", Some("econd_value")),
            ("total(first, s|)", "um(a));", Some("um(a)")),
            ("const x: Array<|>", "Promise<string>", Some("Promise<string>")),
            ("const x: Array<|>", "string>", Some("string")),
            ("f(|\")", "\"a\"", Some("\"a\"")),
            ("f(\"|\")", "a\"", Some("a")),
            ("    a|\n    abc();", "bc();", None),
            ("fn f() {\n    |\n}", "a();\n    b();\n}\nfn g() {", Some("a();\n    b();")),
            ("def f():\n    |", "if a:\n        b()\n\n    c()\nd()", Some("if a:\n        b()\n\n    c()")),
        ];
        for (marked, raw, expected) in cases {
            assert_eq!(tidy(&site(marked), raw).as_deref(), expected, "{marked:?} {raw:?}");
        }
    }
}
