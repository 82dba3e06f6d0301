//! The command line: what it prints where, and with which exit code.

use crate::{COPIED, REPEATS};
use serde_json::Value;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use trust_tests::{Document, Workspace, command};

/// Runs the binary in `workspace`.
fn run(workspace: &Workspace, arguments: &[&str]) -> Output {
    let home = Workspace::empty();
    let mut command = command(home.root());
    command.args(arguments).current_dir(workspace.root()).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("utf-8 on stdout")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("utf-8 on stderr")
}

/// A workspace with `a.rs`, and the argument that names its cursor (one-based).
fn with_document(marked: &str) -> (Workspace, String) {
    let document = Document::rust("a.rs", marked);
    let workspace = Workspace::with(&[("a.rs", &document.text)]);
    let (line, column) = document.cursor(trust_tests::Encoding::Utf32);
    (workspace, format!("a.rs:{}:{}", line + 1, column + 1))
}

#[test]
fn failures_are_one_line_on_stderr_and_code_1() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n"), (".trustignore", "hidden.rs\n")]);
    workspace.write("hidden.rs", "fn hidden() {}\n");
    workspace.write("latin1.rs", b"// caf\xe9\n");
    std::fs::create_dir(workspace.path("folder.rs")).unwrap();
    for (command, place) in ["complete", "definition", "references"].into_iter().flat_map(|command| {
        ["missing.rs:1:1", "folder.rs:1:1", "hidden.rs:1:1", "latin1.rs:1:1"].map(|place| (command, place))
    }) {
        let output = run(&workspace, &[command, place]);
        assert_eq!(output.status.code(), Some(1), "{place}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{place}");
        let error = stderr(&output);
        assert_eq!(error.lines().count(), 1, "{place}: {error}");
        assert!(error.contains(place.split(':').next().unwrap_or_default()), "{place}: {error}");
    }
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    let home = Workspace::empty();
    let mut command = command(home.root());
    command.args(["config", "show", "--json"]).current_dir(workspace.root());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), stderr(&output)), (Some(141), ""));
}

#[test]
fn wrong_usage_is_code_2() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    let cases: [&[&str]; 6] = [
        &["complete"],
        &["complete", "a.rs"],
        &["complete", "a.rs:0:1"],
        &["complete", "a.rs:one:two"],
        &["no-such-command"],
        &["--no-such-flag"],
    ];
    for arguments in cases {
        let output = run(&workspace, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn only_commands_that_people_may_know_are_suggested() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    for (typed, suggested) in [("foo", None), ("doo", None), ("dor", None), ("indx", Some("'index'"))] {
        let output = run(&workspace, &[typed]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(!told.contains("'door'") && told.contains(typed), "{told}");
        assert!(suggested.is_none_or(|name| told.contains(name)), "{told}");
    }
}

#[test]
fn where_there_is_nothing_to_list_that_is_said() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    for (arguments, told) in
        [(["privacy", "consent"], "there is no consent"), (["profile", "list"], "there are no profiles")]
    {
        let output = run(&workspace, &arguments);
        assert!(
            output.status.success() && stdout(&output).starts_with(told),
            "{arguments:?}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn the_bundled_model_is_said_to_complete_and_nothing_more() {
    let workspace = Workspace::with(&[("a.rs", "fn a() {}\n")]);
    let listed = run(&workspace, &["models", "list"]);
    assert!(
        stdout(&listed).contains("fills holes") && !stdout(&listed).contains("chats"),
        "{}",
        stdout(&listed)
    );
    for (task, named) in [("chat", "chat: none of these"), ("review", "review: none of these")] {
        let output = run(&workspace, &["models", "recommend", "--task", task]);
        let told = stdout(&output);
        assert!(told.starts_with(named) && told.contains("was not made to converse"), "{told}");
        assert!(!told.contains("no model takes part") && !told.contains("models use"), "{told}");
    }
}

#[test]
fn the_catalogue_says_what_it_does_not_know_and_how_to_get_each() {
    let workspace = Workspace::empty();
    let output = run(&workspace, &["models", "catalogue", "--task", "completion"]);
    let told = stdout(&output);
    assert!(told.contains("qwen2.5-coder-1.5b ") && !told.contains("qwen3-4b"), "{told}");
    let output_json = run(&workspace, &["models", "catalogue", "--json"]);
    let json = stdout(&output_json);
    let entries: Vec<Value> = serde_json::from_str(json).unwrap();
    assert!(entries.len() >= 12, "{json}");
    for entry in &entries {
        let name = entry["name"].as_str().unwrap();
        assert_eq!(entry["pull"], format!("trust-lsp models pull {name}"));
        assert_eq!(entry["verified"], !entry["sha256"].is_null(), "{entry}");
        assert!(entry["source"].as_str().unwrap().starts_with("hf:"), "{entry}");
        assert_eq!(entry["stored"], Value::Null);
    }
    let unverified = told.lines().filter(|line| line.ends_with(" unverified")).count();
    assert_eq!(unverified, told.matches("models pull").count(), "{told}");
    // Where there is memory for one, the recommendation says so too.
    let output = run(&workspace, &["models", "recommend", "--task", "chat", "--json"]);
    let told = stdout(&output);
    let judged: Value = serde_json::from_str(told).unwrap();
    let named = judged[0]["notInStore"].as_str();
    assert!(
        named.is_none_or(|named| entries.iter().any(|e| e["name"] == named && e["weightsFit"] == true)),
        "{told}"
    );
}

#[test]
fn a_completion_as_json_has_its_facts() {
    let (workspace, place) = with_document(REPEATS);
    let output = run(&workspace, &["complete", &place, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(stdout(&output)).unwrap();
    let mut keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["model", "ms_first", "ms_total", "quiet", "source", "text", "tokens"]);
    assert_eq!(answer["text"], COPIED);
    assert!(["copy", "mixed"].contains(&answer["source"].as_str().unwrap_or_default()), "{answer}");
    assert!(answer["ms_first"].is_number() && answer["ms_total"].is_number() && answer["tokens"].is_u64());
}

#[test]
fn silence_as_json_has_no_source() {
    // Inside a word nothing is proposed.
    let (workspace, place) = with_document("fn ma‸in() {}\n");
    let output = run(&workspace, &["complete", &place, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&answer["source"], &answer["text"]), (&Value::Null, &Value::from("")), "{answer}");
    assert!(answer["quiet"].as_str().is_some_and(|why| !why.is_empty()), "{answer}");
}

#[test]
fn silence_is_explained() {
    let (workspace, place) = with_document("fn ma‸in() {}\n");
    let output = run(&workspace, &["complete", &place, "--no-model", "--why"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), ""));
    assert!(stderr(&output).contains("inside a word"), "{}", stderr(&output));
    let (workspace, place) = with_document(REPEATS);
    let output = run(&workspace, &["complete", &place, "--no-model", "--why", "--json"]);
    let answer: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert!(
        answer["why"].as_str().is_some_and(|why| why.contains("tokens") && why.contains('%')),
        "{answer}"
    );
}

#[test]
fn a_completion_without_json_is_text() {
    let (workspace, place) = with_document(REPEATS);
    let output = run(&workspace, &["complete", &place]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(COPIED), "{}", stdout(&output));
}

/// A small project in which one file uses another.
fn project() -> Workspace {
    Workspace::with(&[
        ("lib.rs", "/// Says.\npub fn salute(name: &str) {}\npub struct Salutation { words: u8 }\n"),
        ("main.rs", "fn main() {\n    salute(\"you\");\n}\n"),
        (".trustignore", "hidden.rs\n"),
        ("hidden.rs", "fn salute_canary() {}\n"),
    ])
}

#[test]
fn an_index_as_json_has_its_facts() {
    let workspace = project();
    workspace.write("binary.rs", b"\0");
    for (arguments, measured) in
        [(vec!["index", "--json"], false), (vec!["index", ".", "--stats", "--json"], true)]
    {
        let output = run(&workspace, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let answer: Value = serde_json::from_str(stdout(&output)).unwrap();
        assert_eq!((&answer["files"], &answer["lines"]), (&Value::from(2), &Value::from(6)), "{answer}");
        assert_eq!(answer["symbols"], 4);
        assert_eq!(answer["skipped"]["binary"], 1);
        for key in ["bytes", "names", "heap_bytes", "disk_bytes"] {
            assert!(answer[key].as_u64().is_some_and(|value| value > 0), "{key} of {answer}");
        }
        for key in ["seconds_tier0", "seconds_tier1", "seconds_warm"] {
            assert_eq!(answer[key].is_number(), measured, "{key} of {answer}");
        }
    }
}

#[test]
fn what_is_searched_is_found() {
    let workspace = project();
    let all = usize::MAX.to_string();
    let cases: [(&[&str], &str); 9] = [
        (&["search", "salute", "--limit", &all], "lib.rs:2:8: pub fn salute(name: &str)\n"),
        (&["search", "salut", "--kind", "text", "--limit", &all], ""),
        (&["search", "salut"], "lib.rs:2:8: pub fn salute(name: &str)\nlib.rs:3:12: pub struct Salutation\n"),
        (&["search", "canary"], ""),
        (&["definition", "main.rs:2:7"], "lib.rs:2:8: pub fn salute(name: &str) {}\n"),
        (
            &["references", "lib.rs:2:8"],
            "lib.rs:2:8: pub fn salute(name: &str) {}\nmain.rs:2:5: salute(\"you\");\n",
        ),
        (&["definition", "main.rs:2:3"], ""),
        (
            &["search", "--kind", "text", "main salute"],
            "main.rs:1: fn main() {\nmain.rs:2: salute(\"you\");\nlib.rs:2: pub fn salute(name: &str) {}\n",
        ),
        (&["map", "--tokens", "100"], "lib.rs:\n  pub fn salute(name: &str)\n"),
    ];
    for (arguments, expected) in cases {
        let output = run(&workspace, arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stdout(&output), expected, "{arguments:?}");
    }
    let output = run(&workspace, &["search", "--json", "salute"]);
    let answer: Value = serde_json::from_str(stdout(&output).lines().next().unwrap_or_default()).unwrap();
    assert_eq!(
        (&answer["kind"], &answer["line"], &answer["column"]),
        (&"function".into(), &2.into(), &8.into())
    );
}

#[test]
fn a_file_that_is_mistyped_is_named() {
    let workspace = project();
    for (focus, expected) in [("nowhere.rs", "nowhere.rs"), ("hidden.rs", "hidden.rs is not in the index")] {
        let output = run(&workspace, &["map", "--focus", focus]);
        assert_eq!(output.status.code(), Some(1), "{focus}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn a_folder_without_sources_is_indexed_at_once() {
    let workspace = Workspace::with(&[("notes.md", "# Nothing.\n")]);
    let started = Instant::now();
    let output = run(&workspace, &["index"]);
    assert_eq!(stdout(&output), "0 files, 0 lines, 0 symbols, 0 names\n", "{}", stderr(&output));
    assert!(started.elapsed() < Duration::from_secs(30), "it waited for what is never written");
}

#[test]
fn doctor_reports_and_succeeds() {
    let workspace = Workspace::empty();
    let output = run(&workspace, &["doctor"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Where the model is computed is said with it.
    let said = stdout(&output);
    for part in ["  gpu         this build runs models on the processor", ", on the processor: "] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn version_and_help() {
    let workspace = Workspace::empty();
    let version = run(&workspace, &["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert!(stdout(&version).starts_with("trust-lsp "), "{}", stdout(&version));
    let help = run(&workspace, &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("Examples"), "{}", stdout(&help));
    for hidden in ["--scripted-model", "--debug-requests"] {
        assert!(!stdout(&help).contains(hidden), "{hidden} is for tests");
    }
}
