//! A part of a change: what of a file's differences lies in some of its lines.

use std::ops::Range;
use trust_changes::{FileFacts, Hunk, SymbolChange};

/// Whether lines of the new side, from 0, are part of a hunk; what was only removed counts to the line before it and
/// the line after it.
pub fn touches(hunk: &Hunk, lines: &Range<u32>) -> bool {
    let end = lines.end.max(lines.start + 1);
    if hunk.new.is_empty() {
        lines.start <= hunk.new.start && hunk.new.start <= end
    } else {
        hunk.new.start < end && lines.start < hunk.new.end
    }
}

/// What of `facts` lies in `lines` of its new side.
pub fn region(mut facts: FileFacts, lines: &Range<u32>) -> FileFacts {
    facts.hunks.retain(|hunk| touches(hunk, lines));
    let hunks = &facts.hunks;
    let overlap = |one: &Range<u32>, other: &Range<u32>| one.start < other.end && other.start < one.end;
    let concerned = |symbol: &SymbolChange| {
        hunks.iter().any(|hunk| {
            let new = !symbol.new_lines.is_empty()
                && symbol.new_lines.start <= hunk.new.start.max(lines.start)
                && hunk.new.start.max(lines.start) < symbol.new_lines.end
                || overlap(&symbol.new_lines, &hunk.new) && overlap(&symbol.new_lines, lines);
            new || symbol.new_lines.is_empty() && overlap(&symbol.old_lines, &hunk.old)
        })
    };
    // What is in no definition has no lines of its own: it is said where nothing else is.
    if let Some(symbols) = &mut facts.symbols {
        let named = symbols.iter().any(|symbol| symbol.kind.is_some() && concerned(symbol));
        symbols.retain(|symbol| if symbol.kind.is_some() { concerned(symbol) } else { !named });
    }
    facts.added = facts.hunks.iter().map(|hunk| hunk.added.len() as u32).sum();
    facts.removed = facts.hunks.iter().map(|hunk| hunk.removed.len() as u32).sum();
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_changes::hunks;

    #[test]
    fn a_cursor_is_in_a_hunk_or_beside_what_was_removed() {
        let old = "a\nb\nc\nd\ne\n";
        let cases = [
            ("a\nB\nc\nd\ne\n", 1..1, true),
            ("a\nB\nc\nd\ne\n", 2..2, false),
            ("a\nB\nc\nd\ne\n", 0..5, true),
            ("a\nd\ne\n", 0..0, true),
            ("a\nd\ne\n", 1..1, true),
            ("a\nd\ne\n", 2..2, false),
        ];
        for (new, lines, expected) in cases {
            assert_eq!(
                hunks(old, new).iter().any(|hunk| touches(hunk, &lines)),
                expected,
                "{new:?} {lines:?}"
            );
        }
    }
}
