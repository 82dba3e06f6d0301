//! Stage 2. The copy predictor: where did the text before the cursor stand before, and how did it go on
//! there? The longest match wins, in tokens; the open file before the project; then the most frequent
//! continuation. (The idea is the infini-gram of Liu et al. 2024, over one project.)

use crate::Query;
use crate::brackets::closing;
use crate::lexer::{first_token, identifiers, is_word, last_token};
use crate::site::{Shape, Site, unix_lines};
use std::cmp::Reverse;
use std::collections::HashMap;
use trust_index::{FileId, Snapshot};

/// Tokens compared at most.
const LONGEST: usize = 32;
/// Occurrences of the anchor looked at in other files.
const OCCURRENCES: usize = 4000;
/// Bytes of the open file searched on either side of the cursor.
const SAME_FILE: usize = 512 << 10;
/// Lines taken for a block.
const BLOCK_LINES: usize = 6;

/// The best continuation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) text: String,
    /// Tokens before the cursor that matched.
    pub(crate) matched: usize,
    /// Whether every match of that length went on the same way.
    pub(crate) agreed: bool,
}

/// Looks for the text before the cursor elsewhere in the open file and in the index.
pub(crate) fn predict(query: &Query, site: &Site, index: &Snapshot) -> Option<Copied> {
    let pattern = Pattern::new(site)?;
    let mut found = Candidates::default();

    let start = query.offset.saturating_sub(SAME_FILE);
    let mut above = unix_lines(query.text.slice(start..query.offset));
    // The place itself is no earlier occurrence.
    above.truncate(above.len().saturating_sub(site.before.len() - pattern.anchor));
    let below = unix_lines(query.text.slice(query.offset..query.offset + SAME_FILE));
    for text in [&above, &below] {
        let places = identifiers(text).filter(|(_, word)| *word == pattern.word(site));
        for (offset, _) in places {
            found.add(pattern.matches(site, text, offset), None);
        }
    }
    let own = index.file(&query.path);
    let reader = index.reader();
    for (file, offset) in reader.occurrences(pattern.word(site), OCCURRENCES) {
        if query.cancel.is_cancelled() {
            return None;
        }
        if let Some(text) = reader.text(file).filter(|_| Some(file) != own) {
            found.add(pattern.matches(site, &text, offset), Some(file));
        }
    }
    found.best()
}

/// What is looked for: the last whole identifier before the cursor and all that follows it.
struct Pattern {
    /// Where the identifier begins in [`Site::before`], and where it ends.
    anchor: usize,
    anchor_end: usize,
}

impl Pattern {
    fn new(site: &Site) -> Option<Self> {
        let whole = site.before.len() - site.typed_word().len();
        // A word at the cursor may be half typed: the anchor is the one before it.
        let mut end = whole;
        loop {
            let (start, token) = last_token(&site.before.as_bytes()[..end])?;
            if is_word(token[0]) && !token[0].is_ascii_digit() {
                return Some(Self { anchor: start, anchor_end: start + token.len() });
            }
            end = start;
        }
    }

    fn word<'a>(&self, site: &'a Site) -> &'a str {
        &site.before[self.anchor..self.anchor_end]
    }

    /// Compares `text`, in which the anchor stands at `offset`, with the text before the cursor.
    fn matches(&self, site: &Site, text: &str, offset: usize) -> Option<Match> {
        let mut ours = &site.before.as_bytes()[self.anchor..];
        let mut theirs = text.as_bytes().get(offset..)?;
        let mut matched = 0;
        while let Some((token, end)) = first_token(ours) {
            let (other, other_end) = first_token(theirs)?;
            let at_cursor = end == ours.len();
            let half_typed = at_cursor && is_word(token[0]) && matched > 0;
            if token == other {
                theirs = &theirs[other_end..];
            } else if half_typed && other.starts_with(token) {
                theirs = &theirs[other_end - other.len() + token.len()..];
            } else {
                return None;
            }
            ours = &ours[end..];
            matched += 1;
        }
        let (mut ours, mut theirs_before) =
            (&site.before.as_bytes()[..self.anchor], &text.as_bytes()[..offset]);
        while matched < LONGEST {
            match (last_token(ours), last_token(theirs_before)) {
                (Some((start, token)), Some((other_start, other))) if token == other => {
                    ours = &ours[..start];
                    theirs_before = &theirs_before[..other_start];
                    matched += 1;
                }
                _ => break,
            }
        }
        continuation(site, text, text.len() - theirs.len()).map(|text| Match { text, matched })
    }
}

struct Match {
    text: String,
    matched: usize,
}

/// What of `text`, in which a match ends at `end`, is to be shown: empty where the line was over there.
fn continuation(site: &Site, text: &str, end: usize) -> Option<String> {
    let blank = site.before.len() - site.before.trim_end().len();
    let mut rest = &text[end..];
    if blank > 0 {
        // White space at the cursor must have been white space there, and a line break a line break.
        let skipped = rest.len() - rest.trim_start().len();
        let breaks = |text: &str| text.contains('\n');
        if skipped == 0 || breaks(&site.before[site.before.len() - blank..]) != breaks(&rest[..skipped]) {
            return None;
        }
        rest = &rest[skipped..];
    }
    let first = rest.lines().next().unwrap_or_default().trim_end();
    if site.shape == Shape::Line || first.is_empty() {
        return Some(first.to_string());
    }
    let line = text[..text.len() - rest.len()].rsplit('\n').next().unwrap_or_default();
    Some(block(site.line_before(), &line[..line.len() - line.trim_start().len()], rest))
}

/// The first lines of `rest`, the first of which was indented by `margin`: those that are indented no less, and
/// the one that closes what they opened. They are moved to the indentation of the cursor, `indent`.
fn block(indent: &str, margin: &str, rest: &str) -> String {
    let mut lines = rest.lines().map(str::trim_end);
    let mut text = lines.next().unwrap_or_default().to_string();
    for line in lines.take(BLOCK_LINES - 1) {
        let Some(inside) = line.strip_prefix(margin).filter(|inside| !inside.is_empty()) else { break };
        if inside.starts_with([')', ']', '}']) && closing(&text).is_empty() {
            break;
        }
        text.push('\n');
        text.push_str(indent);
        text.push_str(inside);
    }
    text
}

#[derive(Default)]
struct Candidates(HashMap<String, Candidate>);

/// Where a continuation was found with the longest match.
#[derive(Default)]
struct Candidate {
    matched: usize,
    /// `None` for the open file.
    file: Option<FileId>,
    count: usize,
}

impl Candidates {
    fn add(&mut self, matched: Option<Match>, file: Option<FileId>) {
        let Some(Match { text, matched }) = matched else { return };
        let known = self.0.entry(text).or_default();
        if (matched, file.is_none()) > (known.matched, known.count > 0 && known.file.is_none()) {
            *known = Candidate { matched, file, count: 1 };
        } else if matched == known.matched {
            known.count += 1;
        }
    }

    fn best(self) -> Option<Copied> {
        let longest = self.0.values().map(|candidate| candidate.matched).max()?;
        let mut best: Vec<_> =
            self.0.into_iter().filter(|(_, candidate)| candidate.matched == longest).collect();
        // What all of them say first is as certain as if they agreed on the rest too.
        let shared = shared_tokens(best.iter().map(|(text, _)| text.as_str()));
        if shared.bytes().any(is_word) {
            return Some(Copied { text: shared.to_string(), matched: longest, agreed: true });
        }
        let agreed = best.len() == 1;
        best.sort_by_cached_key(|(text, candidate)| {
            Reverse((candidate.file.is_none(), candidate.count, Reverse(text.clone())))
        });
        let (text, _) = best.into_iter().next()?;
        // The best match ended its line here: so should we.
        (!text.is_empty()).then_some(Copied { text, matched: longest, agreed })
    }
}

/// The whole tokens that all `texts` begin with.
pub(crate) fn shared_tokens<'a>(mut texts: impl Iterator<Item = &'a str>) -> &'a str {
    let Some(first) = texts.next() else { return "" };
    texts.fold(first, |shared, text| {
        let length = shared.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let inside_word = |text: &str| {
            let bytes = text.as_bytes();
            length > 0 && length < bytes.len() && is_word(bytes[length - 1]) && is_word(bytes[length])
        };
        if !inside_word(shared) && !inside_word(text) {
            return &shared[..length];
        }
        let start = shared.as_bytes()[..length].iter().rposition(|&byte| !is_word(byte));
        &shared[..start.map_or(0, |index| index + 1)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;

    fn predict_in(other: &str, marked: &str) -> Option<(String, usize)> {
        let site = site(marked);
        let pattern = Pattern::new(&site)?;
        let mut found = Candidates::default();
        for (offset, word) in identifiers(other) {
            if word == pattern.word(&site) {
                found.add(pattern.matches(&site, other, offset), None);
            }
        }
        found.best().map(|copied| (copied.text, copied.matched))
    }

    #[test]
    fn the_longest_match_goes_on_as_before() {
        let other = "let a = parse(input, 1)?;\nlet b = parse(output, 2)?;\nself.items.push(item);\n";
        let cases = [
            ("let a = parse(|", Some(("input, 1)?;", 5))),
            ("let b = parse(|", Some(("output, 2)?;", 5))),
            ("let b = parse(out|", Some(("put, 2)?;", 6))),
            ("self.items.push(|", Some(("item);", 6))),
            ("self.items.pu|", Some(("sh(item);", 5))),
            ("self . items|", Some((".push(item);", 3))),
            ("let c = unknown(|", None),
            ("let a = parse(input, 1)?;|", None),
            ("|", None),
            ("= |", None),
        ];
        for (marked, expected) in cases {
            let found = predict_in(other, marked);
            assert_eq!(found.as_ref().map(|(text, n)| (text.as_str(), *n)), expected, "{marked:?}");
        }
    }

    #[test]
    fn blocks_keep_their_shape() {
        let cases = [
            // (what stood there, shown at an indentation of two)
            (
                "def f():\n    for a in b:\n        if a:\n            a.go()\nx",
                "for a in b:\n      if a:\n          a.go()",
            ),
            ("fn f() {\n    if a {\n        b();\n    }\n}\n", "if a {\n      b();\n  }"),
            ("fn f() {\n    a();\n    b();\n}\n", "a();\n  b();"),
            ("fn f() {\n \u{a0}a();\n \u{a0}b();\n}\n", "a();\n  b();"),
            ("fn f() {\r\n    a();\r\n\r\n    b();\r\n}\r\n", "a();"),
        ];
        for (other, expected) in cases {
            let marked = if other.starts_with("def") { "def f():\n  |" } else { "fn f() {\n  |" };
            assert_eq!(predict_in(other, marked).map(|c| c.0).as_deref(), Some(expected), "{other:?}");
        }
    }

    #[test]
    fn matches_that_part_give_what_they_share() {
        let other = "log.write(first, 1);\nlog.write(first, 2);\nlog.write(first_of_all);\n";
        assert_eq!(predict_in(other, "log.|"), Some(("write(".into(), 2)));
        assert_eq!(predict_in(other, "log.write(first, |"), Some(("1);".into(), 6)));
        assert_eq!(shared_tokens(["a.b(é)", "a.b(è)"].into_iter()), "a.b(");
        assert_eq!(shared_tokens(["same", "same_but"].into_iter()), "");
    }

    #[test]
    fn a_line_break_matches_only_a_line_break() {
        let other = "if ready {\n        start();\n        stop();\n    }\n";
        assert_eq!(predict_in(other, "if ready {\n  |").map(|c| c.0), Some("start();\n  stop();".into()));
        assert_eq!(predict_in(other, "if ready { |"), None);
    }
}
