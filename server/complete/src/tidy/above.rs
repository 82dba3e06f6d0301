//! What stands above the cursor already, and what was just taken away there.

use super::{Draft, is_telling};
use crate::Quiet;
use crate::lexer::is_word;
use crate::site::Site;

/// Shorter lines are written twice on purpose.
const SHORTEST: usize = 12;
/// Bytes of a deleted text of which a beginning tells that it is the same.
const DELETED: usize = 4;

/// Nothing whose line, or lines, are those right above the cursor. Among several that somebody asked for they count for little.
pub(super) fn other_than_above(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    if site.invoked {
        return Ok(draft);
    }
    let whole = format!("{}{}{}", site.line_before(), draft.text, &site.line_after()[draft.replaces..]);
    let lines: Vec<&str> = whole.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let above = &site.before[..site.before.len() - site.line_before().len()];
    let mut above: Vec<&str> =
        above.lines().rev().map(str::trim).filter(|line| !line.is_empty()).take(lines.len()).collect();
    above.reverse();
    let long = lines.iter().map(|line| line.len()).sum::<usize>() >= SHORTEST;
    let rewrites = long && lines == above && lines.iter().any(|line| is_telling(line));
    if rewrites { Err(Quiet::Repeats) } else { Ok(draft) }
}

/// Nothing that was deleted at the cursor a moment ago.
pub(super) fn other_than_deleted(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    if takes_back(&site.withdrawn, &draft.text) { Err(Quiet::Withdrawn) } else { Ok(draft) }
}

/// Whether `text` is one of the `deleted` ones, or one of the two is the other's beginning.
pub(crate) fn takes_back(deleted: &[String], text: &str) -> bool {
    let text = text.trim_end();
    deleted.iter().map(|old| old.trim_end()).any(|old| {
        let (long, short) = if old.len() > text.len() { (old, text) } else { (text, old) };
        let goes_on = long.as_bytes().get(short.len()).copied().is_some_and(is_word);
        let whole_words = !(goes_on && short.bytes().next_back().is_some_and(is_word));
        long == short || short.len() >= DELETED && long.starts_with(short) && whole_words
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;
    use crate::tidy::tests::check;

    #[test]
    fn the_line_above_is_not_written_again() {
        check(
            other_than_above,
            &[
                ("open(file, name);\n|\n", "open(file, name);", None),
                ("open(file, name);\nopen(|\n", "file, name);", None),
                ("open(file, name);\nopen(|);\n", "file, name", None),
                ("open(file, one);\nopen(|\n", "file, two);", Some("file, two);")),
                ("    next();\n    |", "next();", Some("next();")),
                ("one(file);\ntwo(file);\n|", "one(file);\ntwo(file);", None),
                ("one(file);\ntwo(file);\n|", "one(file);\ntwo(name);", Some("one(file);\ntwo(name);")),
                ("|", "first_of_all();", Some("first_of_all();")),
            ],
        );
    }

    #[test]
    fn what_was_deleted_a_moment_ago_is_not_offered_there() {
        let cases = [
            ("parse(input);", "parse(input);", true),
            ("parse(input)", "parse(input);", true),
            ("parse(input);\n    next();", "parse(input);", true),
            ("parse", "parser.run()", false),
            ("a", "a", true),
            ("a", "a + b", false),
            ("read(file)", "write(file)", false),
        ];
        for (deleted, text, expected) in cases {
            let place = Site { withdrawn: vec![deleted.into()], ..site("x = |") };
            let found = other_than_deleted(&place, Draft { text: text.into(), replaces: 0 });
            assert_eq!(found.is_err(), expected, "{deleted:?} {text:?}");
        }
    }
}
