//! What a text is after an edit, worked out the slow and simple way on a plain string.

/// The unit that characters of a position are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

/// Zero-based line and character.
pub type Place = (u32, u32);

impl Encoding {
    /// As in `positionEncoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn width(self, character: char) -> u32 {
        match self {
            Self::Utf8 => character.len_utf8() as u32,
            Self::Utf16 => character.len_utf16() as u32,
            Self::Utf32 => 1,
        }
    }
}

/// Where each line starts and where its text ends, in bytes; `\n`, `\r\n` and `\r` end a line.
fn lines(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let width = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => 0,
        };
        if width > 0 {
            lines.push((start, at));
            start = at + width;
        }
        at += width.max(1);
    }
    lines.push((start, bytes.len()));
    lines
}

/// The byte offset of a position: the line's end for one past it, the text's end for a line past the last,
/// the start of a character for one inside it.
pub fn offset(text: &str, (line, character): Place, encoding: Encoding) -> usize {
    let lines = lines(text);
    let Some(&(start, end)) = lines.get(line as usize) else { return text.len() };
    let mut passed = 0;
    for (at, next) in text[start..end].char_indices() {
        passed += encoding.width(next);
        if passed > character {
            return start + at;
        }
    }
    end
}

/// The position of a byte offset.
pub fn place(text: &str, offset: usize, encoding: Encoding) -> Place {
    let lines = lines(text);
    let line = lines.iter().rposition(|&(start, _)| start <= offset).unwrap_or(0);
    let (start, end) = lines[line];
    let character = text[start..offset.min(end)].chars().map(|next| encoding.width(next)).sum();
    (line as u32, character)
}

/// `text` with the characters between two positions replaced.
pub fn replace(text: &str, range: (Place, Place), with: &str, encoding: Encoding) -> String {
    let start = offset(text, range.0, encoding);
    let end = offset(text, range.1, encoding).max(start);
    format!("{}{with}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let text = "a\r\n𝄞b\rc\n";
        let cases = [
            (Encoding::Utf8, (1, 5), 8),
            (Encoding::Utf16, (1, 1), 3),
            (Encoding::Utf16, (1, 2), 7),
            (Encoding::Utf32, (1, 1), 7),
            (Encoding::Utf16, (0, 9), 1),
            (Encoding::Utf16, (3, 0), 11),
            (Encoding::Utf16, (9, 9), 11),
        ];
        for (encoding, at, expected) in cases {
            assert_eq!(offset(text, at, encoding), expected, "{encoding:?} {at:?}");
        }
        assert_eq!(place(text, 7, Encoding::Utf16), (1, 2));
        assert_eq!(place(text, 11, Encoding::Utf8), (3, 0));
    }
}
