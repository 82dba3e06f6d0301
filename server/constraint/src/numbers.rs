//! How far the numbers of a JSON text have come while it is written. Where a schema lets anything stand, digits without end are
//! JSON, and no number that a reader takes; a token that would make one of those is left out while there is another.

/// Digits before the point, of an exponent, and the power of ten that a number stays below: a 64-bit float holds 1.7e308.
const WHOLE: u32 = 300;
const EXPONENT: u32 = 3;
const POWER: u32 = 308;

/// Where in the text the next byte is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Numbers {
    #[default]
    Outside,
    Text,
    /// Behind a backslash.
    Escape,
    /// After so many digits.
    Whole(u32),
    Fraction(u32),
    /// Behind `e`, and the digits before the point.
    Exponent {
        whole: u32,
        less: bool,
        digits: u32,
        value: u32,
    },
}

impl Numbers {
    /// Whether no number can be going on or begin here.
    pub(crate) fn is_in_text(self) -> bool {
        matches!(self, Self::Text | Self::Escape)
    }

    /// Where the text stands after `bytes`.
    pub(crate) fn after(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |place, byte| place.step(*byte))
    }

    /// Whether every number in `bytes`, the one under way first, can be read.
    pub(crate) fn takes(self, bytes: &[u8]) -> bool {
        let mut place = self;
        bytes.iter().all(|byte| {
            place = place.step(*byte);
            place.is_readable()
        })
    }

    fn step(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Text, b'\\') => Self::Escape,
            (Self::Text, b'"') => Self::Outside,
            (Self::Text | Self::Escape, _) => Self::Text,
            (_, b'"') => Self::Text,
            (Self::Outside, b'-') => Self::Whole(0),
            (Self::Outside, b'0'..=b'9') => Self::Whole(1),
            (Self::Whole(digits), b'0'..=b'9') => Self::Whole(digits.saturating_add(1)),
            (Self::Whole(whole), b'.') => Self::Fraction(whole),
            (Self::Fraction(whole), b'0'..=b'9') => Self::Fraction(whole),
            (Self::Whole(whole) | Self::Fraction(whole), b'e' | b'E') => {
                Self::Exponent { whole, less: false, digits: 0, value: 0 }
            }
            (Self::Exponent { whole, digits: 0, value, .. }, b'+' | b'-') => {
                Self::Exponent { whole, less: byte == b'-', digits: 0, value }
            }
            (Self::Exponent { whole, less, digits, value }, b'0'..=b'9') => {
                let value = value.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
                Self::Exponent { whole, less, digits: digits.saturating_add(1), value }
            }
            _ => Self::Outside,
        }
    }

    fn is_readable(self) -> bool {
        match self {
            Self::Whole(digits) => digits <= WHOLE,
            Self::Exponent { whole, less, digits, value } => {
                digits <= EXPONENT && (less || whole.saturating_add(value) <= POWER)
            }
            Self::Outside | Self::Text | Self::Escape | Self::Fraction(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_is_told_from_what_it_does_not() {
        let digits = |count: usize| "7".repeat(count);
        let cases = [
            ("[1,-2.5e3,\"e999 \\\" 1e999\",true,1e99]".to_owned(), true),
            (digits(300), true),
            (digits(301), false),
            (format!("\"{}\"", digits(400)), true),
            (format!("\"\\\"{}", digits(400)), true),
            (format!("\"\\\\\"{}", digits(400)), false),
            (format!("0.{}", digits(400)), true),
            (format!("{}e8", digits(300)), true),
            (format!("{}e9", digits(300)), false),
            ("1e307".to_owned(), true),
            ("1.5E+308".to_owned(), false),
            ("1e-999".to_owned(), true),
            ("1e-0999".to_owned(), false),
            ("[false,1e400]".to_owned(), false),
        ];
        for (text, expected) in cases {
            assert_eq!(Numbers::default().takes(text.as_bytes()), expected, "{text}");
            // Whole texts of those that are taken can be read.
            if let (true, Err(error)) = (expected, serde_json::from_str::<serde_json::Value>(&text)) {
                assert!(error.is_eof(), "{text} {error}");
            }
            // In whatever pieces they come.
            let (first, rest) = text.split_at(text.len() / 2);
            let place = Numbers::default();
            let pieces =
                place.takes(first.as_bytes()) && place.after(first.as_bytes()).takes(rest.as_bytes());
            assert_eq!(pieces, expected, "{text}");
        }
    }
}
