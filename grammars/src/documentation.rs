//! Where the documentation of a definition stands: comments above it, or the string that its body begins with.

use crate::{DefinitionKind, Language};
use std::ops::Range;

/// How far up a comment's beginning is looked for, in bytes.
const LONGEST_COMMENT: usize = 16 << 10;

/// The longest line that is looked at, in bytes.
const LONGEST_LINE: usize = 1 << 10;

/// How a language documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Documents {
    /// In comments above: what their lines begin with, besides `/** ... */`.
    Above(&'static [&'static str]),
    /// In the string at the beginning of a body.
    Inside,
}

pub(crate) fn documentation(
    language: Language,
    source: &str,
    item: &Range<usize>,
    signature: &Range<usize>,
    kind: DefinitionKind,
) -> Option<Range<usize>> {
    use DefinitionKind::{Class, Function, Method};
    match language.spec().documents {
        Documents::Above(prefixes) => above(source, item.start, prefixes),
        Documents::Inside if matches!(kind, Class | Function | Method) => {
            inside(source, signature.end, item.end)
        }
        Documents::Inside => None,
    }
}

/// The comment lines just above `at`; attributes and decorators may stand between.
fn above(source: &str, at: usize, prefixes: &[&str]) -> Option<Range<usize>> {
    let bytes = source.as_bytes();
    let line_start = |at: usize| {
        let from = at.saturating_sub(LONGEST_LINE);
        let line_break = bytes[from..at].iter().rposition(|byte| *byte == b'\n');
        line_break.map_or((from == 0).then_some(0), |at| Some(from + at + 1))
    };
    let mut start = line_start(at)?;
    // Modifiers may stand before an item on its line, another item may not.
    let modifier = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\t' | b'(' | b')');
    if !bytes[start..at].iter().all(modifier) {
        return None;
    }
    let mut found: Option<Range<usize>> = None;
    while let Some(line_end) = start.checked_sub(1) {
        let begin = line_start(line_end)?;
        let line = source.get(begin..line_end)?;
        let text = line.trim();
        let text_start = begin + line.len() - line.trim_start().len();
        let text_end = text_start + text.len();
        if prefixes.iter().any(|prefix| text.starts_with(prefix)) && !text.starts_with("#[") {
            let end = found.map_or(text_end, |found| found.end);
            found = Some(text_start..end);
        } else if text.ends_with("*/") && found.is_none() {
            let from = source.floor_char_boundary(text_end.saturating_sub(LONGEST_COMMENT));
            let open = from + source.get(from..text_end)?.rfind("/*")?;
            let is_documentation = source[open..].starts_with("/**");
            return (is_documentation && source[line_start(open)?..open].trim().is_empty())
                .then_some(open..text_end);
        } else if found.is_some() || !(text.starts_with("#[") || text.starts_with('@')) {
            break;
        }
        start = begin;
    }
    found
}

/// The string that begins the body, which begins at `from`.
fn inside(source: &str, from: usize, end: usize) -> Option<Range<usize>> {
    let mut text = source.get(from..end)?;
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
        if !text.starts_with('#') {
            break;
        }
        text = &text[text.find('\n')?..];
    }
    let start = end - text.len();
    let quoted = text.trim_start_matches(['r', 'R', 'u', 'U']);
    let prefix = text.len() - quoted.len();
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| quoted.starts_with(quotes))?;
    if prefix > 1 {
        return None;
    }
    let mut rest = quoted[quotes.len()..].char_indices();
    while let Some((at, character)) = rest.next() {
        match character {
            '\\' => drop(rest.next()),
            '\n' if quotes.len() == 1 => return None,
            _ if quoted[quotes.len() + at..].starts_with(quotes) => {
                return Some(start..start + prefix + quotes.len() * 2 + at);
            }
            _ => {}
        }
    }
    None
}
