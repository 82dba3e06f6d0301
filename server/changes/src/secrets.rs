//! Secrets in what changed. They are found and masked once both sides are compared: a secret that was exchanged is a
//! difference, and what is quoted of it afterwards, by whomever, holds neither.

use crate::hunks::split;
use crate::{Hunk, SymbolChange};
use std::borrow::Cow;
use trust_redact::{Secret, detector, mask};
use xxhash_rust::xxh3::xxh3_64;

/// Characters by which a secret is known again where it was cut off.
const BEGINNING: usize = 8;

/// A secret in a line that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedSecret {
    /// Of the new side, from 0.
    pub line: u32,
    /// The bytes of the line before it.
    pub column: usize,
    /// What it is, with its article.
    pub what: Cow<'static, str>,
    /// Of the line as it stands; the same as that of a removed line where it was only moved.
    pub hash: u64,
}

/// What was found before it was masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    pub added: Vec<AddedSecret>,
    /// The hashes of the lines with secrets that were removed.
    pub removed: Vec<u64>,
}

/// Masks the secrets of both sides wherever they stand in what is known of the change.
pub(crate) fn hide(
    (old, new): (&mut String, &mut String),
    hunks: &mut [Hunk],
    symbols: Option<&mut Vec<SymbolChange>>,
) -> Secrets {
    let (before, after) = (detector().find(old), detector().find(new));
    if before.is_empty() && after.is_empty() {
        return Secrets::default();
    }
    let value = |text: &str, secret: &Secret| text.get(secret.range.clone()).unwrap_or_default().to_owned();
    let mut values: Vec<String> = before.iter().map(|secret| value(old, secret)).collect();
    values.extend(after.iter().map(|secret| value(new, secret)));
    let added = after.iter().map(|secret| place(new, secret));
    let added = added.filter(|secret| hunks.iter().any(|hunk| hunk.new.contains(&secret.line))).collect();
    let removed = before.iter().map(|secret| place(old, secret));
    let removed = removed.filter(|secret| hunks.iter().any(|hunk| hunk.old.contains(&secret.line)));
    let secrets = Secrets { added, removed: removed.map(|secret| secret.hash).collect() };

    (*old, *new) = (mask(old, &before).into_owned(), mask(new, &after).into_owned());
    let (old_lines, new_lines) = (split(old), split(new));
    for hunk in hunks {
        let sides = [(&mut hunk.removed, &hunk.old, &old_lines), (&mut hunk.added, &hunk.new, &new_lines)];
        for (lines, range, all) in sides {
            let masked = all.get(range.start as usize..range.end as usize).unwrap_or_default();
            for (line, masked) in lines.iter_mut().zip(masked) {
                *line = masked.trim_end_matches(['\n', '\r']).to_owned();
            }
        }
        hunk.header = without(&hunk.header, &values);
    }
    for symbol in symbols.into_iter().flatten() {
        for signature in [&mut symbol.old_signature, &mut symbol.new_signature].into_iter().flatten() {
            *signature = without(signature, &values);
        }
    }
    secrets
}

fn place(text: &str, secret: &Secret) -> AddedSecret {
    let before = text.get(..secret.range.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    AddedSecret {
        line: before.bytes().filter(|byte| *byte == b'\n').count() as u32,
        column: secret.range.start - start,
        what: secret.what.clone(),
        hash: xxh3_64(line.trim().as_bytes()),
    }
}

/// A text that was taken out of its place, and perhaps cut off, without these values.
fn without(text: &str, values: &[String]) -> String {
    let mut text = text.to_owned();
    for value in values {
        let beginning = &value[..value.floor_char_boundary(BEGINNING.min(value.len()))];
        let mut from = 0;
        while let Some(at) =
            text.get(from..).and_then(|rest| rest.find(beginning)).filter(|_| !beginning.is_empty())
        {
            let at = from + at;
            let same = text[at..].bytes().zip(value.bytes()).take_while(|(a, b)| a == b).count();
            from = text.floor_char_boundary(at + same).max(at + beginning.len());
            text = mask(&text, &[Secret { range: at..from, what: Cow::Borrowed("") }]).into_owned();
        }
    }
    detector().redact(&text).into_owned()
}
