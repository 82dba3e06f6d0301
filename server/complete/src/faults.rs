//! Whether a text brings syntax errors: ERROR and MISSING nodes are compared one by one with those that stood there before it,
//! moved by the edit.
//!
//! What is broken around the cursor may be broken in another way behind the text, where no more of it is, and an error may grow.
//! Elsewhere, and before the text's own end, a node that was not there is new, whatever else has gone.

use std::ops::Range;
use trust_grammars::ErrorNode;

/// In a text of more errors than these no place says anything: they are counted.
const MANY: usize = 400;

/// An edit at the cursor, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// White space around the cursor: where it begins before it, and how far it goes behind it. Errors that end there, or begin
    /// there, are the cursor's.
    pub(crate) blank: (usize, usize),
    /// What was replaced, from the cursor on, and what stands there now.
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

impl Inserted {
    /// Where a node of the text before the edit is behind it.
    fn moved(&self, range: &Range<usize>) -> Range<usize> {
        let moved =
            |byte: usize| if byte >= self.old.end { byte - self.old.end + self.new.end } else { byte };
        moved(range.start)..moved(range.end)
    }

    fn touches(&self, node: &Range<usize>, end: usize) -> bool {
        node.start <= end + self.blank.1 && node.end >= self.blank.0
    }
}

/// Whether one of `after` was not among `before`.
pub(crate) fn brings(before: &[ErrorNode], after: &[ErrorNode], edit: &Inserted) -> bool {
    if after.is_empty() || before.len().max(after.len()) > MANY {
        return after.len() > before.len();
    }
    // What was broken around the cursor, and as far.
    let around = || before.iter().map(|node| &node.range).filter(|range| edit.touches(range, edit.old.end));
    let start = around().map(|range| range.start).min().unwrap_or(edit.blank.0);
    let end = around().map(|range| edit.moved(range).end).max().unwrap_or(edit.new.end);
    // Where the text stands within something broken, nothing is to be expected of it.
    let within = around().any(|range| range.start < edit.old.start && range.end > edit.old.end);
    let is_here =
        |range: &Range<usize>| edit.touches(range, edit.new.end) || start <= range.start && range.end <= end;
    let mut gone: Vec<(Range<usize>, Option<u16>)> =
        before.iter().map(|node| (edit.moved(&node.range), node.missing)).collect();
    let mut others = Vec::new();
    for node in after {
        match gone.iter().position(|(range, missing)| (range, missing) == (&node.range, &node.missing)) {
            Some(same) => drop(gone.swap_remove(same)),
            None => others.push(&node.range),
        }
    }
    others.into_iter().any(|range| {
        let own = range.start >= edit.new.start && range.end < edit.new.end && !within;
        let may_be = |old: &Range<usize>| {
            is_here(range) && is_here(old) || range.start <= old.start && old.end <= range.end
        };
        match gone.iter().position(|(old, _)| !own && may_be(old)) {
            Some(old) => {
                gone.swap_remove(old);
                false
            }
            None => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes from `12-15` for an error, `12?` for something missing.
    fn nodes(told: &str) -> Vec<ErrorNode> {
        let node = |one: &str| match one.split_once('-') {
            Some((start, end)) => {
                ErrorNode { range: start.parse().unwrap()..end.parse().unwrap(), missing: None }
            }
            None => {
                let at = one.trim_end_matches('?').parse().unwrap();
                ErrorNode { range: at..at, missing: Some(7) }
            }
        };
        told.split_whitespace().map(node).collect()
    }

    #[test]
    fn a_node_is_new_where_none_stood_before() {
        // Five bytes at byte 20, with white space of two before it and of three behind it.
        let edit = Inserted { blank: (18, 3), old: 20..20, new: 20..25 };
        let cases = [
            // (before, after, whether one is new)
            ("", "", false),
            ("", "22-24", true),
            ("", "40?", true),
            // Elsewhere it must be the same one, of the same kind, moved by the edit.
            ("3-5 40-42", "3-5 45-47", false),
            ("3-5 40-42", "3-5 40-42", true),
            ("40?", "45?", false),
            ("40?", "46-47", true),
            ("3-5", "45-47", true),
            ("3-5 40-42", "3-5", false),
            ("40? 40?", "45? 45?", false),
            ("40?", "45? 45?", true),
            // Around the cursor as many as before, of any kind.
            ("10-18", "10-25", false),
            ("10-18", "25?", false),
            ("10-18", "23-25 25?", true),
            ("20?", "22-25", false),
            // What goes wrong before the text ends is its own.
            ("10-18", "22-24", true),
            ("20?", "23?", true),
            ("10-30", "22-24", false),
            ("20?", "28-31", false),
            ("20?", "29-31", true),
            // An error may grow.
            ("30-32 34-35", "25-40", false),
            ("30-32", "24-37 60?", true),
            ("0-90 30-32 34-35", "0-95 22-37 39-40", false),
            // One that heals there is no leave for another elsewhere.
            ("10-18", "60?", true),
            // Within what was broken around the cursor, though.
            ("10-50", "40-44", false),
            ("10-50", "40-44 46?", true),
        ];
        for (before, after, expected) in cases {
            assert_eq!(brings(&nodes(before), &nodes(after), &edit), expected, "{before:?} {after:?}");
        }
        // Two bytes are replaced.
        let edit = Inserted { blank: (20, 0), old: 20..22, new: 20..25 };
        assert!(!brings(&nodes("30-31"), &nodes("33-34"), &edit));
        assert!(brings(&nodes("30-31"), &nodes("35-36"), &edit));
    }

    #[test]
    fn many_errors_are_counted() {
        let edit = Inserted { blank: (0, 0), old: 0..0, new: 0..5 };
        let at = |count: usize, from: usize| -> Vec<ErrorNode> {
            (0..count)
                .map(|one| ErrorNode { range: from + 2 * one..from + 2 * one + 1, missing: None })
                .collect()
        };
        for (before, after, expected) in
            [(9, 9, true), (MANY + 1, MANY + 1, false), (MANY + 1, MANY + 2, true)]
        {
            assert_eq!(brings(&at(before, 100), &at(after, 200), &edit), expected, "{before} {after}");
        }
        assert!(!brings(&at(9, 100), &at(9, 105), &edit));
    }
}
