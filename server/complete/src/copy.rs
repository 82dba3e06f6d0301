//! Stage 2. The copy predictor: how did the text before the cursor go on where it stood before? The longest match
//! wins, in tokens; the open file before the project; then the most frequent continuation. (The idea is the
//! infini-gram of Liu et al. 2024, over one project.)

use crate::corpus::{Corpus, Match};
use crate::lexer::is_word;
use crate::site::Site;
use std::cmp::Reverse;
use std::collections::HashMap;
use trust_index::FileId;

/// Occurrences of the anchor looked at in other files.
const OCCURRENCES: usize = 4000;

/// The best continuation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) text: String,
    /// Tokens before the cursor that matched.
    pub(crate) matched: usize,
    /// Whether every match of that length went on the same way.
    pub(crate) agreed: bool,
    /// It goes on to where the line, or the block, ended.
    pub(crate) whole: bool,
}

/// Looks for the text before the cursor elsewhere in the open file and in the index.
pub(crate) fn predict(corpus: &Corpus, site: &Site) -> Option<Copied> {
    let mut found = Candidates::default();
    corpus.matches(site, "", OCCURRENCES).into_iter().for_each(|matched| found.add(matched));
    found.best()
}

/// The continuations at all places where the text before the cursor stands too, the longest matches first.
pub(crate) fn all(corpus: &Corpus, site: &Site, most: usize) -> Vec<Copied> {
    let mut found = Candidates::default();
    corpus.matches(site, "", OCCURRENCES).into_iter().for_each(|matched| found.add(matched));
    let mut all: Vec<_> = found.0.into_iter().filter(|(text, _)| !text.is_empty()).collect();
    all.sort_by_cached_key(|(text, one)| {
        Reverse((one.matched, one.file.is_none(), one.count, Reverse(text.clone())))
    });
    let agreed = all.len() == 1;
    let copied =
        |(text, one): (String, Candidate)| Copied { text, matched: one.matched, agreed, whole: true };
    all.into_iter().take(most).map(copied).collect()
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
    fn add(&mut self, Match { text, matched, file }: Match) {
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
            let whole = best.iter().all(|(text, _)| text == shared);
            return Some(Copied { text: shared.to_string(), matched: longest, agreed: true, whole });
        }
        let agreed = best.len() == 1;
        best.sort_by_cached_key(|(text, candidate)| {
            Reverse((candidate.file.is_none(), candidate.count, Reverse(text.clone())))
        });
        let (text, _) = best.into_iter().next()?;
        // The best match ended its line here: so should we.
        (!text.is_empty()).then_some(Copied { text, matched: longest, agreed, whole: true })
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
    use crate::corpus::tests::corpus;
    use crate::site::tests::site;

    fn predict_in(other: &str, marked: &str) -> Option<(String, usize)> {
        predict(&corpus("", other), &site(marked)).map(|copied| (copied.text, copied.matched))
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
            ("self.items.push(|);", Some(("item", 6))),
            ("let a = parse(|, 1)?;", Some(("input", 5))),
            ("let a = parse(|) else {", Some(("input, 1)?;", 5))),
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
            (
                "fn f() {\n    a();\n    if b {\n        c();\n        d();\n        e();\n        g();\n",
                "a();",
            ),
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
