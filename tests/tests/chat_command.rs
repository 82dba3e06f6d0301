//! `trust-lsp chat`: one question, a conversation line by line, what is kept of it, and Ctrl-C.

use crate::chat::project;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use trust_tests::{Workspace, command};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(home: &Workspace, workspace: &Workspace, arguments: &[&str], input: &str) -> Ran {
    let mut child = spawn(home, workspace, arguments);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn spawn(home: &Workspace, workspace: &Workspace, arguments: &[&str]) -> Child {
    let mut command = command(home.root());
    command.arg("chat").args(arguments).current_dir(workspace.root());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary runs")
}

const FACTS: &str =
    "`Widget` is defined:\n- [1] src/widget.rs:2-4, struct: `pub struct Widget`\n  Draws itself.\n";

#[test]
fn one_question_is_answered_with_places_first() {
    let (home, workspace) = (Workspace::empty(), project());
    let ran = run(&home, &workspace, &["What is Widget?"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), FACTS), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("not made to converse"), "{}", ran.err);
    // By a pipe, with a model that speaks.
    let spoken = ["--scripted-model", "It draws [1], see [7]."];
    let ran = run(&home, &workspace, &spoken, "What is Widget?\n");
    assert_eq!((ran.code, ran.out), (Some(0), format!("{FACTS}\nIt draws [1], see .\n")), "{}", ran.err);
    let ran =
        run(&home, &workspace, &["--no-model", "--at", "src/main.rs:4-6", "what is this?", "--json"], "");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["places"][0]["path"], "src/main.rs", "{answer}");
    assert_eq!((&answer["places"][0]["start"], &answer["places"][0]["end"]), (&json!(4), &json!(6)));
    assert_eq!((&answer["wording"], &answer["cut"]), (&Value::Null, &json!(false)));
}

#[test]
fn a_conversation_goes_on_and_is_kept_for_its_user_alone() {
    let (home, workspace) = (Workspace::empty(), project());
    let lines = "What is Widget?\n/files\n/cite 1\n/cite 9\n/save first\nwho uses it?\n/history\n/model\n/nothing\n\n/exit\nnever read\n";
    let spoken = ["--interactive", "--scripted-model", "Words."];
    let ran = run(&home, &workspace, &spoken, lines);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for part in [
        FACTS,
        "\nWords.\n",
        "[1] src/widget.rs:2-4\n",
        "pub struct Widget {\n    pub sides: u32,\n}\n",
        "kept as first\n",
        "`Widget` is used:\n",
        "What is Widget?\nwho uses it?\n",
        "scripted words the answers\n",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(
        ran.err.contains("there are 1 places") && ran.err.contains("there is no /nothing"),
        "{}",
        ran.err
    );
    let kept = home.path("state/trust-lsp/chats/first.json");
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(
        text.contains("who uses it?") && !text.contains("pub sides"),
        "places are kept, not what stands there"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&kept), mode(kept.parent().unwrap())), (0o600, 0o700));
    }
    // Resumed, it knows what was spoken of, and is kept again.
    let ran = run(&home, &workspace, &["--resume", "first", "--no-model", "where is it defined?"], "");
    assert!(ran.out.contains("src/widget.rs:2-4"), "{} {}", ran.out, ran.err);
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains("where is it defined?"), "{text}");
    let ran = run(
        &home,
        &workspace,
        &["--interactive", "--no-model"],
        "/resume\n/resume first\n/history\n/clear\n/history\n",
    );
    assert!(ran.out.contains("first\n3 questions so far\nWhat is Widget?\n"), "{} {}", ran.out, ran.err);
    assert!(ran.out.ends_with("a new conversation\n"), "{}", ran.out);
    // Nothing that was not named is on disk.
    assert_eq!(std::fs::read_dir(kept.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_is_wrong_is_one_line_and_nothing_kept_is_destroyed() {
    let (home, workspace) = (Workspace::empty(), project());
    let damaged = [
        ("torn", "{\"root\": \"/a\", \"conver".to_owned()),
        ("other", json!({ "root": "/a", "conversation": { "version": 7 } }).to_string()),
        ("shape", json!({ "root": "/a", "conversation": [1] }).to_string()),
        ("empty", String::new()),
    ];
    for (name, text) in &damaged {
        home.write(&format!("state/trust-lsp/chats/{name}.json"), text);
    }
    let cases: [(&[&str], &str, &str); 12] = [
        (&["--resume", "torn", "a"], "", "left as it is"),
        (&["--resume", "other", "a"], "", "left as it is"),
        (&["--resume", "shape", "a"], "", "left as it is"),
        (&["--resume", "empty", "a"], "", "left as it is"),
        (&["--save", "torn", "a"], "", "already"),
        (&["--resume", "none", "a"], "", "no conversation \"none\" (empty, other, shape, torn)"),
        (&["--resume", "../torn", "a"], "", "no name"),
        (&["--at", "src/hidden.rs", "a"], "", ".trustignore"),
        (&["--at", "gone.rs", "a"], "", "gone.rs"),
        (&["--root", "nowhere", "a"], "", "nowhere"),
        (&[], "  \n", "no question"),
        (&["--interactive", "--json"], "", ""),
    ];
    for (arguments, input, told) in cases {
        let ran = run(&home, &workspace, &[arguments, &["--words", "never"]].concat(), input);
        assert!(matches!(ran.code, Some(1 | 2)), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(
            ran.err.contains(told) && (ran.code == Some(2) || ran.err.lines().count() == 1),
            "{arguments:?}: {}",
            ran.err
        );
    }
    let ran = run(
        &home,
        &workspace,
        &["--interactive", "--no-model"],
        "/save torn\n/resume torn\nWhat is Widget?\n",
    );
    assert!(ran.out.ends_with(FACTS) && ran.err.lines().count() == 3, "{} {}", ran.out, ran.err);
    for (name, text) in &damaged {
        let path = home.path(&format!("state/trust-lsp/chats/{name}.json"));
        assert_eq!(&std::fs::read_to_string(path).unwrap(), text);
    }
}

#[test]
fn the_bundled_model_never_overflows_a_small_context() {
    let (home, workspace) = (Workspace::empty(), project());
    let lines: String = (0..24).map(|turn| format!("What is Widget, and thing {turn} of main?\n")).collect();
    let small = ["--interactive", "--words", "always", "--config", "model.context=256"];
    let ran = run(&home, &workspace, &small, &(lines + "/history\n"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // It says what it says; what must not be is an error.
    let errors: Vec<&str> = ran.err.lines().filter(|line| !line.ends_with("ended before its end")).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(ran.out.matches("`Widget` is defined:").count(), 24);
    assert!(ran.out.contains(" before these)\n"), "the oldest were folded: {}", ran.out);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_answer_and_not_the_program() {
    let (home, workspace) = (Workspace::empty(), project());
    let slow = ["--interactive", "--scripted-model", "Words.", "--scripted-delay-ms", "60000"];
    let mut child = spawn(&home, &workspace, &slow);
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || out.next().unwrap().unwrap();
    let interrupt = |id: u32| {
        assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    };
    stdin.write_all(b"What is Widget?\n").unwrap();
    assert_eq!(next(), "`Widget` is defined:");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let began = std::time::Instant::now();
    interrupt(child.id());
    // The rest of the facts; then the next line is read, long before the model would have spoken.
    stdin.write_all(b"/history\n").unwrap();
    while next() != "What is Widget?" {}
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    // With nothing to end, it ends nothing.
    interrupt(child.id());
    stdin.write_all(b"/history\n/exit\n").unwrap();
    assert_eq!(next(), "What is Widget?");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_model_that_calls_tools_is_answered_and_changes_nothing_without_a_terminal() {
    let (home, workspace) = (Workspace::empty(), project());
    let call = |name: &str, arguments: Value| {
        format!("<tool_call>\n{}\n</tool_call>", json!({ "name": name, "arguments": arguments }))
    };
    let read = call("read_file", json!({ "path": "src/widget.rs", "last_line": 2 }));
    let source = "pub struct Widget {}";
    let edit = call("edit_symbol", json!({ "path": "src/widget.rs", "symbol": "Widget", "source": source }));
    let text = || std::fs::read_to_string(workspace.path("src/widget.rs")).unwrap();
    let before = text();
    let cases: [(&str, Vec<&str>, &[&str]); 3] = [
        (&read, vec![], &["(read_file {\"path\":\"src/widget.rs\",\"last_line\":2})"]),
        (&edit, vec![], &["(edit_symbol", "(there is no tool of this name"]),
        (&edit, vec!["--edits"], &["(edit_symbol {", "(not permitted: changing files must be permitted"]),
    ];
    for (call, more, expected) in cases {
        let replies = format!("{call}\u{1e}It is so.");
        let arguments = [&["What is Widget?", "--scripted-model", &replies], more.as_slice()].concat();
        let ran = run(&home, &workspace, &arguments, "");
        assert_eq!(
            (ran.code, ran.out.ends_with("\nIt is so.\n")),
            (Some(0), true),
            "{} {}",
            ran.out,
            ran.err
        );
        assert!(expected.iter().all(|part| ran.err.contains(part)), "{}", ran.err);
        assert_eq!(text(), before);
    }
}
