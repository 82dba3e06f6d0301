//! Finds secrets in texts: tokens of known forms, checked where they carry a checksum; private keys; passwords in addresses;
//! and what looks drawn by chance where a name beside it says that it is a secret. What is found is masked by signs of
//! the same length, so that no offset moves.

mod address;
mod assigned;
mod bytes;
mod mask;
mod private_key;
mod random;
mod remembered;
mod rules;
mod tokens;

pub use mask::{holds_mask, mask, masked};
pub use remembered::Remembered;
pub use rules::{RuleError, Rules};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::borrow::Cow;
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

/// Finds secrets. Made once, since its automaton takes a moment.
pub struct Detector {
    automaton: Option<AhoCorasick>,
    signs: Vec<Sign>,
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
        let (patterns, signs): (Vec<&str>, Vec<Sign>) = tokens.chain(names).chain(others).unzip();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns);
        // These patterns are no more than any automaton takes; a test makes it.
        Self { automaton: automaton.ok(), signs, rules }
    }

    /// Changes with what is found: what was made of texts by another one has to be made anew.
    pub fn fingerprint(&self) -> u64 {
        const VERSION: u64 = 1;
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
        for sign in self.automaton.iter().flat_map(|automaton| automaton.find_iter(text)) {
            let secret = match self.signs.get(sign.pattern().as_usize()) {
                Some(Sign::Token(form)) => form.at(text, sign.start()),
                Some(Sign::Name(weight)) => assigned::at(text, sign.range(), *weight),
                Some(Sign::Address) => address::password(text, sign.end()),
                Some(Sign::Header) => address::credentials(text, sign.range()),
                None => None,
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
    found.sort_by_key(|secret| (secret.range.start, std::cmp::Reverse(secret.range.end)));
    found.dedup_by(|next, last| {
        let overlaps = next.range.start < last.range.end;
        if overlaps {
            last.range.end = last.range.end.max(next.range.end);
        }
        overlaps
    });
    found
}
