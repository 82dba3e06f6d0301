//! Code actions that a model makes: offered with no work done, made when chosen, checked, and off where nobody can.

use crate::code;
use serde_json::{Value, json};
use std::time::Duration;
use trust_tests::{Client, Launch, Server, Workspace, replace};

const CODE: &str = "impl A {\n    pub fn add(left: u32) -> u32 {\n        return left + 1;\n    }\n}\n";
const SIMPLE: &str = "```rust\npub fn add(left: u32) -> u32 {\n    left + 1\n}\n```";
const CONTENT_MODIFIED: i64 = -32801;
const REQUEST_FAILED: i64 = -32803;
const INVALID_PARAMS: i64 = -32602;

fn client(workspace: &Workspace) -> Client {
    Client::full(workspace)
        .with("/capabilities/textDocument/codeAction", json!({
            "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "refactor"] } },
            "dataSupport": true, "resolveSupport": { "properties": ["edit"] }, "tagSupport": { "valueSet": [1] },
        }))
        .with("/capabilities/workspace/workspaceEdit", json!({
            "documentChanges": true, "changeAnnotationSupport": {},
        }))
}

fn open(server: &mut Server, uri: &str, text: &str) {
    let item = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
}

fn line(line: u32) -> Value {
    json!({ "start": { "line": line, "character": 8 }, "end": { "line": line, "character": 8 } })
}

fn actions(server: &mut Server, uri: &str, context: Value) -> Vec<Value> {
    let params = json!({ "textDocument": { "uri": uri }, "range": line(2), "context": context });
    server.call("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

/// The text with the one edit of a resolved action.
fn edited(server: &Server, action: &Value) -> String {
    let edit = &action["edit"]["documentChanges"][0]["edits"][0];
    let at = |end: &str| {
        let number = |part: &str| u32::try_from(edit["range"][end][part].as_u64().unwrap()).unwrap();
        (number("line"), number("character"))
    };
    replace(CODE, (at("start"), at("end")), edit["newText"].as_str().unwrap(), server.encoding())
}

#[test]
fn an_edit_is_made_when_its_action_is_chosen() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let uri = workspace.uri("a.rs");
    let mut server = Launch::scripted(SIMPLE).start(&client(&workspace));
    open(&mut server, &uri, CODE);
    let warning = json!({ "range": line(2), "message": "needless return\nand more" });
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [warning] }));
    let expected = [
        "Fix with the model: needless return",
        "Document `add` with the model",
        "Simplify `add` with the model",
        "Explain `add` with the model",
    ];
    assert_eq!(titles(&offered), expected);
    for action in &offered {
        assert_eq!((&action["edit"], &action["tags"]), (&Value::Null, &json!([1])), "{action}");
    }
    for chosen in [&offered[0], &offered[2]] {
        let made = server.call("codeAction/resolve", chosen.clone());
        assert_eq!(edited(&server, &made), CODE.replace("return left + 1;", "left + 1"));
        let change = &made["edit"]["documentChanges"][0];
        assert_eq!(change["textDocument"], json!({ "uri": uri, "version": 1 }));
        let note = change["edits"][0]["annotationId"].as_str().unwrap();
        assert_eq!(made["edit"]["changeAnnotations"][note]["needsConfirmation"], true);
        assert_eq!(made["title"], chosen["title"]);
    }
    let only = |kind: &str| json!({ "diagnostics": [warning], "only": [kind] });
    // What is explained is a question of a conversation.
    let command = &offered[3]["command"];
    let asked = json!({ "command": command["command"], "arguments": command["arguments"] });
    let told = server.call("workspace/executeCommand", asked);
    assert_eq!((&told["places"][0]["why"], &told["wording"]), (&json!("open"), &json!(SIMPLE)));
    let shown = server.expect_notification("window/showMessage");
    assert!(shown["message"].as_str().unwrap().starts_with("Open in the editor:"), "{shown}");
    // A client may say itself what is to be done.
    let mut own = offered[2].clone();
    own["data"]["wish"] = "rewrite".into();
    own["data"]["message"] = "Return by the last expression.".into();
    let made = server.call("codeAction/resolve", own);
    assert_eq!(edited(&server, &made), CODE.replace("return left + 1;", "left + 1"));
    for (kind, count) in [("quickfix", 1), ("refactor", 2), ("refactor.rewrite", 2), ("refactor.extract", 0)]
    {
        assert_eq!(actions(&mut server, &uri, only(kind)).len(), count, "{kind}");
    }
    // A document that has changed since gets no edit of what it was, and neither does an action from elsewhere.
    let change = json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": format!("\n{CODE}") }] });
    server.notify("textDocument/didChange", change);
    assert_eq!(server.call_error("codeAction/resolve", offered[2].clone()).code, CONTENT_MODIFIED);
    for wrong in [json!({ "title": "a" }), json!({ "title": "a", "data": { "wish": "burn" } })] {
        assert_eq!(server.call_error("codeAction/resolve", wrong).code, INVALID_PARAMS);
    }
}

#[test]
fn words_become_documentation_and_what_is_broken_is_refused() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let uri = workspace.uri("a.rs");
    let mut server = Launch::scripted("Adds one.").start(&client(&workspace));
    open(&mut server, &uri, CODE);
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
    let made = server.call("codeAction/resolve", offered[0].clone());
    assert_eq!(edited(&server, &made), CODE.replace("    pub fn", "    /// Adds one.\n    pub fn"));
    let error = server.call_error("codeAction/resolve", offered[1].clone());
    assert_eq!(error.code, REQUEST_FAILED);
    assert!(error.message.contains("no code between"), "{error:?}");
    // Plain edits for who knows no others.
    let plain = client(&workspace).without("/capabilities/workspace/workspaceEdit");
    let mut server = Launch::scripted("Adds one.").start(&plain);
    open(&mut server, &uri, CODE);
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
    let made = server.call("codeAction/resolve", offered[0].clone());
    assert_eq!(made["edit"]["changes"][&uri][0]["newText"], "/// Adds one.\n    ");
}

#[test]
fn they_are_off_without_a_model_that_follows_and_in_excluded_files() {
    let workspace = Workspace::with(&[("a.rs", CODE), ("hidden.rs", CODE), (".trustignore", "hidden.rs\n")]);
    let off = |server: &mut Server, path: &str| {
        open(server, &workspace.uri(path), CODE);
        let offered = actions(server, &workspace.uri(path), json!({ "diagnostics": [] }));
        assert_eq!(titles(&offered), Vec::<&str>::new(), "{path}");
    };
    off(&mut Launch::no_model().start(&client(&workspace)), "a.rs");
    off(&mut Launch::bundled().start(&client(&workspace)), "a.rs");
    off(&mut Launch::scripted(SIMPLE).start(&client(&workspace)), "hidden.rs");
    off(&mut Launch::scripted(SIMPLE).start(&Client::full(&workspace)), "a.rs");
    let set = |key: &str, value: bool| {
        client(&workspace).with(&format!("/initializationOptions/actions/{key}"), value)
    };
    off(&mut Launch::scripted(SIMPLE).start(&set("model", false)), "a.rs");
    let mut server = Launch::bundled().start(&set("bundledModel", true));
    open(&mut server, &workspace.uri("a.rs"), CODE);
    assert_eq!(actions(&mut server, &workspace.uri("a.rs"), json!({ "diagnostics": [] })).len(), 3);
}

#[test]
fn a_cancelled_action_ends_at_once() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let uri = workspace.uri("a.rs");
    let mut server = Launch::slow(SIMPLE, 8000).start(&client(&workspace));
    open(&mut server, &uri, CODE);
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
    let id = server.request("codeAction/resolve", offered[1].clone());
    server.listen(Duration::from_millis(200));
    server.cancel(id);
    let error = server.reply_within(id, Duration::from_secs(2)).unwrap_err();
    assert_eq!(error.code, code::CANCELLED, "{error:?}");
}

#[test]
fn a_workspace_defines_its_own_once_it_is_trusted() {
    let own = "---\ntitle: Return by the last expression\n---\nWrite it without `return`.\n";
    let files =
        [("a.rs", CODE), (".trust/actions/last.md", own), (".trust/actions/wrong.md", "no front matter")];
    let workspace = Workspace::with(&files);
    let uri = workspace.uri("a.rs");
    let launch = Launch::scripted(SIMPLE);
    let title = "Return by the last expression";
    let mut server = launch.start(&client(&workspace));
    open(&mut server, &uri, CODE);
    assert!(!titles(&actions(&mut server, &uri, json!({ "diagnostics": [] }))).contains(&title));
    drop(server);
    let trusted = launch.command().args(["workspace", "trust"]).arg(workspace.root()).output().unwrap();
    assert!(trusted.status.success(), "{trusted:?}");
    let mut server = launch.start(&client(&workspace));
    open(&mut server, &uri, CODE);
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
    let chosen = offered.iter().find(|action| action["title"] == title).unwrap();
    let made = server.call("codeAction/resolve", chosen.clone());
    assert_eq!(edited(&server, &made), CODE.replace("return left + 1;", "left + 1"));
    let told = server.expect_notification("window/logMessage");
    assert!(told["message"].as_str().unwrap().contains("wrong.md: begins with no front matter"), "{told}");
}
