//! Every route: what an excluded file says, and a secret in an ordinary one, is in no message, no output, no log, no cache and no
//! export of what was recorded.

use super::{CANARY, files_below};
use crate::git::git;
use crate::hostile::panel::Panel;
use crate::mcp::Session;
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Random, Workspace};

/// A workspace with both, in what is committed and in what is staged.
pub struct Place {
    pub workspace: Workspace,
    /// What nobody may be told.
    pub canaries: Vec<String>,
    pub door: String,
}

impl Place {
    pub fn new() -> Self {
        let mut random = Random::new(5);
        let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('2'..='9').collect();
        let mut token = || format!("glpat-{}", (0..20).map(|_| *random.pick(&letters)).collect::<String>());
        let (old, new) = (token(), token());
        let door = |token: &str| {
            format!(
                "/// Opens by {token}.\npub fn open_door() {{\n    let door = connect_upstream(\"{token}\", 3);\n    door.wait();\n}}\n"
            )
        };
        let hidden = format!("pub fn open_{CANARY}() {{ let x = \"{CANARY}\"; }}\n");
        let workspace = Workspace::with(&[
            ("src/door.rs", &door(&old)),
            ("src/main.rs", "mod door;\nfn main() {\n    door::open_door();\n}\n"),
            ("src/hidden.rs", &hidden),
            (".env", &format!("KEY={CANARY}\n")),
            (".trustignore", "hidden.rs\n"),
            ("Cargo.toml", ""),
        ]);
        git(&workspace, &["init", "-q", "-b", "main", "."]);
        git(&workspace, &["add", "-f", "-A"]);
        git(&workspace, &["commit", "-qm", "First"]);
        let changed = format!("{}pub fn shut_door() {{}}\n", door(&new));
        workspace.write("src/door.rs", &changed);
        workspace.write("src/hidden.rs", format!("{hidden}// {CANARY}\n"));
        workspace.write(".env", format!("KEY={CANARY}\nMORE={CANARY}\n"));
        git(&workspace, &["add", "-f", "-A"]);
        Self { workspace, canaries: vec![CANARY.into(), old, new], door: changed }
    }

    pub fn assert_none(&self, told: &str, route: &str) {
        for canary in &self.canaries {
            assert!(!told.contains(canary), "{route} tells {canary}: {told}");
        }
    }
}

fn call(name: &str, arguments: &Value) -> String {
    format!("<tool_call>\n{}\n</tool_call>", json!({ "name": name, "arguments": arguments }))
}

/// What a model that is after both would call, one after the other.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("read_file", json!({ "path": "src/hidden.rs" })),
        ("read_file", json!({ "path": ".env" })),
        ("read_file", json!({ "path": "src/door.rs" })),
        ("search_text", json!({ "text": "glpat-" })),
        ("search_text", json!({ "text": "canary_yel" })),
        ("find_symbol", json!({ "name": "open_" })),
        ("symbol_source", json!({ "path": "src/door.rs", "symbol": "open_door" })),
        ("outline", json!({ "path": "src/door.rs" })),
        ("references", json!({ "symbol": "open_door" })),
        ("repository_map", json!({})),
        ("diagnostics", json!({ "path": "src/door.rs" })),
        ("explain_diff", json!({ "staged": true })),
        ("review_diff", json!({})),
        ("symbol_history", json!({ "path": "src/door.rs", "line": 3 })),
    ]
}

fn launch(reply: &str) -> Launch {
    let launch = Launch::scripted(reply).verbose();
    std::fs::create_dir_all(launch.home("config/trust-lsp")).unwrap();
    let text = "actions.bundledModel = true\n[audit]\ncontent = true\n";
    std::fs::write(launch.home("config/trust-lsp/config.toml"), text).unwrap();
    launch
}

/// A session of an editor: a question about the lines themselves, an edit of the symbol, and what git tells.
fn session(place: &Place, launch: &Launch) {
    let workspace = &place.workspace;
    let mut server = launch.start_indexed(&crate::model_actions::client(workspace));
    for path in ["src/door.rs", "src/hidden.rs", ".env"] {
        let text = std::fs::read_to_string(workspace.path(path)).unwrap();
        crate::model_actions::open(&mut server, &workspace.uri(path), &text);
        let line = |line: u32| json!({ "line": line, "character": 12 });
        let range = json!({ "start": line(1), "end": line(3) });
        let asked = json!({ "message": "What does open_door do?", "uri": workspace.uri(path), "range": range,
            "words": "always", "partialResultToken": path });
        server.call("trust/chat", asked);
        for wish in ["simplify", "document", "test", "name"] {
            let data = json!({ "wish": wish, "uri": workspace.uri(path), "version": 1, "range": range });
            let id = server.request("codeAction/resolve", json!({ "title": wish, "data": data }));
            let _ = server.reply(id);
        }
        let id = server.request("trust/explainHistory", json!({ "uri": workspace.uri(path), "line": 2 }));
        let _ = server.reply(id);
    }
    server.call("trust/explainDiff", json!({ "staged": true, "callers": true, "partialResultToken": "e" }));
    server.call("trust/commitMessage", json!({ "count": 2 }));
    let id = server.request("trust/review", json!({ "model": true, "partialResultToken": "r" }));
    let _ = server.reply(id);
    server.call("trust/review", json!({ "publish": true }));
    let document = Document::rust(workspace.uri("src/new.rs"), "fn f() {\n    let door = connect_up‸\n}\n");
    server.open(&document);
    server.inline_invoked(&document);
    server.completion(&document);
    server.listen(std::time::Duration::from_millis(300));
    place.assert_none(server.heard(), "an editor's session");
    assert!(server.heard().contains("open_door"), "something is told");
    for method in ["$/progress", "textDocument/publishDiagnostics", "window/showMessage", "window/logMessage"]
    {
        server.notifications(method);
    }
    server.call("shutdown", json!(null));
    server.notify("exit", json!(null));
    server.wait_exit(trust_tests::WAIT);
    assert!(server.log().contains("DEBUG"), "the log is verbose");
    place.assert_none(&server.log(), "the log of an editor's session");
}

#[test]
fn no_route_tells_or_keeps_what_is_excluded_or_secret() {
    let place = Place::new();
    let root = place.workspace.root();
    let launch = launch("Words.");
    session(&place, &launch);
    let run = |arguments: &[&str]| {
        let mut command = launch.command();
        command.args(arguments).current_dir(root).env("RUST_LOG", "trace").stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        place.assert_none(&said.concat(), &arguments.join(" "));
        said.concat()
    };
    // A panel and a terminal, where the model calls what it can.
    for (name, arguments) in calls() {
        let replies = format!("{}\u{1e}It says so.", call(name, &arguments));
        let mut command = launch.command();
        command.args(["acp", "--scripted-model", &replies]).current_dir(root);
        let mut panel = Panel::open(command, "allow_once");
        panel.ask(root, "What does open_door do?");
        assert_eq!(panel.ended().len(), 1, "{name} was called: {}", panel.transcript());
        place.assert_none(&panel.transcript(), &format!("{name} in a panel"));
    }
    let edit = call(
        "edit_symbol",
        &json!({ "path": "src/door.rs", "symbol": "shut_door", "source": "pub fn shut_door() { open_door(); }" }),
    );
    let mut command = launch.command();
    command.args(["acp", "--scripted-model", &format!("{edit}\u{1e}Done.")]).current_dir(root);
    let mut panel = Panel::open(command, "allow_once");
    panel.ask(root, "What does open_door do?");
    assert_eq!((panel.asked().len(), panel.ended()), (1, vec![&json!("completed")]));
    place.assert_none(&panel.transcript(), "an edit in a panel");
    drop(panel);
    let read = format!("{}\u{1e}Words.", call("read_file", &json!({ "path": "src/door.rs" })));
    for arguments in [
        &["chat", "--save", "kept", "--scripted-model", &read, "--at", "src/door.rs:1-5", "What is this?"][..],
        &["chat", "--json", "--scripted-model", &read, "What does open_door do?"],
        &["chat", "--words", "never", "--at", "src/hidden.rs", "What is this?"],
        &["review", "--format", "markdown"],
        &["review", "--format", "github"],
        &["review", "--base", "HEAD", "--format", "sarif"],
        &["commit-message", "--json"],
        &["diff", "explain", "--staged", "--callers", "--format", "json"],
        &["history", "src/door.rs:3", "--json"],
        &["pr", "describe", "--base", "HEAD"],
        &["edit", "document", "src/door.rs:2", "--dry-run", "--scripted-model", "Opens it."],
        &["workflow", "show", "review-then-fix"],
        &["map"],
        &["doctor"],
        &["stats"],
        &["privacy", "status"],
        &["audit", "show", "--last", "0", "--content", "--json"],
        &["audit", "export", "--content"],
        &["audit", "export", "--content", "--format", "csv"],
        &["audit", "export", "--content", "--format", "otel"],
        &["audit", "verify", "--print"],
    ] {
        assert!(!run(arguments).is_empty(), "{arguments:?} says something");
    }
    // An agent.
    let mut command = launch.command();
    command.arg("mcp").current_dir(root);
    let mut agent = Session::in_home(command);
    for (number, (name, arguments)) in calls().into_iter().enumerate() {
        let told = agent.call(number as i64 + 1, name, arguments);
        assert!(told["result"].is_object(), "{name}: {told}");
        place.assert_none(&told.to_string(), &format!("{name} by an agent"));
    }
    agent.end();
    // What is kept of all that.
    let kept = files_below(&launch.home(""));
    let names = |name: &str| kept.iter().any(|path| path.to_string_lossy().contains(name));
    assert!(names("chats/kept.json") && names("trust-lsp/audit/") && names("segment"), "{kept:?}");
    for path in &kept {
        let bytes = std::fs::read(path).unwrap();
        place.assert_none(&String::from_utf8_lossy(&bytes), &path.display().to_string());
    }
    assert!(place.door.contains(&place.canaries[2]), "it was there to be found");
}

/// The same by way of the client that every test has, which knows no action of a model.
#[test]
fn a_plain_client_is_told_neither() {
    let place = Place::new();
    let launch = launch("Words.");
    let mut server = launch.start_indexed(&Client::full(&place.workspace));
    for (command, argument) in [
        ("trust.explainChange", json!({ "uri": place.workspace.uri("src/door.rs"), "staged": true })),
        ("trust.explainHistory", json!({ "uri": place.workspace.uri("src/door.rs"), "line": 2 })),
        ("trust.commitMessage", json!({})),
        ("trust.chat", json!({ "message": "What does open_door do?" })),
        ("trust.review", json!({ "uri": place.workspace.uri("src/door.rs") })),
    ] {
        server.call("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }));
    }
    server.listen(std::time::Duration::from_millis(300));
    place.assert_none(server.heard(), "a plain client");
    assert!(server.heard().contains("open_door"));
    for method in ["window/showMessage", "window/logMessage", "textDocument/publishDiagnostics", "$/progress"]
    {
        server.notifications(method);
    }
}
