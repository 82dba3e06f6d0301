//! Words and signs of a text, read in both directions: the grain at which the copy predictor compares.

use std::collections::HashSet;
use trust_grammars::{Language, code_identifiers};

/// A byte that can stand in a word. Bytes above ASCII count as letters.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The last token of `text` (a word, or one sign) and where it begins; white space behind it is skipped.
pub(crate) fn last_token(text: &[u8]) -> Option<(usize, &[u8])> {
    let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace())? + 1;
    let start = if is_word(text[end - 1]) {
        text[..end].iter().rposition(|&byte| !is_word(byte)).map_or(0, |index| index + 1)
    } else {
        end - 1
    };
    Some((start, &text[start..end]))
}

/// The first token of `text` and where it ends; white space before it is skipped.
pub(crate) fn first_token(text: &[u8]) -> Option<(&[u8], usize)> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = if is_word(text[start]) {
        text[start..].iter().position(|&byte| !is_word(byte)).unwrap_or(text.len() - start)
    } else {
        1
    };
    Some((&text[start..start + length], start + length))
}

/// Words that begin like identifiers, in order, with the place where each begins.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    trust_grammars::identifiers(text).filter_map(|range| Some((range.start, text.get(range)?)))
}

/// Of them those in code, each once, where the language is known.
pub(crate) fn code_names(language: Option<Language>, text: &str) -> HashSet<&str> {
    match language {
        Some(language) => code_identifiers(language, text).map(|range| &text[range]).collect(),
        None => identifiers(text).map(|(_, name)| name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_and_single_signs() {
        let cases: &[(&str, Option<&str>, Option<&str>)] = &[
            ("let x = foo(bar", Some("bar"), Some("let")),
            ("foo( ", Some("("), Some("foo")),
            ("  ", None, None),
            ("", None, None),
            ("->", Some(">"), Some("-")),
            ("naïve", Some("naïve"), Some("naïve")),
        ];
        for (text, last, first) in cases {
            assert_eq!(last_token(text.as_bytes()).map(|t| t.1), last.map(str::as_bytes), "{text:?}");
            assert_eq!(first_token(text.as_bytes()).map(|t| t.0), first.map(str::as_bytes), "{text:?}");
        }
    }
}
