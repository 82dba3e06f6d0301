//! Parsing with a time limit, and counting what did not parse.

use crate::Language;
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};
use tree_sitter::{InputEdit, Node, ParseOptions, Parser, Point, Tree};

/// Parses a text that is read in pieces: `read(offset)` gives bytes from `offset` on, any number of them, and
/// none at the end. `old` is an earlier tree of the same document, told of every edit since.
///
/// `None` when `limit` runs out first. A parse is asked to stop every few hundred steps, so it ends within
/// milliseconds of its limit.
pub fn parse<T: AsRef<[u8]>>(
    language: Language,
    read: impl FnMut(usize) -> T,
    old: Option<&Tree>,
    limit: Duration,
) -> Option<Tree> {
    parse_until(language, read, old, limit, &|| false)
}

pub(crate) fn parse_until<T: AsRef<[u8]>>(
    language: Language,
    mut read: impl FnMut(usize) -> T,
    old: Option<&Tree>,
    limit: Duration,
    stop: &dyn Fn() -> bool,
) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).ok()?;
    let started = Instant::now();
    let mut progress = |_: &tree_sitter::ParseState| {
        if started.elapsed() > limit || stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |offset, _| read(offset), old, Some(options))
}

/// Parses `source`; see [`parse`].
pub fn parse_str(language: Language, source: &str, limit: Duration) -> Option<Tree> {
    parse(language, |offset| source.as_bytes().get(offset..).unwrap_or_default(), None, limit)
}

/// The same; `limit` counts while this thread works, so that what does not parse in time is the same ones on a machine
/// that is busy. Where the system does not tell, it counts by the clock.
pub(crate) fn parse_str_working(language: Language, source: &str, limit: Duration) -> Option<Tree> {
    let (began, started) = (worked(), Instant::now());
    // The clock costs less to ask, and is never behind.
    let stop = || {
        let spent = || worked().zip(began).map_or(limit, |(now, began)| now.saturating_sub(began));
        started.elapsed() >= limit && spent() >= limit
    };
    parse_str_until(language, source, limit.saturating_mul(10), &stop)
}

/// How long this thread has worked, where the system tells.
pub(crate) fn worked() -> Option<Duration> {
    #[cfg(unix)]
    return Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).ok();
    #[cfg(not(unix))]
    return None;
}

/// The same, given up as soon as `stop` says so.
pub fn parse_str_until(
    language: Language,
    source: &str,
    limit: Duration,
    stop: &dyn Fn() -> bool,
) -> Option<Tree> {
    let read = |offset: usize| source.as_bytes().get(offset..).unwrap_or_default();
    parse_until(language, read, None, limit, stop)
}

/// Lines of a text that others took the place of, in the numbers of both texts, from 0.
pub type ReplacedLines = (Range<u32>, Range<u32>);

/// Parses `source` by way of the tree of an earlier text, `old`, of which lines were replaced, told in order: what stands
/// elsewhere is not read again.
pub fn parse_replaced(
    language: Language,
    (mut tree, old): (Tree, &str),
    source: &str,
    replaced: impl Iterator<Item = ReplacedLines>,
    limit: Duration,
    stop: &dyn Fn() -> bool,
) -> Option<Tree> {
    let (old, new) = (Lines::of(old), Lines::of(source));
    for (before, after) in replaced {
        // The lines above are the new ones already.
        let (start_byte, start_position) = new.at(after.start);
        let (new_end_byte, new_end_position) = new.at(after.end);
        let (from, to) = (old.at(before.start), old.at(before.end));
        let rows = to.1.row - from.1.row;
        tree.edit(&InputEdit {
            start_byte,
            old_end_byte: start_byte + (to.0 - from.0),
            new_end_byte,
            start_position,
            old_end_position: Point::new(start_position.row + rows, to.1.column),
            new_end_position,
        });
    }
    let read = |offset: usize| source.as_bytes().get(offset..).unwrap_or_default();
    parse_until(language, read, Some(&tree), limit, stop)
}

/// Where lines begin.
struct Lines {
    starts: Vec<usize>,
    length: usize,
}

impl Lines {
    fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, length: text.len() }
    }

    /// The beginning of a line; of one behind the last, the end of the text.
    fn at(&self, line: u32) -> (usize, Point) {
        match self.starts.get(line as usize) {
            Some(start) => (*start, Point::new(line as usize, 0)),
            None => {
                let last = self.starts.last().copied().unwrap_or_default();
                (self.length, Point::new(self.starts.len() - 1, self.length - last))
            }
        }
    }
}

/// How many ERROR and MISSING nodes the tree has. Only subtrees with errors are visited: a sound file costs
/// one look at its root.
pub fn syntax_errors(tree: &Tree) -> usize {
    count(tree, |_| true)
}

/// The same, of the nodes that touch `bytes` only.
pub fn syntax_errors_in(tree: &Tree, bytes: Range<usize>) -> usize {
    count(tree, |node| node.start_byte() <= bytes.end && node.end_byte() >= bytes.start)
}

fn count(tree: &Tree, relevant: impl Fn(&Node) -> bool) -> usize {
    let mut errors = 0;
    walk_errors(tree, relevant, |_| {
        errors += 1;
        ControlFlow::Continue(true)
    });
    errors
}

/// An ERROR or MISSING node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ErrorNode {
    /// In bytes; empty where something is missing.
    pub range: Range<usize>,
    /// The kind of what is missing, as the grammar numbers it.
    pub missing: Option<u16>,
}

/// All of them, those within others too, in the order of the text.
pub fn error_nodes(tree: &Tree) -> Vec<ErrorNode> {
    let mut found = Vec::new();
    walk_errors(
        tree,
        |_| true,
        |node| {
            let missing = node.is_missing().then(|| node.kind_id());
            found.push(ErrorNode { range: node.byte_range(), missing });
            ControlFlow::Continue(true)
        },
    );
    found
}

/// What did not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// In bytes; empty where something is missing.
    pub range: Range<usize>,
    /// What is missing, as the grammar calls it; `None` where something is there that is not expected.
    pub missing: Option<String>,
}

/// The errors in their order, none within another, at most `limit`.
pub fn syntax_error_places(tree: &Tree, limit: usize) -> Vec<SyntaxError> {
    let mut found = Vec::new();
    walk_errors(
        tree,
        |_| true,
        |node| {
            if found.len() == limit {
                return ControlFlow::Break(());
            }
            let missing = node.is_missing().then(|| node.kind().to_owned());
            found.push(SyntaxError { range: node.byte_range(), missing });
            ControlFlow::Continue(false)
        },
    );
    found
}

/// Visits ERROR and MISSING nodes in subtrees that have errors and that `relevant` lets through; `visit` says whether
/// to look into one. A cursor, not recursion: trees of hostile files are as deep as the files are long.
fn walk_errors<'a>(
    tree: &'a Tree,
    relevant: impl Fn(&Node) -> bool,
    mut visit: impl FnMut(Node<'a>) -> ControlFlow<(), bool>,
) {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let mut enter = node.has_error() && relevant(&node);
        if enter && (node.is_error() || node.is_missing()) {
            match visit(node) {
                ControlFlow::Break(()) => return,
                ControlFlow::Continue(inside) => enter = inside,
            }
        }
        if enter && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn errors_are_counted() {
        let cases = [
            // (language, source, in all, in the first three bytes)
            (Language::Rust, "fn a() {}", 0, 0),
            (Language::Rust, "fn a() { let x = 1 }", 1, 0),
            (Language::Rust, ")) fn a() {} fn b() {} ((", 2, 1),
            (Language::Python, "def f(:\n    pass\n", 1, 0),
            (Language::JavaScript, "const a = [1, 2", 1, 1),
            (Language::Tsx, "const a = <b>x</b>;", 0, 0),
            (Language::TypeScript, "", 0, 0),
        ];
        for (language, source, all, first) in cases {
            let tree = parse_str(language, source, LIMIT).unwrap();
            assert_eq!(syntax_errors(&tree), all, "{source} {}", tree.root_node().to_sexp());
            assert_eq!(syntax_errors_in(&tree, 0..3), first, "{source}");
            assert_eq!(error_nodes(&tree).len(), all, "{source}");
        }
    }

    #[test]
    fn errors_have_places() {
        let cases = [
            ("fn a() { let x = 1 }", vec![(18..18, Some(";"))]),
            (")) fn a() {}", vec![(0..2, None)]),
            ("fn a() {}", vec![]),
        ];
        for (source, expected) in cases {
            let tree = parse_str(Language::Rust, source, LIMIT).unwrap();
            let error = |(range, missing): (_, Option<&str>)| SyntaxError {
                range,
                missing: missing.map(str::to_owned),
            };
            let expected: Vec<_> = expected.into_iter().map(error).collect();
            assert_eq!(syntax_error_places(&tree, 9), expected, "{source}");
        }
        let tree = parse_str(Language::Rust, ")) fn a() { let x = 1 }", LIMIT).unwrap();
        let found = error_nodes(&tree);
        let told: Vec<_> = found.iter().map(|one| (one.range.clone(), one.missing.is_some())).collect();
        assert_eq!(told, [(0..2, false), (21..21, true)]);
        let tree = parse_str(Language::Rust, &"fn a( {} ".repeat(20), LIMIT).unwrap();
        assert_eq!(syntax_error_places(&tree, 1).len(), 1);
    }

    #[test]
    fn text_may_come_in_pieces() {
        let source = "fn größe() -> usize { 1 }\n".repeat(300);
        let piece = |offset: usize| &source.as_bytes()[offset..(offset + 7).min(source.len())];
        let tree = parse(Language::Rust, piece, None, LIMIT).unwrap();
        assert_eq!(tree.root_node().named_child_count(), 300);
        assert_eq!(syntax_errors(&tree), 0);
    }

    #[test]
    fn the_limit_ends_a_parse() {
        let source = "fn a(){ x[".repeat(50_000);
        let started = Instant::now();
        assert!(parse_str(Language::Rust, &source, Duration::from_millis(20)).is_none());
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_tree_by_way_of_an_older_one_is_the_same() {
        let old = "fn a() {\n    1\n}\n\nfn b() {\n    2\n}\n\nfn c() { 3 }";
        let cases: [(&str, &[ReplacedLines]); 5] = [
            ("fn a() {\n    1 + 1\n}\n\nfn b() {\n    2\n}\n\nfn c() { 3 }", &[(1..2, 1..2)]),
            ("fn a() {\n    1\n}\n\nfn c() { 3 }", &[(4..8, 4..4)]),
            (
                "// New.\nfn a() {\n    1\n}\n\nfn b() {\n    2\n}\n\nfn c() { 4 }\n",
                &[(0..0, 0..1), (8..9, 9..10)],
            ),
            ("fn a() {\n    /* open\n}\n\nfn b() {\n    2\n}\n\nfn c() { 3 }", &[(1..2, 1..2)]),
            ("", &[(0..9, 0..0)]),
        ];
        let limit = Duration::from_secs(1);
        for (new, replaced) in cases {
            let tree = parse_str(Language::Rust, old, limit).unwrap();
            let replaced = replaced.iter().cloned();
            let found = parse_replaced(Language::Rust, (tree, old), new, replaced, limit, &|| false).unwrap();
            let whole = parse_str(Language::Rust, new, limit).unwrap();
            assert_eq!(found.root_node().to_sexp(), whole.root_node().to_sexp(), "{new}");
            assert_eq!(found.root_node().range(), whole.root_node().range(), "{new}");
        }
    }
}
