//! Lines that differ, in hunks as git draws them.

use imara_diff::{Algorithm, Diff, InternedInput};
use std::ops::Range;

/// From here on the faster algorithm is taken.
const MANY_LINES: usize = 50_000;
/// How much of a line stands in a hunk's header, in characters.
const HEADER: usize = 80;

/// Lines that were replaced. Line numbers count from 0; an empty range stands between two lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    pub old: Range<u32>,
    pub new: Range<u32>,
    /// Without line ends.
    pub removed: Vec<String>,
    pub added: Vec<String>,
    /// The nearest line above that looks like a heading.
    pub header: String,
}

/// The hunks between two texts, in order. Line ends `\n` and `\r\n` count as different.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let input = InternedInput::new(old, new);
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (split(old), split(new));
    let lines = |all: &[&str], range: &Range<u32>| -> Vec<String> {
        let part = all.get(range.start as usize..range.end as usize).unwrap_or_default();
        part.iter().map(|line| line.trim_end_matches(['\n', '\r']).to_owned()).collect()
    };
    let hunk = |hunk: imara_diff::Hunk| Hunk {
        removed: lines(&old_lines, &hunk.before),
        added: lines(&new_lines, &hunk.after),
        header: heading(&old_lines, hunk.before.start),
        old: hunk.before,
        new: hunk.after,
    };
    diff(&input).hunks().map(hunk).collect()
}

/// How many lines were added and removed.
pub fn line_counts(old: &str, new: &str) -> (u32, u32) {
    let diff = diff(&InternedInput::new(old, new));
    (diff.count_additions(), diff.count_removals())
}

fn diff(input: &InternedInput<&str>) -> Diff {
    let many = input.before.len().max(input.after.len()) > MANY_LINES;
    let mut diff = Diff::compute(if many { Algorithm::Myers } else { Algorithm::Histogram }, input);
    diff.postprocess_lines(input);
    diff
}

pub(crate) fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn heading(lines: &[&str], before: u32) -> String {
    let above = lines.get(..before as usize).unwrap_or_default();
    let looks =
        |line: &&&str| line.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#' | '['));
    let line = above.iter().rev().take(2_000).find(looks);
    line.map(|line| line.trim_end().chars().take(HEADER).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_say_what_stands_where() {
        let cases: [(&str, &str, &[(Range<u32>, Range<u32>)]); 6] = [
            ("", "", &[]),
            ("a\n", "a\n", &[]),
            ("a\nb\nc\n", "a\nx\nc\n", &[(1..2, 1..2)]),
            ("", "a\nb", &[(0..0, 0..2)]),
            ("a\nb\nc\nd\n", "b\nc\nx\nd\n", &[(0..1, 0..0), (3..3, 2..3)]),
            ("a\n", "a\r\n", &[(0..1, 0..1)]),
        ];
        for (old, new, expected) in cases {
            let found: Vec<_> = hunks(old, new).into_iter().map(|hunk| (hunk.old, hunk.new)).collect();
            assert_eq!(found, expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn hunks_have_headings() {
        let old = "# One\n\ntext\n\n# Two\n\nmore\n";
        let found = hunks(old, &old.replace("more", "other"));
        assert_eq!(found[0].header, "# Two");
        assert_eq!((found[0].removed[0].as_str(), found[0].added[0].as_str()), ("more", "other"));
    }
}
