//! What a program said, as much of it as may be told on: the beginning and the end, in bounded memory, as plain text.

use std::collections::VecDeque;

/// The part of what is kept that is the beginning; errors mostly stand at the end.
const HEAD: usize = 4;

#[derive(Debug)]
pub struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_most: usize,
    tail_most: usize,
    left_out: u64,
}

impl Kept {
    /// `most` is in bytes.
    pub fn new(most: usize) -> Self {
        let head_most = most / HEAD;
        Self { head: Vec::new(), tail: VecDeque::new(), head_most, tail_most: most - head_most, left_out: 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(self.head_most - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(self.tail_most);
        self.tail.drain(..over);
        self.left_out += over as u64;
    }

    /// What is left out is said between the two.
    pub fn text(&self) -> String {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        if self.left_out == 0 {
            return String::from_utf8_lossy(&[self.head.as_slice(), &tail].concat()).into_owned();
        }
        let (head, tail) = (String::from_utf8_lossy(&self.head), String::from_utf8_lossy(&tail));
        format!("{}\n... {} bytes are left out here ...\n{tail}", head.trim_end_matches('\n'), self.left_out)
    }
}

/// Without what only a terminal understands, and without letters that nobody sees.
pub fn cleaned(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => skip(&mut letters),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => cleaned.push('\n'),
            '\n' | '\t' => cleaned.push(letter),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            other if other.is_control() || matches!(other, '\u{e0000}'..='\u{e007f}') => {}
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// The same text with everything spelled out that a terminal would obey, or that nobody sees: for whoever is to permit it.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        let unseen = letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        match unseen {
            true => escaped.extend(letter.escape_unicode()),
            false => escaped.push(letter),
        }
    }
    escaped
}

/// An escape sequence: to its final letter, or to the end of a title.
fn skip(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match letters.next() {
        Some('[') => drop(letters.find(|letter| matches!(letter, '@'..='~'))),
        Some(']') => {
            let end = letters.find(|letter| matches!(letter, '\u{7}' | '\u{1b}' | '\n'));
            if end == Some('\u{1b}') {
                letters.next_if_eq(&'\\');
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let mut kept = Kept::new(16);
        kept.push(b"ab");
        kept.push(b"cdefgh");
        assert_eq!(kept.text(), "abcdefgh");
        (0..1000).for_each(|_| kept.push(b"0123456789"));
        assert_eq!(kept.text(), "abcd\n... 9992 bytes are left out here ...\n890123456789");
        assert!(kept.tail.capacity() < 100);
    }

    #[test]
    fn orders_to_a_terminal_are_left_out() {
        let cases = [
            ("\u{1b}[1;31mred\u{1b}[0m\r\nnext", "red\nnext"),
            ("10%\r20%\r100%\n", "10%\n20%\n100%\n"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("a\u{202e}b\u{200b}c\u{e0041}d\0e\u{8}", "abcde"),
            ("\u{1b}", ""),
            ("ä\tß", "ä\tß"),
        ];
        cases.iter().for_each(|(text, expected)| assert_eq!(cleaned(text), *expected, "{text:?}"));
    }

    #[test]
    fn what_nobody_would_see_is_spelled_out() {
        let cases = [
            ("+a\n\u{1b}[1A\u{1b}[2K-b\n", "+a\n\\u{1b}[1A\\u{1b}[2K-b\n"),
            ("a\u{202e}b\u{200b}c\r\u{8}", "a\\u{202e}b\\u{200b}c\\u{d}\\u{8}"),
            ("\u{9b}2K", "\\u{9b}2K"),
            ("ä\tß\n", "ä\tß\n"),
        ];
        cases.iter().for_each(|(text, expected)| assert_eq!(escaped(text), *expected, "{text:?}"));
    }
}
