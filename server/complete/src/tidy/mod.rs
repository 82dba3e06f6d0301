//! Stage 5. Makes a raw continuation fit its place, in small steps: each takes something away from it, or all of it.
//!
//! What closes a bracket that is not open, and what breaks the syntax, is cut behind these (`neutral.rs`); how long and how
//! sure a text must be is for the gate to say (`gate.rs`).

mod above;
mod alike;
mod behind;
mod below;
mod indent;
mod loops;
mod scope;

pub(crate) use above::takes_back;

use crate::Quiet;
use crate::site::Site;

/// A text on its way to its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) text: String,
    /// Bytes behind the cursor, closing signs, whose place it takes.
    pub(crate) replaces: usize,
}

/// One step: the text without what does not belong there, or why nothing of it is worth showing.
type Step = fn(&Site, Draft) -> Result<Draft, Quiet>;

/// In this order: how much is wanted, what it says twice by itself, how it looks, what stands around it already, and whether
/// anything is left.
const STEPS: [Step; 13] = [
    scope::one_line,
    scope::within_the_block,
    scope::closed_below,
    loops::in_a_line,
    loops::of_lines,
    indent::as_the_document,
    below::up_to_the_line_below,
    below::without_lines_below,
    behind::without_what_is_behind,
    below::other_than_below,
    above::other_than_above,
    above::other_than_deleted,
    says_something,
];

/// The text to show of `text`.
pub(crate) fn tidy(site: &Site, text: &str) -> Result<Draft, Quiet> {
    let draft = Draft { text: text.to_owned(), replaces: 0 };
    STEPS.iter().try_fold(draft, |draft, step| step(site, draft))
}

impl Draft {
    /// Up to byte `end`, without the white space before it.
    fn up_to(mut self, end: usize) -> Self {
        self.text.truncate(end);
        self.text.truncate(self.text.trim_end().len());
        self
    }
}

fn says_something(_: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let draft = draft.up_to(usize::MAX);
    let says = |c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '}' | '"');
    if draft.text.chars().any(says) { Ok(draft) } else { Err(Quiet::Repeats) }
}

/// Whether there are enough letters and digits in `text` for it to be worth comparing.
fn is_telling(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).take(2).count() == 2
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::site::Shape;
    use crate::site::tests::site;

    /// What `step` leaves of each text at its place, where `|` is the cursor.
    pub(super) fn check(step: Step, cases: &[(&str, &str, Option<&str>)]) {
        for (marked, raw, expected) in cases {
            let draft = Draft { text: (*raw).to_owned(), replaces: 0 };
            let found = step(&site(marked), draft).ok().map(|draft| draft.text);
            assert_eq!(found.as_deref(), *expected, "{marked:?} {raw:?}");
        }
    }

    #[test]
    fn tidied() {
        let cases = [
            // (place, raw, shown)
            ("let x = |", "foo();  ", Some("foo();")),
            ("let x = |", "foo();\nbar();", Some("foo();")),
            ("let x = |", "   ", None),
            ("let x = |", ";", None),
            ("foo(|)", "a, b)", Some("a, b")),
            ("foo(|);", "a, bar(b));", Some("a, bar(b)")),
            ("foo(|)", "bar(b)", Some("bar(b)")),
            ("foo(|)", ")", None),
            ("total(first, s|)", "econd_value);", Some("econd_value")),
            ("total(first, s|)", "um(a));", Some("um(a)")),
            ("const x: Array<|>", "Promise<string>", Some("Promise<string>")),
            ("const x: Array<|>", "string>", Some("string")),
            ("f(|\")", "\"a\"", Some("\"a\"")),
            ("f(\"|\")", "a\"", Some("a")),
            ("    a|\n    abc();", "bc();", None),
            ("fn f() {\n    |\n}", "a();\n    b();\n}\nfn g() {", Some("a();\n    b();")),
            ("def f():\n    |", "if a:\n        b()\n\n    c()\nd()", Some("if a:\n        b()\n\n    c()")),
        ];
        for (marked, raw, expected) in cases {
            let found = tidy(&site(marked), raw).ok().map(|draft| draft.text);
            assert_eq!(found.as_deref(), expected, "{marked:?} {raw:?}");
        }
    }

    /// Files as people wrote them.
    const WRITTEN: [&str; 7] = [
        include_str!("../pipeline.rs"),
        include_str!("../burst.rs"),
        include_str!("../../tests/pipeline.rs"),
        include_str!("../../../../editors/vscode/src/next.ts"),
        include_str!("../../../../editors/neovim/lua/trust/next.lua"),
        include_str!("../../../../editors/emacs/trust-ghost.el"),
        include_str!("../../../../server/models/training/train.py"),
    ];

    #[test]
    fn what_people_wrote_stands_as_they_wrote_it() {
        let (mut places, mut lost) = (0, Vec::new());
        for file in WRITTEN {
            let starts = std::iter::once(0).chain(file.match_indices('\n').map(|(at, _)| at + 1));
            for (start, line) in starts.zip(file.lines()) {
                let text = line.trim_start();
                // At the line's start, and behind its second word.
                let indent = line.len() - text.len();
                let words = text.match_indices(' ').nth(1).map(|(at, _)| indent + at + 1);
                for column in std::iter::once(indent).chain(words) {
                    let (before, after) = (&file[..start + column], &file[start + line.len()..]);
                    let mut place = site("|");
                    place.before =
                        before[before.floor_char_boundary(before.len().saturating_sub(4000))..].into();
                    (place.after, place.shape) = (after.into(), Shape::Line);
                    let expected = line[column..].trim_end();
                    if expected.chars().any(char::is_alphanumeric) {
                        places += 1;
                        let found = tidy(&place, expected).ok().map(|draft| draft.text);
                        lost.extend((found.as_deref() != Some(expected)).then_some(expected));
                    }
                }
            }
        }
        println!("{} of {places} lines are lost: {lost:#?}", lost.len());
        assert!(places > 1500 && lost.len() * 200 < places, "{} of {places}: {lost:#?}", lost.len());
    }
}
