//! Whether the cursor is in a comment or a string, for people who want no completions there.

use crate::Query;
use std::time::Duration;
use trust_grammars::parse_kept;

/// A parse that takes longer says nothing.
const TIME_LIMIT: Duration = Duration::from_millis(60);

pub(crate) fn in_text(query: &Query) -> bool {
    let (Some(language), Some(before)) = (query.language, query.offset.checked_sub(1)) else { return false };
    let stop = || query.cancel.is_cancelled();
    let Some(tree) = parse_kept(language, &query.text.to_string(), TIME_LIMIT, &stop) else { return false };
    let mut node = tree.root_node().descendant_for_byte_range(before, before);
    while let Some(at) = node {
        let kind = at.kind();
        if kind.contains("substitution") || kind.contains("interpolation") {
            return false;
        }
        let is_string = kind.contains("string") || kind == "char_literal";
        let is_comment = kind.contains("comment");
        if is_comment && at.end_byte() >= query.offset || is_string && at.end_byte() > query.offset {
            return true;
        }
        node = at.parent();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;
    use trust_grammars::Language;
    use trust_inference::CancelToken;
    use trust_text::Text;

    #[test]
    fn comments_and_strings_are_told_from_code() {
        let cases = [
            (Language::Rust, "fn f() { // a|\n}", true),
            (Language::Rust, "/* a| */ fn f() {}", true),
            (Language::Rust, "fn f() { g(\"a|\") }", true),
            (Language::Rust, "fn f() { g(\"a\"|) }", false),
            (Language::Rust, "fn f() { g(|) } // a", false),
            (Language::Rust, "|", false),
            (Language::Python, "x = f'{a|}'\n", false),
            (Language::Python, "x = 'a|'\n", true),
            (Language::Python, "# a|", true),
            (Language::TypeScript, "const a = `b${c|}`;", false),
            (Language::TypeScript, "const a = `b|${c}`;", true),
        ];
        for (language, marked, expected) in cases {
            let (before, after) = marked.split_once('|').unwrap();
            let query = Query {
                path: "a".into(),
                relative: "a".into(),
                repository: "p".into(),
                language: Some(language),
                text: Text::new(&format!("{before}{after}")),
                offset: before.len(),
                invoked: false,
                may_replace: false,
                deadline: Instant::now(),
                cancel: CancelToken::new(),
                superseded: CancelToken::new(),
                edited: Vec::new(),
            };
            assert_eq!(in_text(&query), expected, "{marked:?}");
        }
    }
}
