//! `trust-lsp tool`: what it prints, what it changes, and what it does not.

use serde_json::{Value, json};
use std::process::{Output, Stdio};
use trust_tests::{Client, Launch, Workspace, command};

const LIB: &str = "/// Says.\npub fn salute(name: &str) {\n    print(name)\n}\n";

fn project() -> Workspace {
    Workspace::with(&[
        ("src/lib.rs", LIB),
        ("src/main.rs", "fn main() {\n    salute(\"you\");\n}\n"),
        ("Cargo.toml", ""),
        (".trustignore", "hidden.rs\n"),
        ("hidden.rs", "fn salute_canary() {}\n"),
    ])
}

fn run_in(home: &Workspace, workspace: &Workspace, arguments: &[&str]) -> Output {
    let mut command = command(home.root());
    command.args(arguments).current_dir(workspace.path("src")).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

fn run(workspace: &Workspace, arguments: &[&str]) -> Output {
    run_in(&Workspace::empty(), workspace, arguments)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("utf-8")
}

#[test]
fn tools_are_listed_and_described() {
    let workspace = project();
    let output = run(&workspace, &["tool", "list"]);
    let listed = text(&output.stdout);
    for line in
        ["read_file       read    Reads", "edit_symbol     edit    Replaces", "explain_diff    read    Says"]
    {
        assert!(listed.contains(line), "{listed}");
    }
    let output = run(&workspace, &["tool", "list", "--json"]);
    let tools: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(tools.len() == 14 && tools.iter().all(|tool| tool["parameters"]["type"] == "object"));
    let output = run(&workspace, &["tool", "list", "edit_symbol"]);
    let page = text(&output.stdout);
    assert!(page.contains("  path                string, required: The file"), "{page}");
    assert!(page.contains("replace, before, after"), "{page}");
    let output = run(&workspace, &["tool", "list", "read_fil"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("did you mean `read_file`?"), "{}", text(&output.stderr));
}

#[test]
fn an_editor_calls_those_that_read_on_what_it_has_open() {
    let workspace = project();
    let mut server = Launch::no_model().start_indexed(&Client::full(&workspace));
    let text = "pub fn renamed() {}\n";
    let item =
        json!({ "uri": workspace.uri("src/lib.rs"), "languageId": "rust", "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let asked = |argument: Value| json!({ "command": "trust.tool", "arguments": [argument] });
    let listed = server.call("workspace/executeCommand", asked(json!({})));
    let tools = listed["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"outline") && !names.contains(&"edit_symbol"), "{names:?}");
    let outline = json!({ "name": "outline", "arguments": { "path": "src/lib.rs" } });
    let told = server.call("workspace/executeCommand", asked(outline));
    assert!(told["text"].as_str().unwrap().contains("pub fn renamed()"), "{told}");
    let shown = server.expect_notification("window/showMessage");
    assert!(shown["message"].as_str().unwrap().contains("pub fn renamed()"), "{shown}");
    for (argument, code, why) in [
        (json!({ "name": "outlin" }), -32602, "did you mean `outline`?"),
        (json!({ "name": "outline", "arguments": { "file": 1 } }), -32602, "wrong parameters"),
        (json!({ "name": "outline", "other": 1 }), -32602, "other"),
        (json!({ "name": 7 }), -32602, ""),
        (json!({ "name": "edit_symbol" }), -32803, "does more than read"),
        (json!({ "name": "read_file", "arguments": { "path": "hidden.rs" } }), -32803, "hidden.rs"),
    ] {
        let error = server.call_error("workspace/executeCommand", asked(argument.clone()));
        assert_eq!(error.code, code, "{argument}: {}", error.message);
        assert!(error.message.contains(why), "{argument}: {}", error.message);
    }
}

#[test]
fn tools_answer_on_the_command_line() {
    let workspace = project();
    let cases: [(&[&str], &str); 6] = [
        (&["outline", "path=src/lib.rs"], "src/lib.rs: 4 lines, rust\n2-4\tpub fn salute(name: &str)\n"),
        (
            &["read_file", "path=src/lib.rs", "first_line=2", "last_line=2"],
            "2\tpub fn salute(name: &str) {\n",
        ),
        (&["references", "--json", "{\"symbol\": \"salute\"}"], "src/main.rs:2: salute(\"you\");\n"),
        (&["search_text", "text=canary"], "no line holds this text\n"),
        (&["repository_map"], "src/lib.rs:\n  pub fn salute(name: &str)\n"),
        (&["diagnostics", "path=src/main.rs", "--root", ".."], "src/main.rs: no syntax errors\n"),
    ];
    for (arguments, expected) in cases {
        let arguments: Vec<&str> = ["tool", "run"].iter().chain(arguments).copied().collect();
        let output = run(&workspace, &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(expected), "{arguments:?}: {}", text(&output.stdout));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let workspace = project();
    let cases: [(&[&str], i32, &str); 9] = [
        (&["read_fil", "path=a"], 2, "read_fil: there is no tool of this name; did you mean `read_file`?"),
        (&["read_file"], 2, "`path` is required"),
        (
            &["read_file", "path=src/lib.rs", "first_line=two"],
            2,
            "`first_line` must be a whole number, not a text",
        ),
        (&["read_file", "path=src/lib.rs", "frist_line=2"], 2, "did you mean `first_line`?"),
        (&["read_file", "src/lib.rs"], 1, "expected KEY=VALUE"),
        (&["read_file", "--json", "{"], 1, "--json takes a JSON object"),
        (&["read_file", "path=src/lip.rs"], 1, "did you mean `src/lib.rs`?"),
        (&["read_file", "path=hidden.rs"], 1, "excluded by hidden.rs in .trustignore"),
        (&["explain_diff"], 1, "explain_diff: "),
    ];
    for (arguments, code, expected) in cases {
        let arguments: Vec<&str> = ["tool", "run"].iter().chain(arguments).copied().collect();
        let output = run(&workspace, &arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(expected) && output.stdout.is_empty(), "{arguments:?}: {error}");
    }
}

#[test]
fn only_what_is_allowed_is_changed() {
    let workspace = project();
    let edit =
        ["tool", "run", "edit_symbol", "path=src/lib.rs", "symbol=salute", "source=pub fn salute() {}"];
    let output = run(&workspace, &edit);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is nobody to ask"), "{}", text(&output.stderr));
    let lib = || std::fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
    assert_eq!(lib(), LIB);
    let output = run(&workspace, &[&edit[..], &["--allow", "edit"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("done:\n--- a/src/lib.rs\n"), "{}", text(&output.stdout));
    assert_eq!(lib(), "pub fn salute() {}\n");
}

#[test]
fn decisions_that_last_are_told_and_taken_back() {
    let (home, workspace) = (Workspace::empty(), project());
    let told = |arguments: &[&str]| {
        let output = run_in(&home, &workspace, &[&["tool", "decisions"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    assert_eq!(told(&[]), "nothing is decided for good\n");
    let tools: Value = serde_json::from_slice(&run(&workspace, &["tool", "list", "--json"]).stdout).unwrap();
    assert!(tools.as_array().unwrap().iter().any(|tool| tool["name"] == "edit_symbol"));
    let root = workspace.root().canonicalize().unwrap();
    let decision = json!([
        {"workspace": root, "tool": "edit_symbol", "class": "edit", "schema": "0", "allow": true},
        {"workspace": "/elsewhere", "tool": "edit_symbol", "class": "edit", "schema": "0", "allow": false},
    ]);
    home.write("state/trust-lsp/permissions.json", decision.to_string());
    assert!(told(&[]).contains("edit_symbol (edit): permitted\n/elsewhere  edit_symbol (edit): never\n"));
    // It was made for other parameters than the tool has.
    let edit = ["tool", "run", "edit_symbol", "path=src/lib.rs", "symbol=salute", "source=fn a() {}"];
    assert_eq!(run_in(&home, &workspace, &edit).status.code(), Some(1));
    assert_eq!(told(&["--forget"]), "1 taken back\n");
    assert_eq!(serde_json::from_str::<Value>(&told(&["--json"])).unwrap().as_array().unwrap().len(), 1);
}

/// A person's own configuration that lets commands be run.
#[cfg(target_os = "linux")]
fn home_with(configuration: &str) -> Workspace {
    Workspace::with(&[("config/trust-lsp/config.toml", configuration)])
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_is_run_where_its_owner_wants_it_and_somebody_permits_it() {
    let workspace = project();
    let command = &["tool", "run", "run_command", "command=[\"cat\", \"src/main.rs\"]"][..];
    let allowed = [command, &["--allow", "execute"]].concat();
    let off = run(&workspace, &allowed);
    assert!(text(&off.stderr).contains("there is no tool of this name"), "{}", text(&off.stderr));
    let home = home_with("[command]\nenable = true\n");
    let output = run_in(&home, &workspace, command);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nobody to ask"), "{}", text(&output.stderr));
    let output = run_in(&home, &workspace, &allowed);
    let said = text(&output.stdout);
    assert!(
        said.starts_with("exit status: 0 (") && said.contains("fn main() {\n"),
        "{said}{}",
        text(&output.stderr)
    );
    assert!(said.contains("held by ") && said.contains(": no network, no home folder"), "{said}");
    // The workspace cannot switch it on, trusted or not.
    let hostile = Workspace::with(&[
        ("Cargo.toml", ""),
        (".trust/config.toml", "[command]\nenable = true\n"),
        ("src/a", ""),
    ]);
    let home = Workspace::empty();
    assert!(run_in(&home, &hostile, &["workspace", "trust"]).status.success());
    let output = run_in(&home, &hostile, &allowed);
    assert!(text(&output.stderr).contains("there is no tool of this name"), "{}", text(&output.stderr));
}
