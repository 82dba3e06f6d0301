//! Explanations, word for word.

use super::Sandbox;
use crate::explain::{json, markdown, terminal};
use crate::gather;
use trust_changes::{Problem, Scope};
use trust_inference::CancelToken;

const BEFORE: &str = "use std::fs;\n\n/// Old words.\npub fn parse(text: &str) -> u8 {\n    text.len() as u8\n}\n\nfn helper_of_it(a: u8, b: u8) -> u8 {\n    a + b + 17\n}\n\nstruct Gone;\n";
const AFTER: &str = "use std::io;\n\n/// New words.\npub fn parse(text: &str, strict: bool) -> u8 {\n    text.len() as u8\n}\n\nfn assistant_of_it(a: u8, b: u8) -> u8 {\n    a + b + 17\n}\n\npub struct Fresh;\n";

#[test]
fn every_symbol_has_its_sentence() {
    let sandbox = Sandbox::with(&[
        ("src/a.rs", BEFORE),
        ("notes.md", "# One\n\nx\n"),
        (".env", "KEY=one\n"),
        ("c.sh", "x\n"),
    ]);
    sandbox.write(&[("src/a.rs", AFTER), ("notes.md", "# One\n\ny\n"), (".env", "KEY=two2\n")]);
    let text = markdown(&sandbox.changes(Scope::Unstaged), &|_| None);
    let expected = "# Changes not staged

3 files, +6 -6; symbols: 1 added, 1 removed, 1 renamed, 1 signature changed.

## .env (is not read: excluded by .env*, a name that secrets have) +0 -0


## notes.md +1 -1

- line 3: replaces 1 line by 1, at `# One`

## src/a.rs +5 -5

- line 12: adds public struct `Fresh`
- line 12: removes struct `Gone`
- line 8: renames function `helper_of_it` to `assistant_of_it`
- line 3: changes the signature of function `parse`: `pub fn parse(text: &str) -> u8` to `pub fn parse(text: &str, strict: bool) -> u8`
- changes imports (+1 -1)
";
    assert_eq!(text, expected);
    assert!(!text.contains("two2"));
}

#[test]
fn a_model_may_add_a_sentence_and_colours_are_only_for_terminals() {
    let sandbox = Sandbox::with(&[("a.py", "def f():\n    return 1\n")]);
    sandbox.write(&[("a.py", "def f():\n    return 2\n")]);
    let changes = sandbox.changes(Scope::Unstaged);
    let wording = |facts: &str| facts.contains("1 body changed").then(|| "Returns two.".to_owned());
    assert!(markdown(&changes, &wording).contains("\nReturns two.\n"));
    assert!(terminal(&changes, true, &|_| None).contains("\x1b[32m+1\x1b[m"));
    let plain = terminal(&changes, false, &|_| None);
    assert!(!plain.contains('\x1b') && plain.contains("changes the body of function `f` (+1 -1)"), "{plain}");
    let json = json(&changes);
    assert_eq!(json["files"][0]["symbols"][0]["verdict"], "changed");
    assert_eq!(json["files"][0]["symbols"][0]["newLines"], serde_json::json!([1, 2]));
    assert_eq!(json["files"][0]["hunks"][0]["new"], serde_json::json!([2, 1]));
    assert!(markdown(&sandbox.changes(Scope::Staged), &|_| None).contains("Nothing differs."));
}

#[test]
fn what_is_large_is_reduced_and_says_so() {
    let sandbox = Sandbox::with(&[("a.txt", "x\n")]);
    let many: String = (0..400).map(|n| format!("fn function_{n}() {{ {n} }}\n")).collect();
    sandbox.write(&[("many.rs", &many)]);
    let text = markdown(&sandbox.staged(), &|_| None);
    assert!(
        text.contains("Reduced: 400 symbols and places are named without what happened in them."),
        "{text}"
    );
    assert!((0..400).all(|n| text.contains(&format!("`function_{n}`"))), "none is left out");
    sandbox.commit("Many");
    (0..310).for_each(|n| sandbox.write(&[(&format!("folder/{n}.txt"), "x\n")]));
    let text = terminal(&sandbox.staged(), false, &|_| None);
    assert!(text.contains("310 files are counted by folder") && text.contains("folder/ +310 -0"), "{text}");
}

#[test]
fn nobody_waits_for_what_was_cancelled() {
    let sandbox = Sandbox::with(&[("a.txt", "x\n")]);
    sandbox.write(&[("a.txt", "y\n")]);
    let (repository, cancel) = (sandbox.repository(), CancelToken::new());
    cancel.cancel();
    let broker = crate::Broker::new(repository.root().to_owned());
    assert_eq!(gather(&repository, Scope::Unstaged, &broker, &cancel).err(), Some(Problem::Cancelled));
}
