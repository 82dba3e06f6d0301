//! Patterns as Go reads them, which is how rules for gitleaks are written, in the words of the `regex` crate: the two agree
//! on most, but in Go a word is of ASCII, a brace that repeats nothing is a brace, and classes hold no classes.
//! (The syntax is RE2's: <https://github.com/google/re2/wiki/Syntax>.)

use std::iter::Peekable;
use std::str::Chars;

/// The same pattern for [`regex::Regex`]. What is wrong with it stays wrong.
pub(crate) fn translated(pattern: &str) -> String {
    let mut told = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => outside(rest.next(), &mut rest, &mut told),
            '[' => class(&mut rest, &mut told),
            '{' if !repeats(rest.clone()) => told.push_str("\\{"),
            _ => told.push(c),
        }
    }
    told
}

/// What an escape stands for, outside of classes.
fn outside(escaped: Option<char>, rest: &mut Peekable<Chars<'_>>, told: &mut String) {
    match escaped {
        Some('w') => told.push_str("[0-9A-Za-z_]"),
        Some('W') => told.push_str("[^0-9A-Za-z_]"),
        Some('d') => told.push_str("[0-9]"),
        Some('D') => told.push_str("[^0-9]"),
        Some('s') => told.push_str("[\\t\\n\\f\\r ]"),
        Some('S') => told.push_str("[^\\t\\n\\f\\r ]"),
        Some('b') => told.push_str("(?-u:\\b)"),
        // As it is written, up to `\E`.
        Some('Q') => {
            let mut quoted = String::new();
            while !quoted.ends_with("\\E") {
                match rest.next() {
                    Some(c) => quoted.push(c),
                    None => break,
                }
            }
            told.push_str(&regex::escape(quoted.strip_suffix("\\E").unwrap_or(&quoted)));
        }
        Some(c) => told.extend(['\\', c]),
        None => told.push('\\'),
    }
}

/// A class, behind its opening bracket.
fn class(rest: &mut Peekable<Chars<'_>>, told: &mut String) {
    told.push('[');
    if rest.next_if_eq(&'^').is_some() {
        told.push('^');
    }
    // A bracket that would close an empty class is in it.
    if rest.next_if_eq(&']').is_some() {
        told.push_str("\\]");
    }
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('w') => told.push_str("0-9A-Za-z_"),
                Some('d') => told.push_str("0-9"),
                Some('s') => told.push_str("\\t\\n\\f\\r "),
                Some('W') => told.push_str("[^0-9A-Za-z_]"),
                Some('D') => told.push_str("[^0-9]"),
                Some('S') => told.push_str("[^\\t\\n\\f\\r ]"),
                Some(c) => told.extend(['\\', c]),
                None => told.push('\\'),
            },
            '[' if rest.peek() == Some(&':') => {
                told.push('[');
                // A class by name, up to its own bracket.
                for c in rest.by_ref() {
                    told.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            // These open a class, and join two, in the one syntax only.
            '[' | '&' | '~' => told.extend(['\\', c]),
            '-' if rest.peek() == Some(&'-') => told.push_str("\\-"),
            ']' => {
                told.push(c);
                return;
            }
            _ => told.push(c),
        }
    }
}

/// Whether a brace, whose text is this, says how often.
fn repeats(rest: Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.take(16).collect();
    let Some((inside, _)) = inside.split_once('}') else { return false };
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn patterns_find_what_they_find_in_go() {
        // What is found, and what is not.
        let cases = [
            (r"^\${(?:[A-Z_]+)}$", "${HOME}", "$HOME"),
            (r"^\$(?:\d+|{\d+})$", "${12}", "${١}"),
            (r"^{{x}}$", "{{x}}", "{x}"),
            (r"^a{2}b{1,}c{1,2}$", "aabbcc", "ab"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^\w+$", "key_1", "clé"),
            (r"^\W$", "é", "e"),
            (r"^[\w.-]{3}$", "a-.", "é.-"),
            (r"^[^\s'`]+$", "é", "a b"),
            (r"^[\S]$", "é", " "),
            (r"\bx\b", "éx", "ax"),
            (r"^[]a[]+$", "[]a", "b"),
            (r"^[[:alnum:]&&~]+$", "a&~", "-"),
            (r"^[a+--]+$", "a+-", "b"),
            (r"^[a\-z]+$", "a-z", "b"),
            (r"^\Qa.b{\E+$", "a.b{{", "axb{"),
            (r"^(?i)KEY\x20é$", "key É", "key e"),
            (r"^\pL\z", "é", "1"),
        ];
        for (pattern, found, other) in cases {
            let told = translated(pattern);
            let regex = Regex::new(&told).unwrap_or_else(|error| panic!("{pattern} as {told}: {error}"));
            assert!(regex.is_match(found), "{pattern} as {told} on {found}");
            assert!(!regex.is_match(other), "{pattern} as {told} on {other}");
        }
        // What is wrong, or cut off anywhere, breaks nothing.
        for (pattern, ..) in cases {
            for (end, _) in pattern.char_indices() {
                let _ = Regex::new(&translated(&pattern[..end]));
            }
        }
        assert!(Regex::new(&translated("(")).is_err());
    }
}
