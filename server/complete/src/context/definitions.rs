//! Definitions of the names near the cursor, with the members of the types among them.

use super::{MISSES, Room};
use crate::site::unix_lines;
use std::collections::HashSet;
use trust_index::{DefinitionKind, FileId, Reader, Snapshot, Symbol};

/// A name that more places define than this says nothing.
const DEFINERS: usize = 4;
/// Members told of one type.
const MEMBERS: usize = 12;

/// Lines to quote, by file, in the order in which they stand there.
pub(super) fn definitions(
    index: &Snapshot,
    reader: &Reader<&Snapshot>,
    own: Option<FileId>,
    names: &[&str],
    room: Room,
) -> Vec<(FileId, String)> {
    let (mut left, mut misses) = (room.most, 0);
    let mut chosen: Vec<(FileId, usize, String)> = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        if misses >= MISSES {
            break;
        }
        for symbol in index.definitions_at_most(name, DEFINERS).unwrap_or_default() {
            if Some(symbol.file) == own || !seen.insert((symbol.file, symbol.range.start)) {
                continue;
            }
            for symbol in std::iter::once(symbol.clone()).chain(members(index, &symbol)) {
                let Some(signature) = reader.signature(&symbol) else { break };
                let line = one_line(&signature);
                // Indented as a member where it is one.
                let line = if symbol.container.is_some() { format!("    {line}") } else { line };
                let cost = (room.cost)(&line) + 1;
                if cost > left {
                    misses += 1;
                    continue;
                }
                left -= cost;
                chosen.push((symbol.file, symbol.range.start, line));
            }
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    let mut files: Vec<(FileId, String)> = Vec::new();
    for (file, _, line) in chosen {
        match files.last_mut().filter(|(last, _)| *last == file) {
            Some((_, text)) => {
                text.push('\n');
                text.push_str(&line);
            }
            None => files.push((file, line)),
        }
    }
    files
}

/// The members of a type, those of its impl blocks in the same file too.
fn members<'a>(index: &'a Snapshot, of: &Symbol<'a>) -> Vec<Symbol<'a>> {
    use DefinitionKind::{Class, Enum, Interface, Struct, Trait};
    if !matches!(of.kind, Class | Enum | Interface | Struct | Trait) {
        return Vec::new();
    }
    let mut found = index.definitions_in(of.file);
    found.retain(|symbol| symbol.container == Some(of.name) && symbol.range != of.range);
    found.truncate(MEMBERS);
    found
}

pub(super) fn one_line(signature: &str) -> String {
    let text = unix_lines(signature.to_owned());
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}
