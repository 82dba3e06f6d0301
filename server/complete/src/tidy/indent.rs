//! Lines are indented as the document's are: a model has habits of its own.

use super::Draft;
use crate::Quiet;
use crate::corpus::indentation;
use crate::site::Site;
use std::collections::HashMap;

/// Lines of the document looked at on either side of the cursor.
const LINES: usize = 200;
/// Spaces that models write for one tab.
const TAB: std::ops::RangeInclusive<usize> = 2..=8;

/// Each line by as many of the document's units as it has of the text's own.
pub(super) fn as_the_document(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let base = indentation(site.line_before());
    let inner = draft
        .text
        .split_once('\n')
        .map(|(_, inner)| inner)
        .filter(|_| base.len() == site.line_before().len());
    let (Some(inner), Some(unit)) = (inner, unit_of_document(site)) else { return Ok(draft) };
    let lines = || inner.lines().filter(|line| !line.trim().is_empty());
    let deep = match lines().all(|line| line.starts_with(base)) {
        true => {
            let first = format!("{base}{}", draft.text);
            unit_of(first.lines()).filter(|own| *own != unit).map(|own| Depth { base, own: own.to_owned() })
        }
        false => in_spaces(base, lines()),
    };
    let rewritten = deep.and_then(|deep| {
        let line = |line: &str| match line.trim().is_empty() {
            true => Some(String::new()),
            false => Some(format!("{base}{}{}", unit.repeat(deep.of(line)?), line.trim_start())),
        };
        inner.split('\n').map(line).collect::<Option<Vec<_>>>()
    });
    Ok(match rewritten {
        Some(lines) => {
            let first = draft.text.split('\n').next().unwrap_or_default();
            Draft { text: format!("{first}\n{}", lines.join("\n")), ..draft }
        }
        None => draft,
    })
}

/// How a text is indented: by what, behind what its lines have in common.
struct Depth<'a> {
    base: &'a str,
    own: String,
}

impl Depth<'_> {
    /// How many units deeper than the cursor a line is; `None` where it is not indented by whole ones.
    fn of(&self, line: &str) -> Option<usize> {
        let beyond = indentation(line).strip_prefix(self.base)?;
        let units = beyond.len() / self.own.len();
        (beyond == self.own.repeat(units)).then_some(units)
    }
}

/// Of a text whose lines are indented by spaces, where the cursor's is by tabs.
fn in_spaces<'a>(base: &str, lines: impl Iterator<Item = &'a str> + Clone) -> Option<Depth<'static>> {
    let tabs = base.bytes().all(|byte| byte == b'\t').then_some(base.len()).filter(|tabs| *tabs > 0)?;
    let mut widths = lines.map(indentation);
    let spaces = widths.clone().all(|width| !width.is_empty() && width.bytes().all(|byte| byte == b' '));
    let least = widths.clone().map(str::len).min().filter(|_| spaces)?;
    let width = least / tabs;
    let whole = TAB.contains(&width) && widths.all(|one| one.len() % width == 0 && one.len() >= tabs * width);
    // Spaces have no lifetime of the document's: as many as the tabs stand for.
    whole.then(|| Depth { base: SPACES.get(..tabs * width).unwrap_or(SPACES), own: " ".repeat(width) })
}

const SPACES: &str = "                                                                ";

/// By what the document's lines are indented, as most of those tell that stand below one that opens something.
fn unit_of_document(site: &Site) -> Option<String> {
    let above = &site.before[..site.before.len() - site.line_before().len()];
    let above: Vec<&str> = above.lines().rev().take(LINES).collect();
    let lines = above.into_iter().rev().chain(site.after.lines().skip(1).take(LINES));
    let mut counts: HashMap<&str, usize> = HashMap::new();
    units(lines).for_each(|unit| *counts.entry(unit).or_default() += 1);
    // Of equals the shorter: a map has no order of its own.
    counts
        .into_iter()
        .max_by_key(|(unit, count)| (*count, std::cmp::Reverse(unit.len())))
        .map(|(unit, _)| unit.into())
}

fn unit_of<'a>(lines: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    units(lines).next()
}

/// By what each line is deeper than the one above it, where that opens something.
fn units<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut above: Option<&str> = None;
    lines.filter(|line| !line.trim().is_empty()).filter_map(move |line| {
        let over = above.replace(line)?;
        let opens = over.trim_end().ends_with(['{', '(', '[', ':']);
        let deeper = indentation(line).strip_prefix(indentation(over)).filter(|deeper| !deeper.is_empty());
        deeper.filter(|_| opens)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::check;

    #[test]
    fn lines_are_indented_as_the_document_is() {
        let four = "fn g() {\n    a();\n}\nfn f() {\n    |\n}";
        let two = "fn g() {\n  a();\n}\nfn f() {\n  |\n}";
        let tabs = "fn g() {\n\ta();\n}\nfn f() {\n\t|\n}";
        check(
            as_the_document,
            &[
                (four, "if a {\n      b();\n    }", Some("if a {\n        b();\n    }")),
                (four, "if a {\n\tb();\n}", Some("if a {\n\tb();\n}")),
                (four, "if a {\n        b();\n    }", Some("if a {\n        b();\n    }")),
                (two, "if a {\n      b();\n  }", Some("if a {\n    b();\n  }")),
                (tabs, "if a {\n\t    b();\n\t}", Some("if a {\n\t\tb();\n\t}")),
                (tabs, "if a {\n        b();\n    }", Some("if a {\n\t\tb();\n\t}")),
                (tabs, "a();\n    b();", Some("a();\n\tb();")),
                // Aligned with something, or nothing to go by.
                (four, "let x = a\n           + b;", Some("let x = a\n           + b;")),
                ("f();\nfn f() {\n|\n}", "if a {\n  b();\n}", Some("if a {\n  b();\n}")),
                (four, "a();", Some("a();")),
            ],
        );
    }
}
