//! The identifier-shaped words of a text, by one pass over its bytes.
//!
//! This first version knows no language: words in strings and comments count too, which is what retrieval
//! wants of them anyway.

use std::ops::Range;

/// Iterates over the byte ranges of identifiers; see [`identifiers`].
#[derive(Debug, Clone)]
pub struct Identifiers<'a> {
    source: &'a str,
    position: usize,
}

/// The byte ranges of `source`'s identifiers in order: words that begin with a letter or `_` and go on with
/// letters, digits or `_`, in any script. What begins with a digit (`0xff`, `10u32`) is a number and left out.
pub fn identifiers(source: &str) -> Identifiers<'_> {
    Identifiers { source, position: 0 }
}

const OTHER: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const WIDE: u8 = 3;

const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => LETTER,
            b'0'..=b'9' => DIGIT,
            0x80.. => WIDE,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

impl Identifiers<'_> {
    /// Where the word that `from` is in ends.
    fn word_end(&self, from: usize) -> usize {
        let mut end = from;
        while let Some(&byte) = self.source.as_bytes().get(end) {
            match CLASSES[byte as usize] {
                LETTER | DIGIT => end += 1,
                WIDE => match self.wide(end) {
                    Some(character) if character.is_alphanumeric() => end += character.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        end
    }

    fn wide(&self, at: usize) -> Option<char> {
        self.source.get(at..)?.chars().next()
    }
}

impl Iterator for Identifiers<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let bytes = self.source.as_bytes();
        while let Some(&byte) = bytes.get(self.position) {
            let start = self.position;
            let wide = || self.wide(start);
            match CLASSES[byte as usize] {
                OTHER => self.position += 1,
                DIGIT => self.position = self.word_end(start),
                WIDE if !wide().is_some_and(char::is_alphabetic) => {
                    let character = wide();
                    self.position = match character {
                        // Other scripts have digits too.
                        Some(digit) if digit.is_alphanumeric() => self.word_end(start),
                        other => start + other.map_or(1, char::len_utf8),
                    };
                }
                _ => {
                    self.position = self.word_end(start);
                    return Some(start..self.position);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_found() {
        let cases: [(&str, &[&str]); 6] = [
            ("let x = foo_bar(a1, _);", &["let", "x", "foo_bar", "a1", "_"]),
            ("10u32 0xff 1e5 1.max(2) x2", &["max", "x2"]),
            ("größe → naïve_名前 ٣x", &["größe", "naïve_名前"]),
            ("`${name}` $el #private", &["name", "el", "private"]),
            ("", &[]),
            ("😀", &[]),
        ];
        for (source, expected) in cases {
            let words: Vec<&str> = identifiers(source).map(|range| &source[range]).collect();
            assert_eq!(words, expected, "{source}");
        }
    }

    proptest! {
        #[test]
        fn words_match_a_plain_split(source in "[a-z_0-9 .é名٣→😀\n]{0,60}") {
            let words: Vec<&str> = identifiers(&source).map(|range| &source[range]).collect();
            let plain: Vec<&str> = source
                .split(|c: char| c != '_' && !c.is_alphanumeric())
                .filter(|word| word.starts_with(|c: char| c == '_' || c.is_alphabetic()))
                .collect();
            prop_assert_eq!(words, plain);
        }
    }
}
