//! Finds secrets in texts: tokens of known forms, checked where they carry a checksum; private keys; passwords in addresses;
//! and what looks drawn by chance where a name beside it says that it is a secret. What is found is masked by signs of
//! the same length, so that no offset moves.

mod address;
mod assigned;
mod bytes;
mod go;
mod mask;
mod private_key;
mod random;
mod remembered;
mod rules;
mod tokens;

pub use mask::{holds_mask, mask, masked};
pub use remembered::Remembered;
pub use rules::{RuleError, Rules};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Match, MatchKind};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::OnceLock;

/// A secret, by the bytes of a text that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    pub range: Range<usize>,
    /// What it is, with its article; of a rule of the user's, the rule's name.
    pub what: Cow<'static, str>,
}

/// What a sign in a text may be the beginning of.
#[derive(Clone, Copy)]
enum Sign {
    Token(&'static tokens::Form),
    Name(assigned::Weight),
    Address,
    Header,
}

/// Signs of two kinds, names and all else, and what finds them in one pass over a text. The end of a form's start may be
/// the beginning of a name (`dapi`, `apikey`): each kind is found as if there were no other.
struct Signs {
    automaton: Option<AhoCorasick>,
    signs: Vec<Sign>,
}

impl Signs {
    fn new(of: impl Iterator<Item = (&'static str, Sign)>) -> Self {
        let (patterns, signs): (Vec<&str>, Vec<Sign>) = of.unzip();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns);
        // These patterns are no more than any automaton takes; a test makes it.
        Self { automaton: automaton.ok(), signs }
    }

    /// Of those of one kind that overlap, the first and longest.
    fn find(&self, text: &str) -> Vec<(Sign, Range<usize>)> {
        let all = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
        let sign = |found: Match| Some((*self.signs.get(found.pattern().as_usize())?, found.range()));
        let mut found: Vec<(Sign, Range<usize>)> = all.filter_map(sign).collect();
        found.sort_unstable_by_key(|(_, range)| (range.start, Reverse(range.end)));
        let mut done = [0; 2];
        found.retain(|(sign, range)| {
            let done = &mut done[usize::from(matches!(sign, Sign::Name(_)))];
            let apart = range.start >= *done;
            *done = if apart { range.end } else { *done };
            apart
        });
        found
    }
}

/// Finds secrets. Made once, since its automata take a moment.
pub struct Detector {
    signs: Signs,
    rules: Rules,
}

static DETECTOR: OnceLock<Detector> = OnceLock::new();

/// The detector of this process: with the rules that were given to [`use_rules`], or without any.
pub fn detector() -> &'static Detector {
    DETECTOR.get_or_init(|| Detector::new(Rules::default()))
}

/// Has the detector of this process know rules of the user's too. False where it is in use already.
pub fn use_rules(rules: Rules) -> bool {
    DETECTOR.set(Detector::new(rules)).is_ok()
}

impl Detector {
    pub fn new(rules: Rules) -> Self {
        let tokens = tokens::FORMS.iter().map(|form| (form.start, Sign::Token(form)));
        let names = assigned::NAMES.iter().map(|(name, weight)| (*name, Sign::Name(*weight)));
        let others = [("://", Sign::Address), ("bearer ", Sign::Header), ("basic ", Sign::Header)];
        Self { signs: Signs::new(names.chain(tokens).chain(others)), rules }
    }

    /// Changes with what is found: what was made of texts by another one has to be made anew.
    pub fn fingerprint(&self) -> u64 {
        const VERSION: u64 = 2;
        self.rules.fingerprint().wrapping_add(VERSION)
    }

    /// The secrets of a text in their order, none of them within another.
    pub fn find(&self, text: &str) -> Vec<Secret> {
        let mut found = private_key::find(text);
        found.extend(self.find_in_lines(text));
        settle(found)
    }

    /// Those that stand in one line: all but private keys.
    fn find_in_lines(&self, text: &str) -> Vec<Secret> {
        let mut found = Vec::new();
        for (sign, range) in self.signs.find(text) {
            let secret = match sign {
                Sign::Token(form) => form.at(text, range.start),
                Sign::Name(weight) => assigned::at(text, range, weight),
                Sign::Address => address::password(text, range.end),
                Sign::Header => address::credentials(text, range),
            };
            found.extend(secret);
        }
        self.rules.find(text, &mut found);
        found
    }

    /// The text with its secrets masked.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        mask(text, &self.find(text))
    }
}

/// In order, and what overlaps as one.
fn settle(mut found: Vec<Secret>) -> Vec<Secret> {
    found.sort_by_key(|secret| (secret.range.start, Reverse(secret.range.end)));
    found.dedup_by(|next, last| {
        let overlaps = next.range.start < last.range.end;
        if overlaps {
            last.range.end = last.range.end.max(next.range.end);
        }
        overlaps
    });
    found
}
