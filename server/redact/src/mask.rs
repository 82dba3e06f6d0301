//! The signs that stand for a secret: as many bytes as it has, so that offsets hold, and no fewer lines.

use crate::{Secret, detector};
use std::borrow::Cow;

/// A mask begins so where it has room, and stands in no code.
const BEGINNING: &str = "<****";
const SHORTEST: usize = 6;

/// The text with signs in the place of `secrets`, which are in order and part from each other.
pub fn mask<'a>(text: &'a str, secrets: &[Secret]) -> Cow<'a, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for Secret { range, .. } in secrets {
        let (Some(before), Some(secret)) = (text.get(end..range.start), text.get(range.clone())) else {
            continue;
        };
        masked.push_str(before);
        for line in secret.split_inclusive('\n') {
            let inside = line.trim_end_matches(['\n', '\r']);
            masked.push_str(&signs(inside.len()));
            masked.push_str(&line[inside.len()..]);
        }
        end = range.end;
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

/// A text without its secrets, as the detector of this process knows them.
pub fn masked(text: String) -> String {
    match detector().redact(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    }
}

/// Whether a mask, or the beginning of one, stands in the text.
pub fn holds_mask(text: &str) -> bool {
    text.contains(BEGINNING)
}

fn signs(bytes: usize) -> String {
    match bytes.checked_sub(2) {
        Some(stars) if bytes >= SHORTEST => format!("<{}>", "*".repeat(stars)),
        _ => "*".repeat(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_moves_nothing() {
        let secret = |range| Secret { range, what: "a thing".into() };
        let cases = [
            ("ab", vec![], "ab"),
            ("key = \"abcdefgh\";", vec![secret(7..15)], "key = \"<******>\";"),
            ("abc\r\nabcdefg\nx", vec![secret(1..12)], "a**\r\n<*****>\nx"),
            ("äöü12 x", vec![secret(0..8)], "<******> x"),
        ];
        for (text, secrets, expected) in cases {
            let masked = mask(text, &secrets);
            assert_eq!((masked.as_ref(), masked.len()), (expected, text.len()));
        }
        assert!(holds_mask(&signs(9)) && holds_mask(&signs(6)) && !holds_mask("a <*** b"));
    }
}
