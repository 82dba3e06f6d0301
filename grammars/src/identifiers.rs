//! The identifier-shaped words of a text, by one pass over its bytes.
//!
//! This first version knows no language: words in strings and comments count too, which is what retrieval
//! wants of them anyway.

use std::ops::Range;

/// Iterates over the byte ranges of identifiers; see [`identifiers`].
#[derive(Debug, Clone)]
pub struct Identifiers<'a> {
    source: &'a str,
    /// Of the block that is being read, where it begins.
    block: usize,
    /// Its bytes that may be in words and were not read, a bit each.
    mask: u64,
    /// It has bytes that are not ASCII.
    wide: bool,
    /// What has to be read letter by letter.
    plain: Range<usize>,
}

/// The byte ranges of `source`'s identifiers in order: words that begin with a letter or `_` and go on with
/// letters, digits or `_`, in any script. What begins with a digit (`0xff`, `10u32`) is a number and left out.
pub fn identifiers(source: &str) -> Identifiers<'_> {
    let mut identifiers = Identifiers { source, block: 0, mask: 0, wide: false, plain: 0..0 };
    identifiers.look(0);
    identifiers
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Which bytes may be in words, and whether any is not ASCII: without a branch, so that many are done at a time.
#[inline]
fn classify(bytes: &[u8; BLOCK]) -> (u64, bool) {
    let mut classes = [0u8; BLOCK];
    let mut all = 0;
    for (class, byte) in classes.iter_mut().zip(bytes) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        *class = u8::from(letter | digit | (*byte == b'_') | (*byte >= 0x80));
        all |= byte;
    }
    let mut mask = 0;
    for (at, eight) in classes.as_chunks::<8>().0.iter().enumerate() {
        // The product's highest byte has the lowest bit of each of the eight.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * at);
    }
    (mask, all >= 0x80)
}

impl Identifiers<'_> {
    /// Goes to the block at `from`; false behind the end.
    #[inline]
    fn look(&mut self, from: usize) -> bool {
        let rest = self.source.as_bytes().get(from..).unwrap_or_default();
        self.block = from;
        (self.mask, self.wide) = match rest.first_chunk() {
            Some(block) => classify(block),
            None => {
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                classify(&block)
            }
        };
        !rest.is_empty()
    }

    /// The next run of bytes that may be in words, and whether all of it is ASCII for certain.
    #[inline]
    fn run(&mut self) -> Option<(Range<usize>, bool)> {
        while self.mask == 0 {
            if !self.look(self.block + BLOCK) {
                return None;
            }
        }
        let first = self.mask.trailing_zeros();
        let start = self.block + first as usize;
        let mut end = first + (!(self.mask >> first)).trailing_zeros();
        let mut wide = self.wide;
        while end >= BLOCK as u32 {
            // Behind the end no byte is in a word.
            self.look(self.block + BLOCK);
            end = (!self.mask).trailing_zeros();
            wide |= self.wide && end > 0;
        }
        self.mask &= u64::MAX.checked_shl(end).unwrap_or(0);
        Some((start..self.block + end as usize, !wide))
    }

    /// The next word of a run in which bytes stand that are not ASCII.
    #[cold]
    fn plain_word(&mut self) -> Option<Range<usize>> {
        let run = self.plain.clone();
        let is_in = |c: &char| *c == '_' || c.is_alphanumeric();
        let text = self.source.get(run.clone())?;
        let (lead, first) = text.char_indices().find(|(_, c)| is_in(c)).unwrap_or((text.len(), ' '));
        let length = text[lead..].find(|c| !is_in(&c)).unwrap_or(text.len() - lead);
        let (start, end) = (run.start + lead, run.start + lead + length);
        self.plain.start = end;
        match first == '_' || first.is_alphabetic() {
            true => Some(start..end),
            false => None,
        }
    }
}

impl Iterator for Identifiers<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            while !self.plain.is_empty() {
                if let Some(word) = self.plain_word() {
                    return Some(word);
                }
            }
            let (run, ascii) = self.run()?;
            if !ascii {
                self.plain = run;
            } else if !self.source.as_bytes()[run.start].is_ascii_digit() {
                return Some(run);
            }
        }
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
        fn words_match_a_plain_split(source in "([a-z_0-9]{0,40}[a-zZA_0-9 .@`{\\[/:é名٣→😀\n]{0,9}){0,9}") {
            let words: Vec<&str> = identifiers(&source).map(|range| &source[range]).collect();
            let plain: Vec<&str> = source
                .split(|c: char| c != '_' && !c.is_alphanumeric())
                .filter(|word| word.starts_with(|c: char| c == '_' || c.is_alphabetic()))
                .collect();
            prop_assert_eq!(words, plain);
        }
    }
}
