//! Changes as a unified diff, for people to decide upon and models to see what they did. Secrets are masked.

use crate::Change;
use imara_diff::{Algorithm, Diff, Hunk, InternedInput};
use std::fmt::Write;
use trust_redact::{detector, mask};

/// Lines that are shown around what changed.
const CONTEXT: u32 = 3;

/// The changes as `git diff` has them, secrets masked.
pub fn unified(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let old = if change.before.is_some() { format!("a/{}", change.shown) } else { "/dev/null".into() };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "--- {old}\n+++ b/{}", change.shown);
        let before = change.before.as_deref().unwrap_or_default();
        let (before, after) =
            (mask(before, &detector().find(before)), mask(&change.after, &detector().find(&change.after)));
        let input = InternedInput::new(before.as_ref(), after.as_ref());
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        let lines = |text: &str| text.split_inclusive('\n').map(shown).collect::<Vec<_>>();
        write(&mut text, (&lines(&before), &lines(&after)), &diff.hunks().collect::<Vec<_>>());
    }
    text
}

/// A line, and what says that the text ends without a line break where it does.
fn shown(line: &str) -> String {
    let inside = line.trim_end_matches(['\n', '\r']);
    if line.ends_with('\n') {
        format!("{inside}\n")
    } else {
        format!("{inside}\n\\ No newline at end of file\n")
    }
}

/// Those that are near to each other as one.
fn write(text: &mut String, (old, new): (&[String], &[String]), hunks: &[Hunk]) {
    let near = |a: &Hunk, b: &Hunk| b.before.start - a.before.end <= 2 * CONTEXT;
    for group in hunks.chunk_by(near) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let above = first.before.start.min(CONTEXT);
        let below = (old.len() as u32 - last.before.end).min(CONTEXT);
        let span = |start: u32, end: u32| {
            let (start, length) = (start - above, end + below - (start - above));
            // An empty part is named by the line above it.
            format!("{},{length}", start + u32::from(length > 0))
        };
        let before = span(first.before.start, last.before.end);
        let _ = writeln!(text, "@@ -{before} +{} @@", span(first.after.start, last.after.end));
        let mut at = first.before.start - above;
        let mut put = |mark: char, lines: &[String]| {
            lines.iter().for_each(|line| {
                text.push(mark);
                text.push_str(line);
            });
        };
        for hunk in group {
            put(' ', &old[at as usize..hunk.before.start as usize]);
            put('-', &old[hunk.before.start as usize..hunk.before.end as usize]);
            put('+', &new[hunk.after.start as usize..hunk.after.end as usize]);
            at = hunk.before.end;
        }
        put(' ', &old[at as usize..(at + below) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_drawn_as_git_draws_them() {
        let numbers = |range: std::ops::Range<u32>| range.map(|n| format!("{n}\n")).collect::<String>();
        let cases: [(Option<String>, String, &str); 5] = [
            (None, "a\n".into(), "--- /dev/null\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n"),
            (
                Some("a\nb".into()),
                "a\nc".into(),
                "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
            ),
            (
                Some(numbers(1..20)),
                numbers(1..20).replace("5\n", "x\n"),
                "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n",
            ),
            (
                Some(numbers(1..30)),
                numbers(1..30).replace("\n5\n", "\n").replace("\n25\n", "\n25\n25a\n"),
                "@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n@@ -23,6 +22,7 @@\n 23\n",
            ),
            (Some("a\n".into()), String::new(), "@@ -1,1 +0,0 @@\n-a\n"),
        ];
        for (before, after, expected) in cases {
            let before = before.map(Into::into);
            let change = Change { path: "x".into(), shown: "x".into(), before, after, version: None };
            let text = unified(&[change]);
            assert!(text.contains(expected), "{text}\n{expected}");
        }
    }
}
