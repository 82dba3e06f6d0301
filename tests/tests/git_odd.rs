//! Repositories and changes as they seldom are: every command about what is staged has an answer, and says what it could not look into.

use crate::git::{CODE, git, repository, run};
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use trust_tests::Workspace;

/// Everything staged: how it is explained, the rules that find something, and the message.
fn told(workspace: &Workspace) -> (String, Vec<String>, String) {
    assert!(git(workspace, &["add", "-A"]).status.success());
    let answer = |arguments: &[&str]| {
        let (code, out, err) = run(workspace, arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        out
    };
    let report: Value = serde_json::from_str(&answer(&["review", "--format", "sarif"])).expect("JSON");
    let results = report["runs"][0]["results"].as_array().expect("results").iter();
    let rules = results.map(|result| result["ruleId"].as_str().expect("a rule").to_owned()).collect();
    let message = answer(&["commit-message"]);
    let subject = message.lines().next().unwrap_or_default();
    assert!(!subject.is_empty() && subject.chars().count() <= 72, "{message}");
    (answer(&["diff", "explain", "--staged"]), rules, message)
}

#[test]
fn a_commit_that_is_on_no_branch() {
    let workspace = repository();
    git(&workspace, &["checkout", "-q", "--detach"]);
    workspace.write("a.rs", CODE.replace("a + 1", "a + 2"));
    let (explained, _, message) = told(&workspace);
    assert!(explained.contains("changes the body of function `first` (+1 -1)"), "{explained}");
    assert_eq!(message, "Change `first`\n");
    git(&workspace, &["commit", "-qm", "On no branch"]);
    let (code, out, err) = run(&workspace, &["pr", "describe", "--base", "main"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("# On no branch\n"), "{out}");
}

#[test]
fn a_submodule() {
    let (workspace, inner) = (repository(), repository());
    let url = inner.root().to_str().expect("a path of utf-8");
    let added =
        git(&workspace, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "inner"]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let (explained, _, message) = told(&workspace);
    assert!(explained.contains("is a submodule, commit none to "), "{explained}");
    assert!(message.contains("gitmodules"), "{message}");
}

#[test]
fn a_name_that_is_no_utf8() {
    let workspace = repository();
    let path = workspace.root().join(OsStr::from_bytes(b"caf\xe9.rs"));
    std::fs::write(path, CODE.replace("first", "second")).expect("a file");
    let (explained, ..) = told(&workspace);
    assert!(explained.contains("caf\\xe9.rs"), "{explained}");
}

#[test]
fn other_line_ends_alone() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace('\n', "\r\n"));
    git(&workspace, &["config", "core.autocrlf", "false"]);
    let (explained, rules, message) = told(&workspace);
    assert!(explained.contains("has other line endings"), "{explained}");
    assert_eq!((rules, message.as_str()), (Vec::new(), "Update a.rs\n"));
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    let workspace = repository();
    let file = std::fs::File::create(workspace.path("big.bin")).expect("a file");
    file.set_len(100 << 20).expect("room");
    let (explained, rules, message) = told(&workspace);
    assert!(explained.contains("is too large to compare, 104857600 bytes"), "{explained}");
    assert_eq!((rules, message.as_str()), (vec!["file-not-read".to_owned()], "Add big.bin\n"));
}

#[test]
fn a_change_of_five_thousand_files() {
    let workspace = repository();
    for n in 0..5_000 {
        workspace.write(&format!("many/{}/file{n}.rs", n % 50), format!("fn function_{n}() {{ {n} }}\n"));
    }
    let (explained, rules, message) = told(&workspace);
    assert!(explained.contains("\n5000 files, +5000 -0\n"), "{explained}");
    assert!(explained.contains("Reduced: ") && explained.contains(" files have a line each"));
    assert_eq!(explained.matches(".rs +1 -0").count(), 5_000, "none is left out");
    assert_eq!(rules, Vec::<String>::new());
    assert!(message.starts_with("Add `function_"), "{message}");
    let (code, out, _) = run(&workspace, &["commit-message", "--split", "--json"]);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, answer["groups"].as_array().map(Vec::len)), (Some(0), Some(5_000)));
}
