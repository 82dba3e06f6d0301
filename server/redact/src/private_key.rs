//! Private keys: what stands between `-----BEGIN … PRIVATE KEY-----` and its end, on lines of its own or in one string.

use crate::Secret;
use memchr::memmem;

const BEGIN: &str = "-----BEGIN ";
const KIND: &str = "PRIVATE KEY";
const DASHES: &str = "-----";
/// Fewer characters are no key.
const SHORTEST: usize = 40;
const LONGEST: usize = 16 << 10;

pub(crate) fn find(text: &str) -> Vec<Secret> {
    let begins = memmem::find_iter(text.as_bytes(), BEGIN.as_bytes());
    begins.filter_map(|at| body(text, at)).collect()
}

fn body(text: &str, at: usize) -> Option<Secret> {
    let label = text.get(at + BEGIN.len()..)?;
    let closed = label.find(DASHES).filter(|end| *end < 40)?;
    if !label[..closed].contains(KIND) {
        return None;
    }
    let start = at + BEGIN.len() + closed + DASHES.len();
    let rest = text.get(start..)?;
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    // Where its end is missing, up to the first sign that stands in no key.
    let inside = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\\"':,.;()".contains(c);
    let end = rest.find("-----END").unwrap_or_else(|| rest.find(|c| !inside(c)).unwrap_or(rest.len()));
    let body = rest[..end].trim_end();
    let lead = body.len() - body.trim_start().len();
    let letters = body.bytes().filter(u8::is_ascii_alphanumeric).count();
    let drawn = body.bytes().filter(u8::is_ascii_digit).count() * 20 > letters && !body.contains("...");
    (letters >= SHORTEST && drawn)
        .then(|| Secret { range: start + lead..start + body.len(), what: "a private key".into() })
}
