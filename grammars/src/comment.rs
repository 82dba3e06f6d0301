//! The comment at a place: all of it where it runs over several lines.

use std::ops::Range;
use tree_sitter::{Node, Tree};

/// The bytes of the comment in whose line `offset` is, with those directly above and below that begin in the same column;
/// `None` where code stands before it in its line, or there is none. `tree` was parsed from `source`.
pub fn comment_at(tree: &Tree, source: &str, offset: usize) -> Option<Range<usize>> {
    let offset = source.floor_char_boundary(offset.min(source.len()));
    let line = source[..offset].rfind('\n').map_or(0, |at| at + 1);
    let rest = source[line..].lines().next().unwrap_or_default();
    let first = line + rest.len() - rest.trim_start().len();
    // A comment of several lines begins above.
    let node = tree.root_node().descendant_for_byte_range(first, (first + 1).min(source.len()))?;
    let comment = std::iter::successors(Some(node), Node::parent).find(|node| is_comment(*node))?;
    let column = own_column(comment, source)?;
    let is_next = |upper: Node<'_>, lower: Node<'_>| {
        let between = source.get(text_end(upper, source)..lower.start_byte()).unwrap_or_default();
        is_comment(upper)
            && is_comment(lower)
            && between.trim().is_empty()
            && between.matches('\n').count() == 1
    };
    let (mut top, mut bottom) = (comment, comment);
    while let Some(above) = top.prev_sibling().filter(|above| is_next(*above, top)) {
        if own_column(above, source) != Some(column) {
            break;
        }
        top = above;
    }
    while let Some(below) = bottom.next_sibling().filter(|below| is_next(bottom, *below)) {
        if own_column(below, source) != Some(column) {
            break;
        }
        bottom = below;
    }
    Some(top.start_byte()..text_end(bottom, source))
}

fn is_comment(node: Node<'_>) -> bool {
    node.kind().contains("comment")
}

/// Some grammars count the line break to the comment.
fn text_end(node: Node<'_>, source: &str) -> usize {
    let text = source.get(node.byte_range()).unwrap_or_default();
    node.start_byte() + text.trim_end().len()
}

/// How far it stands in, where nothing else stands before it.
fn own_column(node: Node<'_>, source: &str) -> Option<usize> {
    let line = source[..node.start_byte()].rfind('\n').map_or(0, |at| at + 1);
    source[line..node.start_byte()].trim().is_empty().then(|| node.start_byte() - line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, PARSE_LIMIT, parse_str};

    #[test]
    fn comments_are_found_whole() {
        let rust = "fn f() {\n    // one\n    // two\n\n    // three\n    g(); // four\n    /* five\n    six */\n}\n";
        let python = "def f():\n    # one\n    # two\n  # three\nx = 1  # four\n";
        let cases: [(Language, &str, &str, Option<&str>); 9] = [
            (Language::Rust, rust, "// one", Some("// one\n    // two")),
            (Language::Rust, rust, "    // two", Some("// one\n    // two")),
            (Language::Rust, rust, "three", Some("// three")),
            (Language::Rust, rust, "four", None),
            (Language::Rust, rust, "six", Some("/* five\n    six */")),
            (Language::Rust, rust, "fn f", None),
            (Language::Rust, "/// doc\n/// more\n", "more", Some("/// doc\n/// more")),
            (Language::Python, python, "two", Some("# one\n    # two")),
            (Language::Python, python, "four", None),
        ];
        for (language, text, at, expected) in cases {
            let tree = parse_str(language, text, PARSE_LIMIT).unwrap();
            let found = comment_at(&tree, text, text.find(at).unwrap());
            assert_eq!(found.map(|range| &text[range]), expected, "{at}");
        }
        let tree = parse_str(Language::Rust, "", PARSE_LIMIT).unwrap();
        assert_eq!(comment_at(&tree, "", 9), None);
    }
}
