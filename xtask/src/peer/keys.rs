//! What a typist does in a file, key by key, the same for everybody who is measured.

use std::ops::Range;

/// Lines that are typed anew at a place, and keys that are pressed on each of them; the rest of a line comes at once.
const LINES: usize = 3;
const KEYS: usize = 6;
/// Keys pressed where somebody jumped to or came back to.
const AFTER: usize = 2;
/// Lines above the cursor where something is edited.
const ABOVE: usize = 15;

/// What a key does to the text that has been read already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing has been read.
    Opened,
    Append,
    LineBreak,
    Jump,
    EditAbove,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Append, Self::LineBreak, Self::Jump, Self::EditAbove, Self::Opened];

    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "first key after opening",
            Self::Append => "plain append",
            Self::LineBreak => "line break",
            Self::Jump => "jump",
            Self::EditAbove => "edit above",
        }
    }
}

/// Edits, one after the other, and where the cursor is then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub kind: Kind,
    pub edits: Vec<(Range<usize>, String)>,
    pub cursor: usize,
}

/// A text as it is typed in.
struct Page {
    text: String,
    cursor: usize,
    edits: Vec<(Range<usize>, String)>,
    keys: Vec<Key>,
}

impl Page {
    fn insert(&mut self, text: &str) {
        self.edits.push((self.cursor..self.cursor, text.to_owned()));
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    fn press(&mut self, kind: Kind, text: &str) {
        self.insert(text);
        self.asked(kind);
    }

    fn asked(&mut self, kind: Kind) {
        self.keys.push(Key { kind, edits: std::mem::take(&mut self.edits), cursor: self.cursor });
    }

    /// The end of a line by its number.
    fn end_of(&self, line: usize) -> usize {
        self.text.match_indices('\n').nth(line).map_or(self.text.len(), |(index, _)| index)
    }
}

/// The text that the typist finds, and at most so many keys.
pub fn script(text: &str, keys: usize) -> (String, Vec<Key>) {
    let lines: Vec<&str> = text.lines().collect();
    let count = lines.len();
    let first = count * 3 / 5;
    let mut page = Page { text: text.to_owned(), cursor: 0, edits: Vec::new(), keys: Vec::new() };
    page.cursor = page.end_of(first);
    page.asked(Kind::Opened);
    let mut round = 0;
    while page.keys.len() < keys && count > 4 * ABOVE {
        // Other places each time, none of them close to the last one.
        let from = lines.iter().cycle().skip(first + 37 * round).filter(|line| line.trim().len() > 2 * KEYS);
        for line in from.take(LINES) {
            let indent = line.len() - line.trim_start().len();
            page.press(Kind::LineBreak, &format!("\n{}", &line[..indent]));
            let mut rest = line[indent..].chars();
            for key in rest.by_ref().take(KEYS) {
                page.press(Kind::Append, key.encode_utf8(&mut [0; 4]));
            }
            page.insert(rest.as_str());
        }
        let here = page.text[..page.cursor].matches('\n').count();
        page.cursor = page.end_of((here + count / 2) % count);
        page.press(Kind::Jump, " ");
        (0..AFTER).for_each(|_| page.press(Kind::Append, "x"));
        let line = page.text[..page.cursor].matches('\n').count();
        let above = page.end_of(line.saturating_sub(ABOVE));
        let (back, added) = (page.cursor, format!("\n// {round}"));
        if above < back {
            page.cursor = above;
            page.insert(&added);
            page.cursor = back + added.len();
            page.press(Kind::EditAbove, "x");
            (0..AFTER).for_each(|_| page.press(Kind::Append, "y"));
        }
        round += 1;
    }
    page.keys.truncate(keys);
    (text.to_owned(), page.keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_has_keys_of_every_kind_and_can_be_followed() {
        let text: String = (0..200).map(|line| format!("    let value_{line} = größe({line});\n")).collect();
        let (mut typed, keys) = script(&text, 90);
        assert_eq!((typed.as_str(), keys.len()), (text.as_str(), 90));
        for kind in Kind::ALL {
            let found = keys.iter().filter(|key| key.kind == kind).count();
            assert!(found >= if kind == Kind::Opened { 1 } else { 3 }, "{kind:?}: {found}");
        }
        for key in &keys {
            for (range, with) in &key.edits {
                typed.replace_range(range.clone(), with);
            }
            assert!(typed.is_char_boundary(key.cursor));
        }
        assert!(typed.contains("// 0") && typed.len() > text.len());
        assert_eq!(script("short\n", 9).1.len(), 1);
    }
}
