//! Lines of a text, counted from 1 as people and models do, and hashes that tell whether they are still the same.

use std::ops::RangeInclusive;
use xxhash_rust::xxh3::xxh3_64;

/// A text by its lines. A line break at the end begins no further line.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).filter(|start| *start < text.len()).collect();
        Self { text, starts }
    }

    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line with its line break; the empty range at the end for one past the last.
    pub fn bytes(&self, line: usize) -> std::ops::Range<usize> {
        let at = |line: usize| self.starts.get(line).copied().unwrap_or(self.text.len());
        at(line.saturating_sub(1))..at(line)
    }

    /// A line without its line break.
    pub fn line(&self, line: usize) -> &'a str {
        self.text[self.bytes(line)].trim_end_matches(['\n', '\r'])
    }

    pub fn slice(&self, lines: RangeInclusive<usize>) -> &'a str {
        &self.text[self.bytes(*lines.start()).start..self.bytes(*lines.end()).end]
    }

    /// The line that holds a byte, and the characters before it in that line, both from 1.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let byte = self.text.floor_char_boundary(byte.min(self.text.len()));
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        (line, self.text[start..byte].chars().count() + 1)
    }
}

/// Eight digits that change with the text. Line ends do not count, so that they may be told in one way.
pub(crate) fn hash(text: &str) -> String {
    format!("{:08x}", xxh3_64(text.replace("\r\n", "\n").trim_end_matches('\n').as_bytes()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of("a\r\n\nbé\nc");
        assert_eq!((lines.count(), lines.line(1), lines.line(3), lines.line(9)), (4, "a", "bé", ""));
        assert_eq!(lines.slice(2..=3), "\nbé\n");
        let places = [(0, (1, 1)), (3, (2, 1)), (4, (3, 1)), (7, (3, 3)), (8, (4, 1)), (99, (4, 2))];
        places.iter().for_each(|(byte, place)| assert_eq!(lines.place(*byte), *place, "{byte}"));
        assert_eq!((Lines::of("").count(), Lines::of("a\n").count(), Lines::of("").place(3)), (0, 1, (1, 1)));
        assert_eq!(hash("a\r\nb\r\n"), hash("a\nb"));
        assert_ne!(hash("a\nb"), hash("a\nc"));
    }
}
