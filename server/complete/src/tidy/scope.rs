//! How much is wanted: the rest of a line, or what belongs to the block at the cursor.

use super::Draft;
use crate::Quiet;
use crate::brackets::unopened;
use crate::site::{Shape, Site};

/// A single line where one is wanted.
pub(super) fn one_line(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    if site.shape == Shape::Block {
        return Ok(draft);
    }
    let end = draft.text.lines().next().map_or(0, str::len);
    Ok(draft.up_to(end))
}

/// The lines that belong to the block at the cursor: up to the first that is indented less.
pub(super) fn within_the_block(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    if site.shape == Shape::Line {
        return Ok(draft);
    }
    let indent = site.line_before().len();
    let mut end = 0;
    for (number, line) in draft.text.split_inclusive('\n').enumerate() {
        let width = line.len() - line.trim_start().len();
        if number > 0 && !line.trim().is_empty() && width < indent {
            break;
        }
        end += line.len();
    }
    Ok(draft.up_to(end))
}

/// Nothing from a line on that closes a bracket which it did not open and which the line below closes.
pub(super) fn closed_below(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let alone = site.line_before().trim().is_empty() && site.line_after().trim().is_empty();
    let Some(&(at, sign)) = unopened(&draft.text).first().filter(|_| alone) else { return Ok(draft) };
    let start = draft.text[..at].rfind('\n').map_or(0, |index| index + 1);
    let below = site.after.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let begins = draft.text[start..at].trim().is_empty() && below.trim_start().starts_with(sign);
    // The first line may close what is within that which the line below closes; then it stands deeper.
    let deeper = start == 0 && site.line_before().len() > below.len() - below.trim_start().len();
    if !begins || deeper {
        return Ok(draft);
    }
    if start == 0 { Err(Quiet::Repeats) } else { Ok(draft.up_to(start)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::check;

    #[test]
    fn a_line_where_a_line_is_wanted() {
        check(
            one_line,
            &[
                ("a = |", "b;\nc;", Some("b;")),
                ("a = |", "\nc;", Some("")),
                ("a = |", "b;\r\nc;", Some("b;")),
                ("f() {\n    |\n}", "b;\n    c;", Some("b;\n    c;")),
            ],
        );
    }

    #[test]
    fn a_block_ends_where_its_indentation_does() {
        let place = "def f():\n    |";
        check(
            within_the_block,
            &[
                (place, "a()\n    b()\nc()", Some("a()\n    b()")),
                (place, "if a:\n        b()\n\n    c()", Some("if a:\n        b()\n\n    c()")),
                (place, "a()\n\n", Some("a()")),
                ("def f(): |", "a()\nb()", Some("a()\nb()")),
            ],
        );
    }

    #[test]
    fn what_is_closed_below_is_not_closed_twice() {
        let place = "fn f() {\n    |\n}";
        check(
            closed_below,
            &[
                (place, "a();\n    }", Some("a();")),
                (place, "if a {\n        b();\n    }", Some("if a {\n        b();\n    }")),
                (place, "a(\")\");", Some("a(\")\");")),
                ("fn f() {\n    |\n", "a();\n    }", Some("a();\n    }")),
                ("if a {\n    b();\n|\n}\n", "}", None),
                ("if a {\n    if b {\n    |\n}\n", "}", Some("}")),
                ("f(g(|))", ")", Some(")")),
            ],
        );
    }
}
