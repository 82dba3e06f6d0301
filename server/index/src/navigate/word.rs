//! The name at a place, and what it stands behind.

use std::ops::Range;
use trust_grammars::{Language, identifiers};

/// The longest name that is looked for, in bytes to either side.
const LONGEST: usize = 512;

/// The identifier at `offset`, or just before it.
pub(crate) fn word_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let from = text.floor_char_boundary(offset.saturating_sub(LONGEST));
    let to = text.ceil_char_boundary((offset + LONGEST).min(text.len()));
    let is_part = |character: char| character == '_' || character.is_alphanumeric();
    let before = text[from..offset].trim_end_matches(is_part).len();
    let after = text[offset..to].len() - text[offset..to].trim_start_matches(is_part).len();
    let word = from + before..offset + after;
    (!word.is_empty() && identifiers(&text[word.clone()]).next() == Some(0..word.len())).then_some(word)
}

pub(crate) fn is_keyword(language: Option<Language>, word: &str) -> bool {
    language.is_some_and(|language| language.keywords().binary_search(&word).is_ok())
}

/// What a name is reached through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access<'a> {
    /// By a dot or an arrow, so a member is likelier.
    pub member: bool,
    /// The name before it.
    pub through: Option<&'a str>,
}

/// How the word that starts at `start` is reached.
pub(crate) fn access(text: &str, start: usize) -> Access<'_> {
    let from = text.floor_char_boundary(start.saturating_sub(LONGEST));
    let before = text[from..start].trim_end();
    let (member, rest) = match before.strip_suffix("::") {
        Some(rest) => (false, rest),
        None => match before.strip_suffix("?.").or(before.strip_suffix('.')).or(before.strip_suffix("->")) {
            // A range or a spread is no access.
            Some(rest) if !rest.ends_with('.') => (true, rest),
            _ => return Access { member: false, through: None },
        },
    };
    let through = word_at(rest, rest.len()).map(|range| &rest[range]);
    Access { member, through }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_around_a_place() {
        let text = "größe = a1+x";
        let cases =
            [(0, "größe"), (3, "größe"), (7, "größe"), (8, ""), (9, ""), (10, "a1"), (12, "a1"), (99, "x")];
        for (offset, expected) in cases {
            assert_eq!(word_at(text, offset).map_or("", |range| &text[range]), expected, "{offset}");
        }
        assert_eq!((word_at("12", 1), word_at("", 0)), (None, None));
    }

    #[test]
    fn names_are_reached_in_ways() {
        let cases = [
            ("a.", true, Some("a")),
            ("f().", true, None),
            ("a::b::", false, Some("b")),
            ("a->", true, Some("a")),
            ("a?.\n  ", true, Some("a")),
            ("0..", false, None),
            ("a + ", false, None),
        ];
        for (before, member, through) in cases {
            assert_eq!(access(&format!("{before}x"), before.len()), Access { member, through }, "{before}");
        }
    }
}
