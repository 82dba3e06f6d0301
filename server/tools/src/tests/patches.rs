//! Patches: how hunks are found, and what cannot be placed.

use crate::Change;
use crate::diff::unified;
use crate::patch::parse;

const HEAD: &str = "--- a/x\n+++ b/x\n";

fn applied(text: &str, patch: &str) -> Result<String, String> {
    let files = parse(&format!("{HEAD}{patch}"))?;
    let mut found = text.to_owned();
    for (range, new) in files[0].replacements(text)?.into_iter().rev() {
        found.replace_range(range, &new);
    }
    Ok(found)
}

#[test]
fn hunks_are_found_by_their_lines() {
    let text = "a\nb\nc\na\nb\nd\n";
    let cases = [
        ("@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n", "a\nx\nc\na\nb\nd\n"),
        ("@@ -70 +9 @@ fn f\n-d\n+e\n+f\n", "a\nb\nc\na\nb\ne\nf\n"),
        ("@@\n c\n+new\n", "a\nb\nc\nnew\na\nb\nd\n"),
        ("@@ -4,2 +4,2 @@\n a\n-b\n+x\n", "a\nb\nc\na\nx\nd\n"),
        ("@@ -1 +1 @@\n-a\n+A\n@@ -2 +2 @@\n-c\n+C\n", "A\nb\nC\na\nb\nd\n"),
        ("@@\n d\n\\ No newline at end of file\n+e\n\n", "a\nb\nc\na\nb\nd\ne\n"),
        ("@@\n+0\n-c\n-a\n", "a\nb\n0\nb\nd\n"),
        ("@@\n-c   \n+C\n", "a\nb\nC\na\nb\nd\n"),
    ];
    for (patch, expected) in cases {
        assert_eq!(applied(text, patch).as_deref(), Ok(expected), "{patch}");
    }
    assert_eq!(applied("a\nb", "@@\n-b\n+c\n").as_deref(), Ok("a\nc"));
    assert_eq!(applied("a\n\nb\n", "@@\n a\n\n-b\n+c\n").as_deref(), Ok("a\n\nc\n"));
    assert_eq!(applied("a\r\nb\r\n", "@@\n a\n-b\n").as_deref(), Ok("a\r\n"));
}

#[test]
fn what_cannot_be_placed_is_told() {
    let text = "a\nb\nc\na\nb\nd\n";
    let cases = [
        ("@@ -9 +9 @@\n a\n-b\n", "fits in 2 places"),
        ("@@\n-x\n+y\n", "read the file again"),
        ("@@\n c\n-x\n", "is like line 3"),
        ("@@ -3 +3 @@\n+y\n", "has no line of the file"),
        ("@@\n-d\n+e\n@@\n-a\n+A\n", "hunk 2 of `x`"),
        ("@@\n=d\n", "line 4 of the patch"),
        ("@@\n", "no hunk"),
        ("", "no hunk"),
    ];
    for (patch, told) in cases {
        let error = applied(text, patch).unwrap_err();
        assert!(error.contains(told), "{patch:?}: {error}");
    }
    let bad = [
        ("", "a unified diff is needed"),
        ("@@\n-a\n", "a hunk before"),
        ("--- a/x\n+++ /dev/null\n@@\n-a\n", "not deleted"),
        ("--- a/x\n+++ b/y\nrename from x\n", "only texts"),
    ];
    bad.iter().for_each(|(patch, told)| {
        let error = parse(patch).unwrap_err();
        assert!(error.contains(told), "{patch:?}: {error}");
    });
}

#[test]
fn a_diff_of_ours_is_applied_exactly() {
    let mut drawn = fastrand::Rng::with_seed(7);
    for round in 0..4_000 {
        // Few words make many places alike.
        let words = [2, 4, 40][round % 3];
        let line = |drawn: &mut fastrand::Rng| match drawn.usize(0..words) {
            0 => "\n".to_owned(),
            1 => "-- a\n".to_owned(),
            word => format!("{}w{word}\n", " ".repeat(word % 3)),
        };
        let length = drawn.usize(0..30);
        let before: Vec<String> = (0..length).map(|_| line(&mut drawn)).collect();
        let mut after = before.clone();
        for _ in 0..drawn.usize(1..4) {
            let at = drawn.usize(0..=after.len());
            match drawn.usize(0..2) {
                0 if at < after.len() => drop(after.remove(at)),
                _ => after.insert(at, line(&mut drawn)),
            }
        }
        let (before, after) = (before.concat(), after.concat());
        let change = Change {
            path: "x".into(),
            shown: "x".into(),
            before: Some(before.as_str().into()),
            after: after.clone(),
            version: None,
        };
        if before == after {
            continue;
        }
        let patch = unified(&[change]);
        let mut found = before.clone();
        for (range, new) in parse(&patch).unwrap()[0].replacements(&before).unwrap().into_iter().rev() {
            found.replace_range(range, &new);
        }
        assert_eq!(found, after, "{before:?}\n{patch}");
    }
}

#[test]
fn files_are_named_and_made() {
    let files = parse(
        "diff --git a/a.rs b/a.rs\nindex 1..2\n--- \"a/a.rs\"\t2020\n+++ b/a.rs\n@@\n--- b\n+++ c\n--- /dev/null\n+++ b/new.rs\n@@ -0,0 +1 @@\n+x\n",
    )
    .unwrap();
    let named: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.is_new)).collect();
    assert_eq!(named, [("a.rs", false), ("new.rs", true)]);
    assert_eq!(files[0].replacements("a\n-- b\n").unwrap(), [(2..7, "++ c\n".to_owned())]);
    assert_eq!(files[1].text().as_deref(), Ok("x\n"));
    let wrong = parse("--- /dev/null\n+++ b/new.rs\n@@\n+x\n y\n").unwrap();
    assert!(wrong[0].text().is_err());
}
