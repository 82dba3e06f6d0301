//! Passwords in addresses (`scheme://user:password@host`) and credentials in headers.

use crate::Secret;
use crate::bytes::{Alphabet, base64};
use crate::random::{is_example, is_placeholder, is_random, is_varied};
use std::ops::Range;

/// What is no password of anybody's, or of a machine that nobody else reaches.
const COMMON: [&str; 22] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "user",
    "username",
    "admin",
    "root",
    "guest",
    "test",
    "testing",
    "postgres",
    "mysql",
    "mongo",
    "redis",
    "rabbitmq",
    "sa",
    "token",
    "pw",
    "p",
    "x-oauth-basic",
];
const LONGEST: usize = 256;
const LONGEST_HEADER: usize = 4096;

/// The password of the address whose `://` ends at `at`.
pub(crate) fn password(text: &str, at: usize) -> Option<Secret> {
    let rest = text.get(at..)?;
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '/' | '"' | '\'' | '`' | '<' | '>' | '\\' | '?' | '#' | '(' | ')' | ',')
    };
    let place = &rest[..rest.find(ends).unwrap_or(rest.len()).min(rest.floor_char_boundary(LONGEST))];
    let (login, host) = place.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let lower = password.to_ascii_lowercase();
    let common = COMMON.contains(&lower.as_str())
        || password == user
        || lower.starts_with("test")
        || lower.contains("password");
    let real = password.len() >= 4
        && !host.is_empty()
        && !common
        && !is_example(password)
        && !is_placeholder(password);
    let start = at + user.len() + 1;
    real.then(|| Secret { range: start..start + password.len(), what: "a password in an address".into() })
}

/// What stands behind `Bearer ` or `Basic `.
pub(crate) fn credentials(text: &str, sign: Range<usize>) -> Option<Secret> {
    if text.as_bytes().get(..sign.start)?.last().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let basic = text.get(sign.clone())?.eq_ignore_ascii_case("basic ");
    let rest = text.get(sign.end..)?;
    let length = Alphabet::Base64.run(rest.as_bytes(), LONGEST_HEADER);
    let value = &rest[..length];
    let real = if basic {
        let pair = base64(value).and_then(|bytes| String::from_utf8(bytes).ok());
        length >= 8
            && pair.is_some_and(|pair| {
                pair.split_once(':')
                    .is_some_and(|(_, password)| password.len() >= 4 && !COMMON.contains(&password))
            })
    } else {
        length >= 20 && is_random(value) && is_varied(value) && !is_example(value)
    };
    real.then(|| Secret { range: sign.end..sign.end + length, what: "credentials in a header".into() })
}
