//! What the lines below say already.

use super::alike::alike;
use super::{Draft, is_telling};
use crate::Quiet;
use crate::site::{Shape, Site};

/// Lines that are compared with as many below.
const FIRST: usize = 3;
/// Two lines are one where so many characters of a hundred differ; of shorter ones than this, nothing is said.
const PERCENT: usize = 5;
const SHORTEST: usize = 4;

/// The lines below the cursor's that say something.
fn below(site: &Site) -> impl Iterator<Item = &str> {
    site.after.lines().skip(1).map(str::trim).filter(|line| !line.is_empty())
}

fn same(one: &str, other: &str) -> bool {
    one.len() >= SHORTEST && is_telling(one) && alike(one, other, PERCENT)
}

/// Up to a line that is the next one below.
pub(super) fn up_to_the_line_below(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let Some(next) = below(site).next() else { return Ok(draft) };
    let mut starts = draft.text.match_indices('\n').map(|(at, _)| at + 1);
    let line = |start: usize| draft.text[start..].lines().next().unwrap_or_default().trim();
    let end = starts.find(|start| same(line(*start), next));
    Ok(match end {
        Some(end) => draft.up_to(end),
        None => draft,
    })
}

/// Without the lines at its end that are the next ones below, however short, where one of them says something.
pub(super) fn without_lines_below(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    if site.shape == Shape::Line {
        return Ok(draft);
    }
    let lines: Vec<&str> = draft.text.lines().map(str::trim).collect();
    let below: Vec<&str> = below(site).take(lines.len()).collect();
    let most = lines.len().saturating_sub(1).min(below.len());
    let shared = (1..=most).rev().find(|count| {
        let (ours, theirs) = (&lines[lines.len() - count..], &below[..*count]);
        ours == theirs && ours.iter().any(|line| is_telling(line))
    });
    let end = shared.and_then(|count| draft.text.match_indices('\n').nth(lines.len() - count - 1));
    Ok(match end {
        Some((end, _)) => draft.up_to(end),
        None => draft,
    })
}

/// Nothing whose lines, the cursor's among them, are those below, or whose text stands behind the cursor.
pub(super) fn other_than_below(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let rest = site.line_after().trim();
    let whole = format!("{}{}", site.line_before(), draft.text);
    let lines: Vec<&str> = whole.lines().map(str::trim).filter(|line| !line.is_empty()).take(FIRST).collect();
    let below: Vec<&str> = below(site).take(lines.len()).collect();
    let first =
        lines.first().zip(below.first()).is_some_and(|(one, other)| one.len() >= SHORTEST && one == other);
    let all = lines.len() == below.len() && same(&lines.join("\n"), &below.join("\n"));
    let behind = !rest.is_empty() && draft.text.trim() == rest;
    if first || all || behind { Err(Quiet::Repeats) } else { Ok(draft) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::check;

    #[test]
    fn a_text_stops_where_the_line_below_begins() {
        let place = "def f():\n    |\n    return total\n";
        check(
            up_to_the_line_below,
            &[
                (place, "total = 0\n    return total\n    x()", Some("total = 0")),
                (place, "total = 0\n    return totals", Some("total = 0\n    return totals")),
                (place, "total = 0", Some("total = 0")),
                ("f() {\n    |\n    }\n", "a();\n    }", Some("a();\n    }")),
                (
                    "f() {\n    |\n    process(first_argument);\n}",
                    "a();\n    process(first_arguments);\n    b();",
                    Some("a();"),
                ),
                ("f() {\n    |", "a();\n    b();", Some("a();\n    b();")),
            ],
        );
    }

    #[test]
    fn lines_that_stand_below_are_no_end() {
        let place = "if a {\n    |\n    }\n    step();\n}\n";
        check(
            without_lines_below,
            &[
                (place, "c();\n    }\n    step();", Some("c();")),
                (place, "c();\n    }", Some("c();\n    }")),
                (place, "}\n    step();", Some("}\n    step();")),
                (place, "c();\n    d();", Some("c();\n    d();")),
                ("x = |\nb();\n", "c", Some("c")),
            ],
        );
    }

    #[test]
    fn what_stands_below_is_not_said_again() {
        check(
            other_than_below,
            &[
                ("    a|\n    abc();", "bc();", None),
                ("    a|\n    abcd();", "bc();", Some("bc();")),
                ("let total = |\nlet total = sum(values);\n", "sum(value);", None),
                ("let first = |\nlet second = sum(values);\n", "sum(values);", Some("sum(values);")),
                ("case 1|\ncase 2: return names[2];\n", ": return names[1];", Some(": return names[1];")),
                ("f(|);", ");", None),
                ("f(|);", "a", Some("a")),
                ("|\n}\n}\n", "}", Some("}")),
                ("f() {\n    |\n    one(a);\n    two(b);\n", "one(a);\n    two(b);", None),
            ],
        );
    }
}
