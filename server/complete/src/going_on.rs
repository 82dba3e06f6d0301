//! Lines that cannot end just anywhere: where the next line is indented deeper than the cursor's, the cursor's has to
//! open something, or to break off within an expression.

use crate::Query;
use crate::brackets::closing;
use crate::corpus::indentation;
use crate::in_text::in_text;
use crate::site::{Shape, Site};
use trust_grammars::Language;

/// Signs behind which an expression goes on, or a block begins.
const OPENING: &[char] = &['{', '(', '[', ':', '=', '+', '-', '*', '/', '|', '&', '?', '\\', '<', '>'];
/// What a line may begin with that goes on with the line above, whatever that ends in.
const CONTINUING: &[char] =
    &['.', '?', ':', '&', '|', '+', '-', '*', '/', '<', '>', '=', '{', ')', ']', '}', ','];
const CONTINUING_WORDS: &[&str] =
    &["where", "if", "else", "and", "or", "as", "extends", "implements", "for", "in"];

/// Whether the line of `site` has to open what the next line is in.
pub(crate) fn opens(query: &Query, site: &Site) -> bool {
    use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
    let deep = matches!(query.language, Some(JavaScript | Python | Rust | Tsx | TypeScript));
    if !deep || site.shape != Shape::Line || !site.line_after().trim().is_empty() {
        return false;
    }
    let Some(next) = site.after.lines().skip(1).find(|line| !line.trim().is_empty()) else { return false };
    let depth = |line: &str| indentation(line).len();
    let words = next.trim_start();
    let first = words.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    depth(next) > depth(site.line_before())
        && !words.starts_with(CONTINUING)
        && !CONTINUING_WORDS.contains(&first)
        && !in_text(query)
}

/// Whether a line that has to open something has not done so.
pub(crate) fn is_open(line: &str) -> bool {
    line.trim_end().ends_with(OPENING) || !closing(line).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::{query, site};

    #[test]
    fn a_line_above_a_deeper_one_opens_it() {
        let cases = [
            (Language::Rust, "fn f|\n    1;\n}\n", true),
            (Language::Rust, "    let x = |\n    y;\n", false),
            (Language::Rust, "let x = a|\n    .b();\n", false),
            (Language::Rust, "fn f()|\n    where T: Copy\n", false),
            (Language::Rust, "// one|\n    two();\n", false),
            (Language::Python, "def f|\n\n    pass\n", true),
            (Language::Python, "f(|)\n    pass\n", false),
            (Language::Go, "func f|\n    1\n", false),
        ];
        for (language, marked, expected) in cases {
            let query = Query { language: Some(language), ..query(marked) };
            assert_eq!(opens(&query, &site(marked)), expected, "{marked:?}");
        }
        let lines =
            [("fn f() {", true), ("f(a,", true), ("x =", true), ("x = 1;", false), ("def f():", true)];
        for (line, expected) in lines {
            assert_eq!(is_open(line), expected, "{line:?}");
        }
    }
}
