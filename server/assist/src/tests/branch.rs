//! A branch described.

use super::Sandbox;
use crate::commit::learn;
use crate::describe;
use crate::review::{Options, review};
use trust_changes::{Scope, messages_since};

#[test]
fn a_branch_is_described() {
    let sandbox = Sandbox::with(&[
        ("core/a.rs", "pub fn compute(a: u8) -> u8 {\n    a + 1\n}\n"),
        ("ui/b.rs", "fn show() {\n    1;\n}\n"),
    ]);
    sandbox.git(&["checkout", "-qb", "topic"]);
    sandbox.write(&[
        ("core/a.rs", "pub fn compute(a: u8, b: u8) -> u8 {\n    a + b\n}\n"),
        ("ui/b.rs", "fn show() {\n    compute(1, 2).unwrap();\n}\n"),
    ]);
    sandbox.commit("Compute with two");
    let changes = sandbox.changes(Scope::parse("main...HEAD"));
    let repository = sandbox.repository();
    assert_eq!(messages_since(&repository, "main", "HEAD").unwrap().len(), 1);
    let history = learn(&repository, "main", &|| false).unwrap();
    let broker = crate::Broker::new(repository.root().to_owned());
    let review = review(&repository, &changes, &broker, &Options::default());
    let text = describe(&changes, &["Compute with two".into()], &history, &review);
    let expected = [
        "# Compute with two\n\n2 files, +3 -3.\n- 1 body changed\n- 1 signature changed\n",
        "\n| `compute` | changes the signature of function `compute`: `pub fn compute(a: u8) -> u8` to `pub fn compute(a: u8, b: u8) -> u8`, changes its body (+2 -2) | core/a.rs |\n",
        "\n- Others may use it: changes the signature of function `compute`",
        "\n- ui/b.rs:2: `unwrap` ends the program where there is no value (new-panic)\n",
        "\n## Tests\n\nNo test changed.\n",
        "\n```mermaid\ngraph LR\n  m0[\"core\"]\n  m1[\"ui\"]\n  m1 --> m0\n```\n",
    ];
    for part in expected {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    let several = describe(&changes, &["b".into(), "a".into()], &history, &review);
    assert!(several.starts_with("# Add parameter `b` to `compute`"), "{several}");
}

#[test]
fn of_a_single_folder_the_files_are_drawn() {
    let sandbox = Sandbox::with(&[
        ("src/a.rs", "pub fn compute(a: u8) -> u8 {\n    a + 1\n}\n"),
        ("src/b.rs", "fn show() {\n    1;\n}\n"),
        ("notes.md", "# Notes\n"),
    ]);
    let drawn = |files: &[(&str, &str)]| {
        sandbox.write(files);
        let (changes, repository) = (sandbox.staged(), sandbox.repository());
        let history = learn(&repository, "HEAD", &|| false).unwrap();
        let broker = crate::Broker::new(repository.root().to_owned());
        let review = review(&repository, &changes, &broker, &Options::default());
        describe(&changes, &[], &history, &review).split_once("## Modules").map(|(_, rest)| rest.to_owned())
    };
    assert_eq!(drawn(&[("notes.md", "# More\n")]), None, "nothing to draw");
    let one = [("src/a.rs", "pub fn compute(a: u8, b: u8) -> u8 {\n    a + b\n}\n")];
    assert_eq!(drawn(&one).as_deref(), Some("\n\n```mermaid\ngraph LR\n  m0[\"src/a.rs\"]\n```\n"));
    let two = drawn(&[("src/b.rs", "fn show() {\n    compute(1, 2);\n}\n")]).unwrap();
    assert!(two.contains("  m0[\"src/a.rs\"]\n  m1[\"src/b.rs\"]\n  m1 --> m0\n"), "{two}");
}
