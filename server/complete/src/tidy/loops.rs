//! Small models fall into loops, and are sure of them: a text ends where it begins to say the same again and again.

use super::alike::alike;
use super::{Draft, is_telling};
use crate::Quiet;
use crate::site::Site;

/// A line's end is a loop from so many characters, said so often in succession.
const IN_A_LINE: [(usize, usize); 2] = [(3, 5), (10, 3)];
/// The longest that is looked for.
const LONGEST: usize = 80;
/// One line so often in succession is a loop.
const LINES: usize = 3;
/// Two blocks of so many lines or more, alike but for so many characters of a hundred, are one.
const BLOCK: usize = 2;
const PERCENT: usize = 10;

/// Up to the line before one that ends in a loop.
pub(super) fn in_a_line(_: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let mut start = 0;
    for line in draft.text.split_inclusive('\n') {
        if loops(line.trim_end()) {
            return if start == 0 { Err(Quiet::Repeats) } else { Ok(draft.up_to(start)) };
        }
        start += line.len();
    }
    Ok(draft)
}

fn loops(line: &str) -> bool {
    let signs: Vec<char> = line.chars().collect();
    (IN_A_LINE[0].0..=LONGEST.min(signs.len() / 2)).any(|unit| {
        // Lines are drawn with signs alone.
        let says = signs[signs.len() - unit..].iter().any(|sign| sign.is_alphanumeric());
        let same = (unit..signs.len()).rev().take_while(|at| signs[*at] == signs[at - unit]).count();
        says && IN_A_LINE.iter().any(|(from, times)| unit >= *from && same / unit + 1 >= *times)
    })
}

/// Up to where a block of lines, or a line, begins to be said again.
pub(super) fn of_lines(_: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let mut starts = vec![0];
    starts.extend(draft.text.match_indices('\n').map(|(at, _)| at + 1));
    let lines: Vec<&str> = draft.text.lines().map(str::trim).collect();
    let count = lines.len().min(starts.len());
    let again = (0..count).find_map(|at| {
        let same = lines[at..].iter().take_while(|line| **line == lines[at]).count();
        if same >= LINES && is_telling(lines[at]) {
            return Some(at + 1);
        }
        let size = (BLOCK..=(count - at) / 2).find(|size| {
            let (one, other) = (lines[at..at + size].join("\n"), lines[at + size..at + 2 * size].join("\n"));
            is_telling(&one) && alike(&one, &other, PERCENT)
        });
        size.map(|size| at + size)
    });
    Ok(match again {
        Some(line) => draft.up_to(starts[line]),
        None => draft,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::check;

    #[test]
    fn ends_of_lines_that_loop() {
        check(
            in_a_line,
            &[
                ("|", "a, b, a, b, a, b, a, b, a, b, a, b", None),
                ("|", "x.next().next().next().next().next()", None),
                ("|", "x.next().next()", Some("x.next().next()")),
                ("|", "first();\nfoo(bar, foo(bar, foo(bar, foo(bar, foo(bar, foo(bar, ", Some("first();")),
                ("|", "self.value.clone().and(self.value.clone().and(self.value.clone().and(", None),
                ("|", "// ----------------------------", Some("// ----------------------------")),
                ("|", "a || b || c || d || e || f", Some("a || b || c || d || e || f")),
                ("|", "", Some("")),
            ],
        );
    }

    #[test]
    fn lines_and_blocks_that_loop() {
        check(
            of_lines,
            &[
                ("|", "a(1);\nb(1);\nb(1);\nb(1);", Some("a(1);\nb(1);")),
                ("|", "b(1);\nb(1);", Some("b(1);\nb(1);")),
                ("|", "}\n}\n}", Some("}\n}\n}")),
                ("|", "open(file);\nread(file);\nopen(file);\nread(file);", Some("open(file);\nread(file);")),
                ("|", "open(file);\nread(file);\nopen(fill);\nread(file);", Some("open(file);\nread(file);")),
                ("|", "x(1);\ny(1);\nx(2);\ny(2);", Some("x(1);\ny(1);\nx(2);\ny(2);")),
                ("|", "one();\ntwo();", Some("one();\ntwo();")),
            ],
        );
    }
}
