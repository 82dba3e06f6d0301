//! In `strict`, which is the default, nothing is sent and no program that could is started. `cargo xtask privacy` looks into these
//! tests as into all others.

use std::process::Stdio;
use trust_tests::{Workspace, command};

/// Exit code, and what is said of it.
fn run(home: &Workspace, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(home.root());
    let output = command.args(arguments).current_dir(home.root()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn nothing_is_fetched_and_what_would_allow_it_is_said() {
    let cases: [(&str, &[&str], &str); 7] = [
        ("", &["models", "pull", "https://a.example/m.gguf"], "`strict` (default)"),
        ("privacy = \"strict\"", &["models", "pull", "hf:a/b/m.gguf"], "config.toml:1)"),
        // What is wrong counts as the strictest.
        ("privacy = \"opne\"", &["models", "pull", "hf:a/b/m.gguf"], "`strict`"),
        ("privacy = ", &["models", "pull", "hf:a/b/m.gguf"], "`strict`"),
        ("", &["models", "pull", "m"], "no place to fetch from"),
        ("", &["models", "pull", "qwen3-0.6b"], "`strict` (default)"),
        ("", &["models", "pull", "qwen3-0.6"], "in the catalogue there is \"qwen3-0.6b\""),
    ];
    for (said, arguments, expected) in cases {
        let home = Workspace::empty();
        home.write("config/trust-lsp/config.toml", said);
        let (code, told) = run(&home, arguments);
        assert!(code == Some(1) && told.contains(expected), "{said:?}: {told}");
        assert!(!home.path("state/trust-lsp/sent.jsonl").exists() && !home.path("data").exists(), "{said:?}");
    }
}

#[test]
fn a_workspace_cannot_widen_what_the_user_said() {
    let home = Workspace::with(&[
        (".trust/config.toml", "privacy = \"open\"\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
    ]);
    let mut trust = command(home.root());
    assert!(trust.args(["workspace", "trust"]).current_dir(home.root()).output().unwrap().status.success());
    let (code, told) = run(&home, &["models", "pull", "https://a.example/m.gguf"]);
    assert!(code == Some(1) && told.contains("`strict`"), "{told}");
}

#[test]
fn what_lies_on_this_machine_is_taken_in_without_anybody_who_fetches() {
    let home = Workspace::empty();
    home.write("page.gguf", "<!doctype html>");
    let file = format!("file://{}", home.path("page.gguf").display());
    let (code, told) = run(&home, &["models", "pull", &file]);
    assert!(code == Some(1) && told.contains("not a GGUF file"), "{told}");
    let (code, told) = run(&home, &["models", "pull", "file://page.gguf"]);
    assert!(code == Some(1) && told.contains("file:///"), "{told}");
}
