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

pub(crate) fn client(workspace: &Workspace) -> Client {
    Client::full(workspace)
        .with("/capabilities/textDocument/codeAction", json!({
            "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "refactor"] } },
            "dataSupport": true, "resolveSupport": { "properties": ["edit"] }, "tagSupport": { "valueSet": [1] },
        }))
        .with("/capabilities/workspace/workspaceEdit", json!({
            "documentChanges": true, "changeAnnotationSupport": {},
        }))
}

pub(crate) fn open(server: &mut Server, uri: &str, text: &str) {
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
        "Write tests for `add` with the model",
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
    let command = &offered[4]["command"];
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
    for (kind, count) in [("quickfix", 1), ("refactor", 3), ("refactor.rewrite", 3), ("refactor.extract", 0)]
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
fn a_client_that_asks_for_texts_sees_what_a_file_would_become() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let uri = workspace.uri("a.rs");
    for reads in [true, false] {
        let mut client = client(&workspace);
        if reads {
            client = client.with("/capabilities/workspace/textDocumentContent", json!({}));
        }
        let mut server = Launch::scripted(SIMPLE).spawn();
        let offered = server.initialize(&client);
        let schemes = &offered["capabilities"]["workspace"]["textDocumentContent"]["schemes"];
        assert_eq!(*schemes, if reads { json!(["trust-preview"]) } else { Value::Null });
        server.wait_for("the model", |status| status["model"]["state"] != "loading");
        open(&mut server, &uri, CODE);
        let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
        let made = server.call("codeAction/resolve", offered[1].clone());
        if !reads {
            assert_eq!(made["data"], Value::Null);
            continue;
        }
        assert_eq!(made["data"]["previews"], json!(["trust-preview:///1/a.rs"]));
        let asked = json!({ "uri": made["data"]["previews"][0] });
        let shown = server.call("workspace/textDocumentContent", asked);
        assert_eq!(shown["text"], CODE.replace("return left + 1;", "left + 1"));
        let error =
            server.call_error("workspace/textDocumentContent", json!({ "uri": "trust-preview:///2/a.rs" }));
        assert_eq!(error.code, INVALID_PARAMS);
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
    assert_eq!(actions(&mut server, &workspace.uri("a.rs"), json!({ "diagnostics": [] })).len(), 4);
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

fn edits(
    server: &mut Server,
    workspace: &Workspace,
    path: &str,
    text: &str,
    chosen: (&str, u32, u32),
) -> Value {
    let (wish, line, character) = chosen;
    let uri = workspace.uri(path);
    let language = if path.ends_with(".py") { "python" } else { "rust" };
    let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
    let at = json!({ "line": line, "character": character });
    let data = json!({ "wish": wish, "uri": uri, "version": 1, "range": { "start": at, "end": at } });
    json!({ "title": wish, "data": data })
}

#[test]
fn tests_are_written_into_a_file_that_is_made_where_the_client_can() {
    let code = "def add(a):\n    return a + 1\n";
    let workspace = Workspace::with(&[("shapes.py", code)]);
    let reply = "```\ndef test_add():\n    assert add(1) == 2\n```";
    let launch = Launch::scripted(reply);
    let mut server = launch.start_indexed(&client(&workspace));
    let action = edits(&mut server, &workspace, "shapes.py", code, ("test", 0, 4));
    let error = server.call_error("codeAction/resolve", action.clone());
    assert!(error.message.contains("would make the file test_shapes.py"), "{error:?}");
    drop(server);
    let operations = json!(["create", "rename"]);
    let makes =
        client(&workspace).with("/capabilities/workspace/workspaceEdit/resourceOperations", operations);
    let mut server = launch.start_indexed(&makes);
    edits(&mut server, &workspace, "shapes.py", code, ("test", 0, 4));
    let made = server.call("codeAction/resolve", action);
    let changes = made["edit"]["documentChanges"].as_array().unwrap();
    let uri = workspace.uri("test_shapes.py");
    assert_eq!((&changes[0]["kind"], &changes[0]["uri"]), (&json!("create"), &json!(uri)), "{made}");
    assert_eq!(changes[1]["textDocument"], json!({ "uri": uri, "version": null }));
    let text = "from shapes import add\n\n\ndef test_add():\n    assert add(1) == 2\n";
    assert_eq!(changes[1]["edits"][0]["newText"], text);
    assert!(!workspace.path("test_shapes.py").exists(), "nothing is written here");
}

#[test]
fn a_better_name_is_put_into_every_document_that_means_it() {
    let (lib, shapes) =
        ("mod shapes;\nfn f() {\n    shapes::calc(1);\n}\n", "pub fn calc(a: u32) -> u32 {\n    a\n}\n");
    let workspace = Workspace::with(&[("src/lib.rs", lib), ("src/shapes.rs", shapes)]);
    let mut server = Launch::scripted("square").start_indexed(&client(&workspace));
    let action = edits(&mut server, &workspace, "src/shapes.rs", shapes, ("name", 0, 8));
    let made = server.call("codeAction/resolve", action.clone());
    let changes = made["edit"]["documentChanges"].as_array().unwrap();
    let told: Vec<_> =
        changes.iter().map(|one| (&one["textDocument"]["version"], &one["edits"][0]["newText"])).collect();
    assert_eq!(told, [(&json!(null), &json!("square")), (&json!(1), &json!("square"))], "{made}");
    // What another document is by now counts.
    let item = json!({ "uri": workspace.uri("src/lib.rs"), "languageId": "rust", "version": 7, "text": format!("\n{lib}") });
    server.notify("textDocument/didOpen", json!({ "textDocument": item }));
    server.wait_for("the index", |status| status["index"]["state"] == "ready");
    let made = server.call("codeAction/resolve", action);
    let first = &made["edit"]["documentChanges"][0];
    assert_eq!(
        (&first["textDocument"]["version"], &first["edits"][0]["range"]["start"]["line"]),
        (&json!(7), &json!(3))
    );
}

#[test]
fn a_client_that_asks_for_no_edit_is_sent_it() {
    let text = "fn f(items: &[u32]) -> u32 {\n    // add them up\n    sum\n}\n";
    let workspace = Workspace::with(&[("a.rs", text)]);
    let plain = Client::full(&workspace).with("/capabilities/workspace/applyEdit", true);
    let mut server = Launch::scripted("```\nlet sum = items.iter().sum();\n```").start(&plain);
    open(&mut server, &workspace.uri("a.rs"), text);
    let at = json!({ "line": 1, "character": 8 });
    let params = json!({ "textDocument": { "uri": workspace.uri("a.rs") }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] } });
    let offered = server.call("textDocument/codeAction", params);
    let title = "Write the code of this comment with the model";
    let command = offered.as_array().unwrap().iter().find(|one| one["title"] == title).unwrap();
    let asked = json!({ "command": command["command"], "arguments": command["arguments"] });
    let edit = server.call("workspace/executeCommand", asked);
    let (id, params) = server.expect_request("workspace/applyEdit");
    assert_eq!(params["edit"], edit);
    assert_eq!(edit["changes"][workspace.uri("a.rs")][0]["newText"], "\n    let sum = items.iter().sum();");
    server.answer(&id, json!({ "applied": true }));
    let wrong = json!({ "command": "trust.edit", "arguments": [{ "wish": "burn", "uri": workspace.uri("a.rs"), "range": { "start": at, "end": at } }] });
    let error = server.call_error("workspace/executeCommand", wrong);
    assert!(error.code == INVALID_PARAMS && error.message.contains("there is no action `burn`"), "{error:?}");
}

/// What the audit log has of code actions.
fn entries(launch: &Launch) -> Vec<Value> {
    let show = ["audit", "show", "--last", "0", "--feature", "code-action", "--json"];
    let output = launch.command().args(show).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn happened(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[test]
fn a_client_that_formats_as_it_applies_an_edit_is_believed() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let uri = workspace.uri("a.rs");
    for (says, expected) in [(true, ["shown", "accepted"]), (false, ["shown", "rejected"])] {
        let launch = Launch::scripted(SIMPLE);
        let mut server = launch.start(&client(&workspace));
        open(&mut server, &uri, CODE);
        let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
        let made = server.call("codeAction/resolve", offered[1].clone());
        let formatted = edited(&server, &made).replace("left + 1", "left+1");
        let mut change = |version: i32, text: &str| {
            let document = json!({ "uri": uri, "version": version });
            let changes = json!([{ "text": text }]);
            let change = json!({ "textDocument": document, "contentChanges": changes });
            server.notify("textDocument/didChange", change);
        };
        change(2, &formatted);
        if says {
            let (command, arguments) = (&made["command"]["command"], &made["command"]["arguments"]);
            server.call("workspace/executeCommand", json!({ "command": command, "arguments": arguments }));
        } else {
            // Whoever says nothing by the next key has not taken it.
            change(3, &format!("\n{formatted}"));
        }
        drop(server);
        let entries = entries(&launch);
        assert_eq!(happened(&entries), expected, "{entries:#?}");
    }
}

/// Edits of a model that count as shown.
fn counted(launch: &Launch) -> u64 {
    let output = launch.command().args(["stats", "--json"]).output().unwrap();
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = stats["fates"].as_array().into_iter().flatten().filter(|row| row["feature"] == "code-action");
    rows.map(|row| row["shown"].as_u64().unwrap()).sum()
}

#[test]
fn what_is_only_looked_at_at_a_terminal_is_no_offer_that_was_passed_over() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    for (flag, shown, expected) in
        [("--dry-run", 0, ["shown"].as_slice()), ("--allow=edit", 1, &["shown", "accepted"])]
    {
        let launch = Launch::scripted(SIMPLE);
        let mut command = launch.command();
        command.args(["edit", "simplify", "a.rs:3", flag, "--scripted-model", SIMPLE, "--root"]);
        let output = command.arg(workspace.root()).current_dir(workspace.root()).output().unwrap();
        assert!(output.status.success(), "{flag}: {output:?}");
        let entries = entries(&launch);
        assert_eq!(happened(&entries), expected, "{flag}: {entries:#?}");
        assert_eq!(counted(&launch), shown, "{flag}");
    }
    let text = std::fs::read_to_string(workspace.path("a.rs")).unwrap();
    assert_eq!(text, CODE.replace("return left + 1;", "left + 1"));
}

#[test]
fn what_became_of_an_edit_is_recorded() {
    let workspace = Workspace::with(&[("a.rs", CODE)]);
    let (uri, launch) = (workspace.uri("a.rs"), Launch::scripted(SIMPLE));
    let mut server = launch.start(&client(&workspace));
    open(&mut server, &uri, CODE);
    let offered = actions(&mut server, &uri, json!({ "diagnostics": [] }));
    // The first is looked at and left; the second is taken, which the client says beside.
    server.call("codeAction/resolve", offered[1].clone());
    let made = server.call("codeAction/resolve", offered[1].clone());
    let (command, arguments) = (&made["command"]["command"], &made["command"]["arguments"]);
    assert_eq!(command, "trust.accepted", "{made}");
    let changes = json!([{ "text": edited(&server, &made) }]);
    let change = json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": changes });
    server.notify("textDocument/didChange", change);
    server.call("workspace/executeCommand", json!({ "command": command, "arguments": arguments }));
    drop(server);
    let entries = entries(&launch);
    assert_eq!(happened(&entries), ["shown", "shown", "rejected", "accepted"], "{entries:#?}");
    assert_eq!((&entries[2]["of"], &entries[3]["of"]), (&entries[0]["id"], &entries[1]["id"]));
    assert_eq!(entries[3]["model"]["name"], "scripted");
}
