//! What goes wrong is answered with the right error, and the session goes on.

use crate::{ADDEND, SUM, code};
use serde_json::{Value, json};
use trust_tests::{Client, Document, Launch, Server, Workspace};

fn start() -> (Workspace, Server) {
    let workspace = Workspace::empty();
    let server = Launch::scripted(ADDEND).start(&Client::full(&workspace));
    (workspace, server)
}

/// Fails unless the server still does what it is for.
fn assert_serving(server: &mut Server, workspace: &Workspace) {
    let document = Document::rust(workspace.uri("serving.rs"), SUM);
    server.open(&document);
    assert_eq!(server.added(&document), ADDEND);
    server.close(&document);
}

#[test]
fn a_panic_in_a_request_is_an_internal_error_and_the_server_lives() {
    let (workspace, mut server) = start();
    for _ in 0..3 {
        let error = server.call_error("trust/debug/panic", json!({"kind": "request"}));
        assert_eq!(error.code, code::INTERNAL_ERROR, "{error:?}");
    }
    assert_serving(&mut server, &workspace);
}

#[test]
fn a_panic_in_a_notification_leaves_the_server_alive() {
    let (workspace, mut server) = start();
    for _ in 0..3 {
        server.notify("trust/debug/panic", json!({"kind": "notification"}));
    }
    assert_serving(&mut server, &workspace);
}

#[test]
fn a_panic_does_not_lose_other_requests_in_flight() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 300).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let waiting = server.request_inline(&document);
    let error = server.call_error("trust/debug/panic", json!({"kind": "request"}));
    assert_eq!(error.code, code::INTERNAL_ERROR);
    assert_eq!(server.inline_items(waiting, &document)[0].added, ADDEND);
}

#[test]
fn requests_made_for_tests_do_not_exist_without_their_flag() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).without_debug_requests().start(&Client::full(&workspace));
    for method in ["trust/debug/panic", "trust/debug/text"] {
        let error = server.call_error(method, json!({"kind": "request", "uri": "file:///a"}));
        assert_eq!(error.code, code::METHOD_NOT_FOUND, "{method}");
    }
}

#[test]
fn malformed_json_is_a_parse_error_and_the_next_message_is_read() {
    let (workspace, mut server) = start();
    for body in ["{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": ", "", "[1, 2", "\u{0}", "{\"a\": 01}"] {
        server.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        let error = server.expect_orphan();
        assert_eq!(error.code, code::PARSE_ERROR, "{body:?}: {error:?}");
    }
    assert_serving(&mut server, &workspace);
}

#[test]
fn bytes_that_are_not_utf_8_are_a_parse_error() {
    let (workspace, mut server) = start();
    server.send_bytes(b"Content-Length: 4\r\n\r\n\"\xff\xfe\"".to_vec());
    assert_eq!(server.expect_orphan().code, code::PARSE_ERROR);
    assert_serving(&mut server, &workspace);
}

#[test]
fn messages_may_come_in_pieces_and_several_at_once() {
    let (workspace, mut server) = start();
    let body = json!({"jsonrpc": "2.0", "method": "$/noSuchThing", "params": {"text": "é"}}).to_string();
    let type_field = "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n";
    let wire = format!("{type_field}Content-Length: {}\r\n\r\n{body}", body.len()).repeat(2);
    for byte in wire.bytes() {
        server.send_bytes(vec![byte]);
    }
    assert_serving(&mut server, &workspace);
}

#[test]
fn unknown_requests_are_method_not_found_and_unknown_notifications_are_ignored() {
    let (workspace, mut server) = start();
    for method in ["textDocument/noSuchThing", "trust/noSuchThing", "$/noSuchThing", "noSuchThing"] {
        let error = server.call_error(method, json!({}));
        assert_eq!(error.code, code::METHOD_NOT_FOUND, "{method}: {error:?}");
        server.notify(method, json!({}));
    }
    assert_serving(&mut server, &workspace);
}

#[test]
fn wrong_parameters_are_an_error_to_their_sender_alone() {
    let (workspace, mut server) = start();
    let wrong = [
        ("textDocument/inlineCompletion", json!({})),
        ("textDocument/inlineCompletion", json!({"textDocument": {"uri": 7}, "position": "here"})),
        ("textDocument/completion", json!([1, 2, 3])),
    ];
    for (method, params) in wrong {
        let error = server.call_error(method, params);
        assert!((-32700..=-32600).contains(&error.code), "{method}: {error:?}");
    }
    server.notify("textDocument/didOpen", json!({"textDocument": Value::Null}));
    server.notify("textDocument/didChange", json!({"contentChanges": [{"range": 3}]}));
    server.notify("textDocument/didClose", json!({}));
    assert_serving(&mut server, &workspace);
}

#[test]
fn requests_before_initialize_are_refused() {
    let workspace = Workspace::empty();
    let mut server = Launch::scripted(ADDEND).spawn();
    for method in ["textDocument/inlineCompletion", "trust/status", "shutdown"] {
        let error = server.call_error(method, json!({}));
        assert_eq!(error.code, code::NOT_INITIALIZED, "{method}: {error:?}");
    }
    server.initialize(&Client::full(&workspace));
    server.wait_for("the model", |status| status["model"]["state"] == "ready");
    assert_serving(&mut server, &workspace);
}

#[test]
fn a_second_initialize_is_an_invalid_request_and_changes_nothing() {
    let (workspace, mut server) = start();
    let again = Client::full(&workspace).encodings(&["utf-32"]);
    let error = server.call_error("initialize", again.params().clone());
    assert_eq!(error.code, code::INVALID_REQUEST, "{error:?}");
    assert_serving(&mut server, &workspace);
}
