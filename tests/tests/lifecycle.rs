//! How a session ends: exit codes, the end of input, and the death of the editor.

use crate::{ADDEND, SUM};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use trust_tests::{Client, Document, Launch, Server, Workspace, quiet};

/// What an editor waits before it kills the process.
const SOON: Duration = Duration::from_secs(2);

fn start() -> Server {
    Launch::scripted(ADDEND).start(&Client::without_folder())
}

#[test]
fn shutdown_takes_null_absent_and_empty_params() {
    let asks: [fn(&mut Server) -> i64; 3] = [
        |server| server.request("shutdown", Value::Null),
        |server| server.request_bare("shutdown"),
        |server| server.request("shutdown", json!({})),
    ];
    for ask in asks {
        let mut server = start();
        let id = ask(&mut server);
        assert_eq!(server.reply(id), Ok(Value::Null));
        server.notify("exit", Value::Null);
        // stdin stays open, as Helix is said to leave it.
        assert_eq!(server.wait_exit(SOON).code(), Some(0));
    }
}

#[test]
fn requests_after_shutdown_are_refused() {
    let mut server = start();
    server.call("shutdown", Value::Null);
    let error = server.call_error("trust/status", json!({}));
    assert_eq!(error.code, crate::code::INVALID_REQUEST, "{error:?}");
    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
}

#[test]
fn exit_without_shutdown_is_code_1() {
    let mut server = start();
    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(server.wait_exit(SOON).code(), Some(1));
}

#[test]
fn exit_before_initialize_is_code_1() {
    let mut server = Launch::scripted(ADDEND).spawn();
    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(server.wait_exit(SOON).code(), Some(1));
}

#[test]
fn the_end_of_input_ends_the_server() {
    let mut server = start();
    server.close_input();
    assert!(server.wait_exit(SOON).code().is_some(), "ended by a signal: {}", server.log());
}

#[test]
fn the_end_of_input_during_an_inference_ends_the_server() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 10_000).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    server.request_inline(&document);
    server.listen(Duration::from_millis(200));
    server.close_input();
    assert!(server.wait_exit(SOON).code().is_some(), "ended by a signal: {}", server.log());
}

#[test]
fn the_end_of_input_within_a_message_ends_the_server() {
    let mut server = start();
    server.send_bytes(b"Content-Length: 100\r\n\r\n{\"jsonrpc\"".to_vec());
    server.close_input();
    assert!(server.wait_exit(SOON).code().is_some(), "ended by a signal: {}", server.log());
}

#[test]
fn shutdown_during_an_inference_is_clean() {
    let workspace = Workspace::empty();
    let mut server = Launch::slow(ADDEND, 10_000).start(&Client::full(&workspace));
    let document = Document::rust(workspace.uri("a.rs"), SUM);
    server.open(&document);
    let hanging = server.request_inline(&document);
    server.listen(Duration::from_millis(200));
    let id = server.request("shutdown", Value::Null);
    assert_eq!(server.reply_within(id, SOON), Ok(Value::Null));
    let reply = server.reply_within(hanging, SOON);
    let cancelled = reply.as_ref().is_err_and(|error| error.code == crate::code::CANCELLED);
    assert!(cancelled || quiet(&reply), "{reply:?}");
    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(server.wait_exit(SOON).code(), Some(0));
}

#[test]
fn the_death_of_the_editor_ends_the_server() {
    let mut editor = Command::new("sleep").arg("600").spawn().expect("a process to die");
    let mut server = Launch::scripted(ADDEND).start(&Client::without_folder().process_id(editor.id()));
    server.listen(Duration::from_millis(500));
    editor.kill().unwrap();
    editor.wait().unwrap();
    // It is looked for every few seconds.
    server.wait_exit(Duration::from_secs(7));
}

#[test]
fn without_an_editors_process_id_the_server_stays() {
    let mut server = Launch::scripted(ADDEND).start(&Client::without_folder().process_id(Value::Null));
    server.listen(Duration::from_secs(4));
    server.call("trust/status", json!({}));
}
