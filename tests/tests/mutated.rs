//! Messages that are nearly right: valid ones with something in them changed by chance. Each request has one answer, none of them
//! is an internal error, and the server goes on.

use crate::{ADDEND, SUM, code};
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Random, Workspace};

const MESSAGES: usize = 1500;
/// How often it is looked whether the server still does what it is for.
const LOOK: usize = 100;

/// Requests and notifications as an editor sends them of the document at `uri`.
fn valid(uri: &str) -> [Vec<(&'static str, Value)>; 2] {
    let document = json!({ "uri": uri });
    let at = json!({ "line": 1, "character": 4 });
    let here = json!({ "textDocument": document, "position": at });
    let range = json!({ "start": at, "end": at });
    let with = |mut params: Value, name: &str, value: Value| {
        params[name] = value;
        params
    };
    let requests = vec![
        ("textDocument/inlineCompletion", with(here.clone(), "context", json!({ "triggerKind": 1 }))),
        ("textDocument/completion", here.clone()),
        ("textDocument/definition", here.clone()),
        ("textDocument/references", with(here.clone(), "context", json!({ "includeDeclaration": true }))),
        ("textDocument/hover", here.clone()),
        ("textDocument/documentSymbol", json!({ "textDocument": document })),
        ("workspace/symbol", json!({ "query": "add" })),
        (
            "textDocument/codeAction",
            json!({ "textDocument": document, "range": range, "context": { "diagnostics": [
                { "range": range, "message": "wrong", "severity": 1, "source": "x" },
            ] } }),
        ),
        ("textDocument/codeLens", json!({ "textDocument": document })),
        ("workspace/textDocumentContent", json!({ "uri": "trust-preview:///a.rs" })),
        ("trust/explainHistory", json!({ "uri": uri, "line": 1, "maxSteps": 3 })),
        ("trust/nextEdit", json!({ "textDocument": { "uri": uri, "version": 1 }, "position": at })),
        (
            "trust/explainDiff",
            json!({ "uri": uri, "staged": true, "revisions": "HEAD", "workDoneToken": "a" }),
        ),
        ("trust/commitMessage", json!({ "uri": uri, "amend": false, "style": "plain", "count": 2 })),
        ("trust/review", json!({ "uri": uri, "base": "HEAD", "maxFindings": 3, "publish": true })),
        (
            "trust/chat",
            json!({ "message": "What is add?", "conversation": "a", "uri": uri, "range": range, "workDoneToken": 7 }),
        ),
        ("trust/models", json!({})),
        ("trust/profiles", json!({})),
        ("trust/useModel", json!({ "model": "no such model", "task": "chat" })),
        ("trust/audit", json!({ "last": 5 })),
        ("trust/status", json!({})),
        ("trust/lastCompletion", json!({})),
    ];
    let change = json!({ "range": range, "text": "x" });
    let versioned = json!({ "uri": uri, "version": 2 });
    let notifications = vec![
        (
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "rust", "version": 1, "text": SUM } }),
        ),
        ("textDocument/didChange", json!({ "textDocument": versioned, "contentChanges": [change] })),
        ("textDocument/didSave", json!({ "textDocument": document })),
        ("textDocument/didClose", json!({ "textDocument": document })),
        ("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] })),
        ("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [] } })),
        ("workspace/didChangeConfiguration", json!({ "settings": { "pace": { "delay": 20 } } })),
        ("window/workDoneProgress/cancel", json!({ "token": "none" })),
        ("$/cancelRequest", json!({ "id": 1_000_000 })),
        ("$/setTrace", json!({ "value": "off" })),
    ];
    [requests, notifications]
}

/// Changes something in it, or some things.
fn mutate(value: &mut Value, random: &mut Random) {
    loop {
        let mut pointers = Vec::new();
        list(value, String::new(), &mut pointers);
        let pointer = random.pick(&pointers).clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(members)) = value.pointer_mut(parent).filter(|_| random.once_in(4)) {
            members.shift_remove(name);
        } else if let Some(place) = value.pointer_mut(&pointer) {
            *place = odd(random);
        }
        if !random.once_in(3) {
            return;
        }
    }
}

fn list(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| list(value, format!("{pointer}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| list(value, format!("{pointer}/{index}"), found));
        }
        _ => {}
    }
    found.push(pointer);
}

/// What nobody would send.
fn odd(random: &mut Random) -> Value {
    let deep = (0..40).fold(json!({}), |inner, _| json!([inner]));
    let all = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(0.5),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}\u{fffd}🦀"),
        json!("x".repeat(100_000)),
        json!("file:"),
        json!("file:///"),
        json!("file:///%00%ff/../../etc/passwd"),
        json!("untitled:Untitled-1"),
        json!("C:\\a.rs"),
        json!("--upload-pack=x"),
        json!([]),
        json!({}),
        json!([[], {}, null]),
        deep,
    ];
    random.pick(&all).clone()
}

#[test]
fn messages_that_are_nearly_right_are_answered_and_break_nothing() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).start(&Client::full(&workspace));
    let uri = workspace.uri("a.rs");
    let [requests, notifications] = valid(&uri);
    let mut random = Random::new(20);
    let mut refused = 0;
    for number in 0..MESSAGES {
        if random.once_in(3) {
            let (method, mut params) = random.pick(&notifications).clone();
            mutate(&mut params, &mut random);
            server.notify(method, params);
        } else {
            let (method, mut params) = random.pick(&requests).clone();
            mutate(&mut params, &mut random);
            let told = params.to_string();
            let id = server.request(method, params);
            if let Err(error) = server.reply(id) {
                refused += 1;
                assert_ne!(error.code, code::INTERNAL_ERROR, "{method} {told:.300}: {error:?}");
            }
        }
        if number % LOOK == LOOK - 1 {
            let document = Document::rust(workspace.uri(&format!("serving_{number}.rs")), SUM);
            server.open(&document);
            assert_eq!(server.added(&document), ADDEND, "after {number} messages");
            server.close(&document);
        }
    }
    assert!((MESSAGES / 10..MESSAGES).contains(&refused), "{refused} of {MESSAGES} were refused");
    for method in ["window/showMessage", "window/logMessage"] {
        server.notifications(method);
    }
}
