//! The text of one document.

use crate::{Encoding, Position};
use ropey::Rope;
use std::iter::Peekable;
use std::ops::Range;

/// A document's text. Cloning shares the rope: a snapshot for a background job costs nothing.
///
/// Offsets are bytes. An offset past the end, or inside a character, is moved back to the nearest
/// boundary, so no call panics whatever a client sends.
#[derive(Debug, Clone, Default)]
pub struct Text(Rope);

/// One change as a client sends it: `range` of the text so far becomes `text`; `None` replaces all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub range: Option<(Position, Position)>,
    pub text: String,
}

impl Text {
    pub fn new(text: &str) -> Self {
        Self(Rope::from_str(text))
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len_bytes()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines as the protocol counts them (`\n`, `\r\n`, `\r`); a text that ends in a line break has an
    /// empty last line.
    pub fn line_count(&self) -> usize {
        self.0.len_lines()
    }

    /// The line that holds `offset`.
    pub fn line_of(&self, offset: usize) -> usize {
        self.0.byte_to_line(self.floor(offset))
    }

    /// The bytes of `line` without its line break; the empty range at the end for a line past the last.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        if line >= self.line_count() {
            return self.len()..self.len();
        }
        let start = self.0.line_to_byte(line);
        let slice = self.0.line(line);
        let mut end = slice.len_chars();
        while end > 0 && matches!(slice.char(end - 1), '\n' | '\r') {
            end -= 1;
        }
        start..start + slice.char_to_byte(end)
    }

    /// The bytes of `range` as a string.
    pub fn slice(&self, range: Range<usize>) -> String {
        let start = self.floor(range.start);
        let end = self.floor(range.end).max(start);
        self.0.byte_slice(start..end).to_string()
    }

    /// The piece of text that starts at or around `offset`, from `offset` on; empty at the end. This is the
    /// form in which incremental parsers read.
    pub fn chunk_from(&self, offset: usize) -> &[u8] {
        if offset >= self.len() {
            return &[];
        }
        let (chunk, start, _, _) = self.0.chunk_at_byte(offset);
        &chunk.as_bytes()[offset - start..]
    }

    /// The byte offset of `position`.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = self.line_range(position.line as usize);
        let mut units = position.character as usize;
        let mut offset = line.start;
        for character in self.0.byte_slice(line).chars() {
            let width = encoding.width(character);
            if units < width {
                break;
            }
            units -= width;
            offset += character.len_utf8();
        }
        offset
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = self.floor(offset);
        let line = self.0.byte_to_line(offset);
        let start = self.0.line_to_byte(line);
        let units: usize = self.0.byte_slice(start..offset).chars().map(|c| encoding.width(c)).sum();
        Position::new(line as u32, units as u32)
    }

    /// Replaces the bytes of `range`; an inverted range is empty at its start.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        let start = self.0.byte_to_char(self.floor(range.start));
        let end = self.0.byte_to_char(self.floor(range.end)).max(start);
        self.0.remove(start..end);
        self.0.insert(start, text);
    }

    /// Applies a client's edits in order, each to the text that the one before it left.
    pub fn apply(&mut self, edits: &[Edit], encoding: Encoding) {
        // Whatever came before the last full replacement is overwritten by it.
        let from = edits.iter().rposition(|edit| edit.range.is_none()).unwrap_or(0);
        for edit in &edits[from..] {
            match edit.range {
                None => *self = Self::new(&edit.text),
                Some((start, end)) => {
                    let range = self.offset(start, encoding)..self.offset(end, encoding);
                    self.replace(range, &edit.text);
                }
            }
        }
    }

    /// How far `expected` stands at `offset`, line ends of any kind being alike: how many bytes of it do, and where they end here.
    pub fn agree(&self, offset: usize, expected: &str) -> (usize, usize) {
        let start = self.floor(offset);
        let mut here = self.0.chars_at(self.0.byte_to_char(start)).peekable();
        let mut wanted = expected.chars().peekable();
        let (mut of, mut end) = (0, start);
        while let (Some((own, bytes)), Some((other, more))) = (unit(&mut here), unit(&mut wanted)) {
            if own != other {
                break;
            }
            end += bytes;
            of += more;
        }
        (of, end)
    }

    /// Where `expected` ends if it stands at `offset`, line ends of any kind being alike.
    pub fn stands(&self, offset: usize, expected: &str) -> Option<usize> {
        let (of, end) = self.agree(offset, expected);
        (of == expected.len()).then_some(end)
    }

    /// Whether it is `before` with `new` in the place of the bytes of `range`, whatever line ends `new` has here.
    pub fn is_edit_of(&self, before: &Self, range: Range<usize>, new: &str) -> bool {
        let from = before.floor(range.start);
        let to = before.floor(range.end).max(from);
        if self.floor(from) != from {
            return false;
        }
        let Some(end) = self.stands(from, new) else { return false };
        self.len() - end == before.len() - to
            && self.0.byte_slice(end..) == before.0.byte_slice(to..)
            && self.0.byte_slice(..from) == before.0.byte_slice(..from)
    }

    /// Whether nothing was edited between two snapshots of one text. Of those that became alike it may not know it.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.is_instance(&other.0)
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: usize) -> usize {
        let offset = offset.min(self.len());
        self.0.char_to_byte(self.0.byte_to_char(offset))
    }
}

/// The next character, and how many bytes it takes; a line end of any kind is one.
fn unit(characters: &mut Peekable<impl Iterator<Item = char>>) -> Option<(char, usize)> {
    match characters.next()? {
        '\r' => Some(('\n', 1 + usize::from(characters.next_if_eq(&'\n').is_some()))),
        other => Some((other, other.len_utf8())),
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chunks().try_for_each(|chunk| formatter.write_str(chunk))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRICKY: &str = "a\r\nb\rc\nd𝄞e\u{301}\tf\u{2028}g\u{0b}h\n\n𝄞";

    #[test]
    fn lines_are_the_protocols_lines() {
        let text = Text::new(TRICKY);
        let lines: Vec<String> = (0..text.line_count()).map(|l| text.slice(text.line_range(l))).collect();
        assert_eq!(lines, ["a", "b", "c", "d𝄞e\u{301}\tf\u{2028}g\u{0b}h", "", "𝄞"]);
    }

    #[test]
    fn positions_clamp() {
        let text = Text::new("ab𝄞c\r\nx");
        let cases = [
            // (encoding, line, character, offset)
            (Encoding::Utf8, 0, 2, 2),
            (Encoding::Utf8, 0, 4, 2),  // inside the four bytes of the clef
            (Encoding::Utf16, 0, 3, 2), // the half of a surrogate pair
            (Encoding::Utf16, 0, 4, 6),
            (Encoding::Utf32, 0, 3, 6),
            (Encoding::Utf16, 0, 99, 7), // past the end of the line: before its line break
            (Encoding::Utf16, 1, 1, 10),
            (Encoding::Utf16, 9, 0, 10), // past the last line
            (Encoding::Utf16, u32::MAX, u32::MAX, 10),
        ];
        for (encoding, line, character, offset) in cases {
            let position = Position::new(line, character);
            assert_eq!(text.offset(position, encoding), offset, "{encoding:?} {line}:{character}");
        }
    }

    #[test]
    fn an_inverted_range_inserts_at_its_start() {
        let mut text = Text::new("abcd");
        text.apply(
            &[Edit { range: Some((Position::new(0, 3), Position::new(0, 1))), text: "-".into() }],
            Encoding::Utf16,
        );
        assert_eq!(text.to_string(), "abc-d");
    }

    #[test]
    fn edits_before_a_full_replacement_do_not_count() {
        let mut text = Text::new("old");
        let edit = |range, text: &str| Edit { range, text: text.into() };
        let at = |character| Position::new(0, character);
        text.apply(
            &[edit(Some((at(0), at(3))), "x"), edit(None, "new"), edit(Some((at(3), at(3))), "er")],
            Encoding::Utf8,
        );
        assert_eq!(text.to_string(), "newer");
    }

    #[test]
    fn chunks_cover_the_text() {
        let source = TRICKY.repeat(500);
        let text = Text::new(&source);
        let mut read = Vec::new();
        while read.len() < text.len() {
            read.extend_from_slice(text.chunk_from(read.len()));
        }
        assert_eq!(read, source.as_bytes());
        assert_eq!(text.chunk_from(text.len() + 7), b"");
    }

    #[test]
    fn what_stands_at_a_place_does_whatever_its_line_ends_are() {
        // The text, where, what is expected, how far it agrees, and whether all of it stands there.
        let cases = [
            ("x = one();\n", 4, "one();", (6, 10), true),
            ("x = one();\n", 4, "one(2);", (4, 8), false),
            ("x = a;\r\nb;\r\n", 4, "a;\nb;", (5, 10), true),
            ("x = a;\nb;\n", 4, "a;\r\nb;", (6, 9), true),
            ("x = a;\rb;", 4, "a;\nb;", (5, 9), true),
            ("a\r\n", 0, "a\n\n", (2, 3), false),
            ("a\n\n", 0, "a\r\nb", (3, 2), false),
            ("𝄞é", 0, "𝄞e", (4, 4), false),
            ("𝄞é", 2, "𝄞", (4, 4), true), // inside the clef: from its start
            ("ab", 9, "", (0, 2), true),
            ("ab", 9, "c", (0, 2), false),
            ("", 0, "", (0, 0), true),
        ];
        for (text, offset, expected, agrees, stands) in cases {
            let text = Text::new(text);
            assert_eq!(text.agree(offset, expected), agrees, "{text} {offset} {expected:?}");
            assert_eq!(text.stands(offset, expected), stands.then_some(agrees.1), "{text} {expected:?}");
        }
    }

    #[test]
    fn a_text_is_the_edit_of_another_only_where_all_of_it_is() {
        let lines = "f();\ndbg!(x);\ndbg!(y);\n}\n";
        // What was there, what is to be replaced, by what, and what is there now.
        let cases = [
            (lines, 5..14, "", "f();\ndbg!(y);\n}\n", true),
            (lines, 14..23, "", "f();\ndbg!(x);\n}\n", true),
            // Two of one length: the one that is gone is not the other.
            (lines, 14..23, "", "f();\ndbg!(y);\n}\n", false),
            (lines, 5..14, "", "f();\ndbg!(x);\n}\n", false),
            (lines, 5..14, "a();\n", "f();\na();\r\ndbg!(y);\n}\n", true),
            (lines, 5..14, "a();\n", "f();\na();\ndbg!(y);\n}", false),
            (lines, 5..14, "a();\n", "g();\na();\ndbg!(y);\n}\n", false),
            ("a", 0..0, "", "a", true),
            ("a", 0..1, "b", "", false),
            ("", 3..9, "b", "b", true),
            ("𝄞b", 4..5, "", "é…", false),
        ];
        for (before, range, new, now, expected) in cases {
            let found = Text::new(now).is_edit_of(&Text::new(before), range.clone(), new);
            assert_eq!(found, expected, "{before:?} {range:?} {new:?} {now:?}");
        }
    }

    #[test]
    fn snapshots_are_the_same_until_something_is_edited() {
        let text = Text::new("ab");
        let mut edited = text.clone();
        assert!(text.is_same_as(&edited));
        edited.replace(0..1, "c");
        assert!(!text.is_same_as(&edited) && !text.is_same_as(&Text::new("ab")));
    }

    fn encodings() -> impl Strategy<Value = Encoding> {
        prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)]
    }

    proptest! {
        #[test]
        fn every_offset_survives_the_round_trip(
            source in "([a-z𝄞é\r\n\t\u{2028}]|\r\n){0,60}", cut in 0usize..200, encoding in encodings(),
        ) {
            let text = Text::new(&source);
            let offset = text.floor(cut);
            // A position cannot point between `\r` and `\n`: it comes back as the end of the line.
            let between = source[..offset].ends_with('\r') && source[offset..].starts_with('\n');
            let expected = if between { offset - 1 } else { offset };
            prop_assert_eq!(text.offset(text.position(offset, encoding), encoding), expected);
        }

        #[test]
        fn an_edit_is_one_of_what_it_was_made_of(
            source in "[a-b𝄞\n]{0,20}", cut in 0usize..40, length in 0usize..8, new in "[a-b𝄞\n]{0,4}",
        ) {
            let before = Text::new(&source);
            let mut now = before.clone();
            now.replace(cut..cut + length, &new);
            prop_assert!(now.is_edit_of(&before, cut..cut + length, &new));
            now.replace(0..0, "c");
            prop_assert!(!now.is_edit_of(&before, cut..cut + length, &new));
        }

        #[test]
        fn edits_match_a_plain_string(
            source in "[a-z𝄞\n]{0,40}",
            edits in prop::collection::vec((0u32..5, 0u32..12, 0u32..5, 0u32..12, "[x𝄞\r\n]{0,4}"), 0..20),
            encoding in encodings(),
        ) {
            let mut text = Text::new(&source);
            let mut model = source.clone();
            for (l1, c1, l2, c2, insert) in edits {
                let range = (Position::new(l1, c1), Position::new(l2, c2));
                let start = text.offset(range.0, encoding);
                let end = text.offset(range.1, encoding).max(start);
                model.replace_range(start..end, &insert);
                text.apply(&[Edit { range: Some(range), text: insert }], encoding);
                prop_assert_eq!(text.to_string(), model.clone());
            }
        }
    }
}
