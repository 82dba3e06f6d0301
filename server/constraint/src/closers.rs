//! The tokens that bring an answer to its end, of one byte each.

use crate::Token;

/// In the order in which they are tried.
pub(crate) struct Closers {
    /// Inside a string, and elsewhere.
    pub(crate) inside: Vec<Closing>,
    pub(crate) outside: Vec<Closing>,
    /// Those that only a string's inside allows together.
    pub(crate) probes: Vec<u32>,
    /// Allowed where a text has no quotes.
    pub(crate) newline: Vec<u32>,
}

pub(crate) struct Closing {
    pub(crate) token: u32,
    pub(crate) rank: u8,
    pub(crate) kind: u8,
}

impl Closers {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let mut bytes: Vec<(u8, u32)> = Vec::new();
        for (id, token) in tokens.iter().enumerate() {
            if let Token::Text(text) = token
                && let [byte] = text.as_slice()
                && !bytes.iter().any(|(other, _)| other == byte)
            {
                bytes.push((*byte, id as u32));
            }
        }
        let sorted = |rank: fn(u8) -> u8| {
            let mut sorted = bytes.clone();
            sorted.sort_by_key(|&(byte, _)| (rank(byte), byte));
            let closing = |(byte, token)| Closing { token, rank: rank(byte), kind: kind(byte) };
            sorted.into_iter().map(closing).collect()
        };
        let id = |byte| bytes.iter().find(|(other, _)| *other == byte).map(|(_, id)| *id);
        let probes = b"qz~".iter().filter_map(|&byte| id(byte)).collect();
        let newline = id(b'\n').into_iter().collect();
        let (inside, outside) = (sorted(rank_inside), sorted(rank_outside));
        Self { inside, outside, probes, newline }
    }
}

/// Bytes that lead on alike: letters, digits, and each other one by itself.
pub(crate) fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' => b'a',
        other => other,
    }
}

/// How soon a byte brings a string to its end: what closes it, else a plain character.
fn rank_inside(byte: u8) -> u8 {
    match byte {
        b'"' => 0,
        b'a' => 1,
        b'0'..=b'9' => 2,
        b'b'..=b'z' | b'A'..=b'Z' => 3,
        b'\\' => 90,
        0x80.. => 80,
        _ => 10,
    }
}

/// How soon a byte brings a structure to its end: what closes it, the beginning of a short value, a digit, a letter.
fn rank_outside(byte: u8) -> u8 {
    match byte {
        b'}' => 0,
        b']' => 1,
        b'"' | b',' => 2,
        b'0' => 3,
        b'n' | b'u' | b'l' | b't' | b'r' | b'e' | b'f' => 4,
        b'a' | b':' => 5,
        b'{' => 7,
        b'[' => 8,
        b'\\' => 40,
        0x80.. => 45,
        b' ' => 50,
        b'\n' | b'\t' | b'\r' => 60,
        _ => 10,
    }
}
