//! What is assigned to a name that says it is a secret: `api_key = "…"`, `"password": "…"`, `TOKEN=…`.

use crate::Secret;
use crate::random::{is_example, is_name, is_password, is_placeholder, is_random, is_uuid};
use std::ops::Range;

/// How much a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// People choose these: words with a digit or a sign.
    Password,
    /// Programs draw these.
    Drawn,
}

/// Parts of names, in lower case. None begins with another.
pub(crate) static NAMES: &[(&str, Weight)] = &[
    ("password", Weight::Password),
    ("passwd", Weight::Password),
    ("passphrase", Weight::Password),
    ("pwd", Weight::Password),
    ("secret", Weight::Drawn),
    ("token", Weight::Drawn),
    ("api_key", Weight::Drawn),
    ("api-key", Weight::Drawn),
    ("apikey", Weight::Drawn),
    ("access_key", Weight::Drawn),
    ("access-key", Weight::Drawn),
    ("accesskey", Weight::Drawn),
    ("account_key", Weight::Drawn),
    ("accountkey", Weight::Drawn),
    ("auth_key", Weight::Drawn),
    ("authkey", Weight::Drawn),
    ("private_key", Weight::Drawn),
    ("privatekey", Weight::Drawn),
    ("signing_key", Weight::Drawn),
    ("signing-key", Weight::Drawn),
    ("private-key", Weight::Drawn),
    ("signingkey", Weight::Drawn),
    ("encryption_key", Weight::Drawn),
    ("encryptionkey", Weight::Drawn),
    ("master_key", Weight::Drawn),
    ("credential", Weight::Drawn),
];
/// Other words of a name that say that its value is no secret.
const HARMLESS: [&str; 13] = [
    "public",
    "hash",
    "digest",
    "checksum",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "etag",
    "fingerprint",
    "example",
    "tokenizer",
    "test",
];
/// Words that say so behind another and a sign.
const HARMLESS_BEHIND: [&str; 7] = ["id", "url", "uri", "path", "file", "name", "type"];
/// Bytes of a name in front of and behind the part, and of a type that stands between it and the value.
const LONGEST_NAME: usize = 48;
const LONGEST_TYPE: usize = 24;
const SHORTEST: usize = 8;
const LONGEST: usize = 512;

/// The secret assigned to the name in which `part` stands, if there is one.
pub(crate) fn at(text: &str, part: Range<usize>, weight: Weight) -> Option<Secret> {
    let bytes = text.as_bytes();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let behind = bytes.get(part.end..)?.iter().take(LONGEST_NAME).take_while(is_name).count();
    let before = bytes[..part.start].iter().rev().take(LONGEST_NAME);
    let before = before.take_while(is_name).count();
    let dashes = bytes[part.start - before..].iter().take_while(|byte| **byte == b'-').count();
    let name = part.start - before + dashes..part.end + behind;
    let (quote, start) = value(text, name.clone())?;
    let (name, part) = (text.get(name)?, text.get(part)?);
    let rest = text.get(start..)?;
    // One more than a secret has, for what is longer is none.
    let rest = &rest[..rest.floor_char_boundary(LONGEST + 1)];
    let value = match quote {
        Some(quote) => rest.get(..closing(rest, quote)?)?,
        None => &rest[..rest.find(ends).unwrap_or(rest.len())],
    };
    let written = quote.is_none() && !stands_bare(value, rest.as_bytes().get(value.len()));
    let range = start..start + value.len();
    (!written && is_secret(value, weight) && !is_harmless(name, part))
        .then(|| Secret { range, what: what(weight).into() })
}

/// Whether a value without quotes, with `behind` behind it, is a value and no expression of some language.
fn stands_bare(value: &str, behind: Option<&u8>) -> bool {
    let ended = match behind {
        None | Some(b'\n' | b'\r' | b' ' | b'"' | b'\'' | b'<' | b'&') => true,
        // Within the string of a connection.
        Some(b';') => value.len() >= 40,
        Some(_) => false,
    };
    ended
        && is_random(value)
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && !value.contains(['(', '[', '{', ':', '|', '*', '?', '\\'])
}

/// What ends a value that stands in no quotes.
fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | ')' | '&' | '#' | '<')
}

fn what(weight: Weight) -> &'static str {
    match weight {
        Weight::Password => "a password",
        Weight::Drawn => "a secret value",
    }
}

/// Where the value begins that is assigned to a name which ends at `at`, and the quote before it.
fn value(text: &str, name: Range<usize>) -> Option<(Option<u8>, usize)> {
    let bytes = text.as_bytes();
    // The name's own quote, escaped or not, or the bracket of `["name"]`.
    let after_name = skip(bytes, name.end, b"\\\"'`])");
    let quoted = after_name > name.end && text.get(..name.start)?.ends_with(['"', '\'', '`']);
    let at = skip(bytes, after_name, b" \t");
    let rest = text.get(at..)?;
    let before = text.get(..name.start)?;
    let start = match bytes.get(at)? {
        b'=' => skip(bytes, at, b"=>"),
        b':' => behind_type(bytes, skip(bytes, at, b":=")),
        b',' if quoted => at + 1,
        // <password>…</password>
        b'>' if before.ends_with('<') => at + 1,
        // key="ApiKey" value="…"
        b'v' if quoted && rest.starts_with("value=") => at + "value=".len(),
        // #define API_KEY "…"
        b'"' if at > after_name && before.trim_end().ends_with("#define") => at,
        // --password …
        _ if at > after_name && !quoted && before.ends_with("--") => at,
        _ => return None,
    };
    let mut start = skip(bytes, start, b" \t");
    // Of a string's prefix: `b"…"`, `String::from("…")`.
    for prefix in ["String::from(", "Some(", "b", "r", "u", "f"] {
        let rest = text.get(start..).unwrap_or_default();
        if let Some(rest) = rest.strip_prefix(prefix).filter(|rest| rest.starts_with(['"', '\''])) {
            start = text.len() - rest.len();
            break;
        }
    }
    let escaped = bytes.get(start) == Some(&b'\\') && matches!(bytes.get(start + 1), Some(b'"' | b'\''));
    let start = start + usize::from(escaped);
    match bytes.get(start)? {
        quote @ (b'"' | b'\'' | b'`') => Some((Some(*quote), start + 1)),
        _ => Some((None, start)),
    }
}

fn skip(bytes: &[u8], mut at: usize, signs: &[u8]) -> usize {
    while bytes.get(at).is_some_and(|byte| signs.contains(byte)) {
        at += 1;
    }
    at
}

/// Behind the type and the `=` that may stand at `at`, or there.
fn behind_type(bytes: &[u8], at: usize) -> usize {
    let typed = skip(bytes, at, b" ");
    let is_type = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_&'<>:|? ".contains(byte);
    let length = bytes.get(typed..).unwrap_or_default().iter().take(LONGEST_TYPE).take_while(is_type).count();
    let behind = typed + length;
    let assigned = bytes.get(behind) == Some(&b'=') && bytes.get(behind + 1) != Some(&b'=');
    if length > 0 && assigned { behind + 1 } else { at }
}

/// How long the string is that ends with this quote on its line.
fn closing(text: &str, quote: u8) -> Option<usize> {
    let end = text.bytes().take(LONGEST + 1).position(|byte| byte == quote || byte == b'\n')?;
    let end = if text.as_bytes()[..end].last() == Some(&b'\\') { end - 1 } else { end };
    (text.as_bytes().get(end) != Some(&b'\n')).then_some(end)
}

fn is_secret(value: &str, weight: Weight) -> bool {
    let plain = value.is_ascii() && !value.contains(char::is_whitespace);
    if !plain
        || !(SHORTEST..=LONGEST).contains(&value.len())
        || is_example(value)
        || is_placeholder(value)
        || is_uuid(value)
    {
        return false;
    }
    if is_reference(value) || is_expression(value) {
        return false;
    }
    match weight {
        Weight::Drawn => value.len() >= 12 && is_random(value),
        Weight::Password if value.contains('/') && is_name(value) => false,
        Weight::Password => is_random(value) && value.len() >= 12 || is_password(value),
    }
}

/// Whether a name says that its value is no secret, beside the part of it that says it is one. Whole words do, for `latestToken`
/// is none of a test; the part itself may be written together with one (`passwordhash`).
fn is_harmless(name: &str, part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    let mut behind = name.split(['_', '-']).skip(1);
    if behind.any(|word| HARMLESS_BEHIND.iter().any(|harmless| word.eq_ignore_ascii_case(harmless))) {
        return true;
    }
    words(name).any(|word| {
        let word = word.to_ascii_lowercase();
        let alone = word.strip_prefix(&part).or_else(|| word.strip_suffix(&part)).unwrap_or(&word);
        [word.as_str(), alone].into_iter().any(says_harmless)
    })
}

fn says_harmless(word: &str) -> bool {
    HARMLESS
        .iter()
        .filter_map(|harmless| word.strip_prefix(harmless))
        .any(|ending| matches!(ending, "s" | "es" | "ed") || ending.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The words of a name: between its signs, and where its case changes.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['_', '-', '.']).flat_map(|run| {
        let (mut rest, mut ended) = (run, false);
        std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let bytes = rest.as_bytes();
            let begins = |at: usize| {
                let is_upper = bytes[at].is_ascii_uppercase();
                let behind_lower = !bytes[at - 1].is_ascii_uppercase();
                is_upper && (behind_lower || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase))
            };
            let end = (1..bytes.len()).find(|at| begins(*at));
            ended = end.is_none();
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            rest = behind;
            Some(word)
        })
    })
}

/// Whether it is a piece of code, or bytes that are no text.
fn is_expression(value: &str) -> bool {
    value.contains('(') && value.contains(')') || value.contains("\\x") || value.contains("\\u")
}

/// Whether it says where something else is: an address, a path, a member, a variable.
fn is_reference(value: &str) -> bool {
    let starts = [
        "http:", "https:", "file:", "data:", "./", "../", "~", "@", "--", "env:", "vault:", "arn:",
        "sha256-", "sha512-", "sha1-", "sk_test_", "pk_test_", "pk_live_", "rk_test_",
    ];
    let upper = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && value.contains('_');
    starts.iter().any(|start| value.starts_with(start)) || upper || value.contains("://")
}
