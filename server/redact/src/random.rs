//! Whether a text looks drawn by chance, or was written by somebody: a word, a name, a path, an example.

/// What people write where a secret would stand. In lower case.
const EXAMPLES: [&str; 22] = [
    "example",
    "sample",
    "dummy",
    "fake",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "your",
    "xxxx",
    "redacted",
    "insert",
    "todo",
    "1234567890",
    "abcdefgh",
    "0123456789",
    "....",
    "****",
    "deadbeef",
    "notasecret",
    "not-a-",
    "lorem",
];
/// What opens a place that is filled in later.
const OPENINGS: [&str; 9] = ["${", "{{", "$(", "%(", "#{", "<", "{", "$", "%"];

/// Whether it says itself that it is none.
pub(crate) fn is_example(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    EXAMPLES.iter().any(|example| lower.contains(example))
}

/// Whether it is to be filled in by something else.
pub(crate) fn is_placeholder(text: &str) -> bool {
    OPENINGS.iter().any(|opening| text.starts_with(opening))
        || text.contains("${")
        || text.contains("{{")
        || text.contains("%s")
}

/// Whether enough different characters are in it.
pub(crate) fn is_varied(text: &str) -> bool {
    different(text) >= 8.min(text.len() as u32 / 2 + 1)
}

fn different(text: &str) -> u32 {
    let seen = text.bytes().fold([0_u64; 4], |mut seen, byte| {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
        seen
    });
    seen.iter().map(|part| part.count_ones()).sum()
}

/// Shannon entropy, in bits a byte.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = text.len().max(1) as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

/// `8-4-4-4-12` digits of base 16: it names something.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether it is words, or parts as short as `v2`, with signs between them: somebody's name for something.
pub(crate) fn is_name(text: &str) -> bool {
    let is_word = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        let written = letters.len() < 2 || bends(letters.as_bytes()) < 0.35;
        part.len() <= 3 || digits <= 4 && written && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let mut parts = text.split(['-', '_', '.', '/', ':', '@', '+']);
    text.contains(['-', '_', '.', '/', ':']) && parts.all(is_word)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Other,
}

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Other,
    }
}

/// Whether it looks drawn by chance: of a long text by its entropy, and by how often letters, capitals and digits take
/// turns, which in words and names they seldom do.
pub(crate) fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let bends = bends(bytes);
    let least = if bytes.len() < 16 { 2.5 } else { 3.0 };
    if entropy(text) < least || is_name(text) {
        return false;
    }
    let hex = bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    match digits {
        0 => bytes.len() >= 12 && bends >= 0.45,
        _ if hex && bytes.len() >= 32 => digits < bytes.len(),
        _ => bends >= 0.22 && longest_word(bytes) < if bytes.len() < 32 { 9 } else { 12 },
    }
}

/// How often a letter, a capital, a digit or a sign follows one of another kind, as a share.
fn bends(bytes: &[u8]) -> f64 {
    let turns = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    turns as f64 / (bytes.len().max(2) - 1) as f64
}

/// Letters of one kind in a row, a capital before them or not.
fn longest_word(bytes: &[u8]) -> usize {
    bytes
        .chunk_by(|a, b| class(*a) == class(*b))
        .filter(|run| class(run[0]) == Class::Lower)
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0)
}

/// Whether somebody would choose it as a password: some kinds of characters, and no name or path.
pub(crate) fn is_password(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |wanted: Class| bytes.iter().any(|byte| class(*byte) == wanted);
    let kinds = [Class::Lower, Class::Upper, Class::Digit].into_iter().filter(|kind| has(*kind)).count();
    let signs = bytes
        .iter()
        .filter(|byte| {
            !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b' ')
        })
        .count();
    (kinds >= 2 && has(Class::Digit) || kinds >= 1 && signs > 0) && different(text) >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_told_from_what_was_written() {
        let cases = [
            ("q7Rz2mK9vX4bN8cT1wL6", true),
            ("9f86d081884c7d659a2feaa0c55ad015", true),
            ("k3j9x0q2m5v7", true),
            ("nextPageTokenForThisRequest", false),
            ("access_token_expired", false),
            ("invalid-client-secret-2", false),
            ("application/json; charset=utf-8", false),
            ("Version2Controller", false),
            ("aaaaaaaaaaaaaaaa1111", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_random(text), expected, "{text}");
        }
        assert!(
            is_password("Tr0ub4dor&3")
                && is_password("hunter2!")
                && !is_password("password")
                && !is_password("users/me")
        );
        assert!(
            is_name("garden-tiger-token-v8")
                && is_name("projects/p1/secrets/db2")
                && !is_name("q7Rz-mK9vX4bN8")
                && !is_name("tiger")
        );
        assert!(is_uuid("123e4567-e89b-12d3-a456-426614174000") && !is_uuid("123e4567"));
        assert!(entropy("aaaa") < 0.01 && (entropy("abcd") - 2.0).abs() < 0.01);
    }
}
