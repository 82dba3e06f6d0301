//! Git, on the command line and in a session: changes explained, messages, reviews.

use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use trust_tests::{Client, Launch, Workspace, command};

pub(crate) const CODE: &str = "pub fn first(a: u8) -> u8 {\n    a + 1\n}\n";

/// A repository with one commit.
pub(crate) fn repository() -> Workspace {
    let workspace = Workspace::with(&[("a.rs", CODE), (".env", "KEY=one\n")]);
    git(&workspace, &["init", "-q", "-b", "main", "."]);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "First"]);
    workspace
}

pub(crate) fn git(workspace: &Workspace, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(workspace.root()).stdin(Stdio::null());
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_EDITOR", "true");
    for (name, value) in [("NAME", "A"), ("EMAIL", "a@example.org")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.output().expect("git runs")
}

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = Workspace::empty();
    let mut command = command(home.root());
    let output =
        command.args(arguments).current_dir(workspace.root()).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_change_is_explained_in_every_format() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("(a: u8)", "(a: u8, b: u8)"));
    workspace.write(".env", "KEY=hunter2\n");
    let sentence = "changes the signature of function `first`: `pub fn first(a: u8) -> u8` to `pub fn first(a: u8, b: u8) -> u8`";
    for format in ["terminal", "markdown", "json"] {
        let (code, out, err) = run(&workspace, &["diff", "explain", "--format", format]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{format}");
        assert!(out.contains(sentence), "{format}: {out}");
        assert!(!out.contains("hunter2") && !out.contains('\x1b'), "{format}: {out}");
    }
    let (_, out, _) = run(&workspace, &["diff", "explain", "--staged"]);
    assert!(out.contains("nothing differs"), "{out}");
    workspace.write("user.rs", "fn user() {\n    first(1);\n}\n");
    git(&workspace, &["add", "user.rs"]);
    for format in ["terminal", "markdown", "json"] {
        let (_, out, _) = run(&workspace, &["diff", "explain", "--callers", "--format", format]);
        assert!(
            out.contains("`first` takes other parameters, and is called as before in user.rs:2"),
            "{out}"
        );
        let (_, out, _) = run(&workspace, &["diff", "explain", "--format", format]);
        assert!(!out.contains("called as before"), "{out}");
    }
    git(&workspace, &["rm", "-qf", "user.rs"]);
    git(&workspace, &["commit", "-qam", "Second"]);
    for revisions in ["HEAD", "HEAD~1..HEAD", "HEAD~1...", "main"] {
        let (_, out, _) = run(&workspace, &["diff", "explain", revisions]);
        assert!(out.contains(sentence), "{revisions}: {out}");
    }
}

#[test]
fn failures_say_what_to_do() {
    let (workspace, nowhere) = (repository(), Workspace::empty());
    let cases: [(&Workspace, &[&str], i32, &str); 6] = [
        (&nowhere, &["diff", "explain"], 1, "git init"),
        (&nowhere, &["review"], 1, "git init"),
        (&workspace, &["diff", "explain", "nonsense"], 1, "no revision `nonsense`"),
        (&workspace, &["review", "--base", "nonsense"], 1, "no revision `nonsense`"),
        (&workspace, &["commit-message"], 1, "git add"),
        (&workspace, &["review", "--format", "nonsense"], 2, "possible values"),
    ];
    for (workspace, arguments, expected, told) in cases {
        let (code, out, err) = run(workspace, arguments);
        assert_eq!((code, out.as_str()), (Some(expected), ""), "{arguments:?}: {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
}

/// Each with what is said on the command line, of a repository that is not as it should be.
#[test]
fn repositories_in_trouble_get_a_clear_answer() {
    let made = |steps: &[&[&str]]| {
        let workspace = Workspace::with(&[("a.rs", CODE)]);
        steps.iter().for_each(|step| drop(git(&workspace, step)));
        workspace
    };
    let (init, add, first) =
        (&["init", "-q", "-b", "main", "."][..], &["add", "-A"][..], &["commit", "-qm", "First"][..]);
    let conflict = made(&[init, add, first, &["checkout", "-qb", "other"]]);
    conflict.write("a.rs", "pub fn one() {}\n");
    git(&conflict, &["commit", "-qam", "One"]);
    git(&conflict, &["checkout", "-q", "main"]);
    conflict.write("a.rs", "pub fn two() {}\n");
    git(&conflict, &["commit", "-qam", "Two"]);
    assert!(!git(&conflict, &["merge", "-q", "other"]).status.success());
    let locked = made(&[init, add, first]);
    locked.write("b.rs", "pub fn two() {}\n");
    git(&locked, add);
    locked.write(".git/index.lock", "");
    let origin = made(&[init, add, first, &["commit", "-q", "--allow-empty", "-m", "Second"]]);
    let shallow = Workspace::empty();
    let url = format!("file://{}", origin.root().display());
    git(&shallow, &["clone", "-q", "--depth", "1", &url, "."]);
    let (bare, sha256) =
        (made(&[&["init", "-q", "--bare", "."]]), made(&[&["init", "-q", "--object-format=sha256", "."]]));
    let unborn = made(&[init, add]);
    let cases: [(&Workspace, &[&str], i32, &str); 9] = [
        (
            &conflict,
            &["commit-message"],
            1,
            "1 files are in conflict, among them a.rs; resolve them and `git add` them first",
        ),
        (&conflict, &["review"], 0, "# Review"),
        (&locked, &["commit-message"], 0, "`two`"),
        (&bare, &["review"], 1, "bare"),
        (&sha256, &["commit-message"], 1, "sha256"),
        (&unborn, &["commit-message"], 0, "`first`"),
        (&unborn, &["pr", "describe", "--base", "HEAD"], 1, "commit"),
        (&shallow, &["review", "--base", "HEAD~1"], 1, "--unshallow"),
        (&shallow, &["pr", "describe", "--base", "gone"], 1, "gone"),
    ];
    for (workspace, arguments, expected, told) in cases {
        let (code, out, err) = run(workspace, arguments);
        assert_eq!(code, Some(expected), "{arguments:?}: {out}{err}");
        assert!(
            format!("{out}{err}").to_lowercase().contains(&told.to_lowercase()),
            "{arguments:?}: {out}{err}"
        );
    }
}

#[test]
fn a_message_is_proposed() {
    let workspace = repository();
    workspace.write("a.rs", format!("{CODE}\npub fn second(b: u8) -> u8 {{\n    b * 2\n}}\n"));
    workspace.write("notes.md", "# Notes\n");
    git(&workspace, &["add", "-A"]);
    let (code, out, _) = run(&workspace, &["commit-message"]);
    assert_eq!((code, out.lines().next()), (Some(0), Some("Add `second`")));
    let (_, out, _) = run(&workspace, &["commit-message", "--style", "conventional"]);
    assert!(out.starts_with("feat: add `second`"), "{out}");
    let (_, out, _) = run(&workspace, &["commit-message", "--json", "--split", "--candidates", "2"]);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["messages"].as_array().map(Vec::len), Some(2), "{answer}");
    assert_eq!(answer["groups"][1]["files"], json!(["notes.md"]), "{answer}");
    let (_, out, _) = run(&workspace, &["commit-message", "--json"]);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&answer["parts"], answer.get("groups")), (&json!(2), None), "{answer}");
    let (_, out, _) = run(&workspace, &["commit-message", "--amend"]);
    assert!(out.contains("first") || out.contains("second"), "{out}");
}

#[test]
fn a_review_finds_and_fails_where_it_is_told_to() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("    a + 1", "    g().unwrap();\n    a + 1"));
    git(&workspace, &["add", "-A"]);
    for (arguments, expected) in [
        (&["review"][..], 0),
        (&["review", "--fail-on", "warning"], 3),
        (&["review", "--fail-on", "error"], 0),
    ] {
        let (code, out, _) = run(&workspace, arguments);
        assert_eq!(code, Some(expected), "{arguments:?}");
        assert!(out.contains("line 2, warning") && out.contains("new-panic"), "{out}");
    }
    for format in ["json", "sarif", "rdjson", "rdjsonl", "gitlab"] {
        let (_, out, _) = run(&workspace, &["review", "--format", format]);
        assert!(serde_json::from_str::<Value>(out.trim()).is_ok(), "{format}: {out}");
    }
    let (_, out, _) = run(&workspace, &["review", "--format", "github"]);
    assert!(out.starts_with("::warning file=a.rs,line=2,"), "{out}");
    let (code, ..) = run(&workspace, &["review", "--write-baseline", "known.txt"]);
    assert_eq!(code, Some(0));
    let (_, out, _) = run(&workspace, &["review", "--baseline", "known.txt"]);
    assert!(out.contains("1 finding is known from the baseline."), "{out}");
    let (_, out, _) = run(&workspace, &["review", "--explain", "new-panic"]);
    assert!(out.starts_with("## new-panic"), "{out}");
}

#[test]
fn a_branch_is_described() {
    let workspace = repository();
    workspace.write("b.rs", CODE);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "Second"]);
    let (code, out, err) = run(&workspace, &["pr", "describe", "--base", "HEAD~1"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("# Second\n") && out.contains("## Risks"), "{out}");
}

#[test]
fn a_session_answers_the_same_questions() {
    let workspace = repository();
    workspace.write("a.rs", CODE.replace("    a + 1", "    g().unwrap();\n    a + 1"));
    let mut server = Launch::no_model().start(&Client::full(&workspace));
    let explained = server.call("trust/explainDiff", json!({}));
    assert!(
        explained["markdown"]
            .as_str()
            .is_some_and(|text| text.contains("changes the body of function `first`"))
    );
    assert_eq!(explained["facts"]["files"][0]["path"], "a.rs");
    assert_eq!(server.call("trust/commitMessage", json!({}))["messages"], json!([]));
    git(&workspace, &["add", "-A"]);
    let uri = workspace.uri("a.rs");
    let proposed = server.call("trust/commitMessage", json!({ "uri": uri, "style": "plain" }));
    assert_eq!(proposed["messages"][0]["subject"], "Change `first`");
    let review = server.call("trust/review", json!({ "uri": uri, "maxFindings": 5 }));
    assert_eq!(
        (&review["findings"][0]["rule"], &review["findings"][0]["line"]),
        (&json!("new-panic"), &json!(2))
    );
    let failed = server.call_error("trust/review", json!({ "base": "nonsense" }));
    assert_eq!(failed.code, -32803);
    assert!(failed.message.contains("no revision `nonsense`"), "{}", failed.message);
}

#[test]
fn a_branch_that_took_its_base_in_is_called_by_its_own_commits() {
    let workspace = repository();
    git(&workspace, &["checkout", "-qb", "topic"]);
    workspace.write("b.rs", CODE);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "Own"]);
    git(&workspace, &["checkout", "-q", "main"]);
    workspace.write("c.rs", CODE);
    git(&workspace, &["add", "-A"]);
    // By time alone it would be the newest.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    git(&workspace, &["commit", "-qm", "Theirs"]);
    git(&workspace, &["checkout", "-q", "topic"]);
    assert!(git(&workspace, &["merge", "-q", "--no-edit", "main"]).status.success());
    let (_, out, err) = run(&workspace, &["pr", "describe", "--base", "main"]);
    assert!(out.starts_with("# Own\n"), "{out}{err}");
}

#[test]
fn who_reads_the_beginning_of_an_explanation_and_leaves_ends_it_quietly() {
    let workspace = repository();
    let many: String = (0..9_000).map(|n| format!("line {n}\n\n")).collect();
    workspace.write("b.txt", &many);
    git(&workspace, &["add", "-A"]);
    git(&workspace, &["commit", "-qm", "Second"]);
    workspace.write("b.txt", many.replace("0\n", "x\n"));
    let home = Workspace::empty();
    let mut command = command(home.root());
    command.args(["diff", "explain"]).current_dir(workspace.root()).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut first = [0u8; 8];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(first, *b"Changes ");
    assert!(output.status.code().is_some_and(|code| [0, 141].contains(&code)), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
