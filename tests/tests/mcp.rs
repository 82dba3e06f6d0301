//! `trust-lsp mcp`, line by line: a session, and what a client should not send.

use crate::code;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use trust_tests::{WAIT, Workspace, command};

const INVALID_PARAMS: i64 = -32602;

pub(crate) struct Session {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    _home: Workspace,
}

impl Session {
    fn start(workspace: &Workspace) -> Self {
        let home = Workspace::empty();
        let mut command = command(home.root());
        command.arg("mcp").current_dir(workspace.root());
        Self::spawn(command, home)
    }

    fn spawn(mut command: Command, home: Workspace) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .take_while(|line| sender.send(line.clone()).is_ok())
                .for_each(drop);
        });
        Self { input: child.stdin.take(), child, lines, _home: home }
    }

    /// After the handshake of a client of 2025.
    fn initialized(workspace: &Workspace) -> Self {
        Self::start(workspace).shaken()
    }

    /// The same, of a command that has a home already.
    pub(crate) fn in_home(command: Command) -> Self {
        Self::spawn(command, Workspace::empty()).shaken()
    }

    fn shaken(mut self) -> Self {
        let session = &mut self;
        let answer = session.request(0, "initialize", json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        }));
        assert_eq!(answer["result"]["serverInfo"]["name"], "trust-lsp", "{answer}");
        assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
        assert!(answer["result"]["capabilities"]["tools"].is_object());
        assert!(answer["result"]["instructions"].as_str().unwrap().contains("nothing is changed"));
        session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        self
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).and_then(|()| input.write_all(b"\n")).expect("a server that reads");
    }

    fn next(&self) -> Value {
        let line = self.lines.recv_timeout(WAIT).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON on stdout: {line}"))
    }

    pub(crate) fn request(&mut self, id: i64, method: &str, params: Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        let answer = self.next();
        assert_eq!((&answer["id"], &answer["jsonrpc"]), (&json!(id), &json!("2.0")), "{answer}");
        answer
    }

    pub(crate) fn call(&mut self, id: i64, name: &str, arguments: Value) -> Value {
        self.request(id, "tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// Ends by itself when stdin does, and has nothing more to say.
    pub(crate) fn end(mut self) {
        drop(self.input.take());
        let left = self.lines.recv_timeout(WAIT);
        assert_eq!(left, Err(RecvTimeoutError::Disconnected));
        assert!(self.child.wait().unwrap().success());
    }
}

fn project() -> Workspace {
    Workspace::with(&[
        ("lib.rs", "pub fn salute(name: &str) {}\n"),
        ("main.rs", "fn main() {\n    salute(\"you\");\n}\n"),
        (".trustignore", "hidden.rs\n"),
        ("hidden.rs", "fn salute_canary() {}\n"),
    ])
}

#[test]
fn an_agent_finds_its_way() {
    let workspace = project();
    let mut session = Session::initialized(&workspace);
    let tools = session.request(1, "tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap().clone();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "diagnostics",
            "explain_diff",
            "find_symbol",
            "outline",
            "read_file",
            "references",
            "repository_map",
            "review_diff",
            "search_text",
            "symbol_history",
            "symbol_source",
        ]
    );
    for tool in &tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
    }
    let said = session.call(2, "references", json!({"symbol": "salute"}));
    assert_eq!(said["result"]["content"][0]["type"], "text", "{said}");
    assert_eq!(
        said["result"]["content"][0]["text"],
        "lib.rs:1: pub fn salute(name: &str) {}\nmain.rs:2: salute(\"you\");\n"
    );
    assert_eq!(said["result"]["isError"], false);
    // A file that changes is seen.
    workspace.write("late.rs", "fn written_late() {}\n");
    let found = (0..100).any(|at| {
        std::thread::sleep(Duration::from_millis(100));
        session
            .call(100 + at, "find_symbol", json!({"name": "written_late"}))
            .to_string()
            .contains("late.rs:1")
    });
    assert!(found);
    assert_eq!(session.request(3, "ping", json!({}))["result"], json!({}));
    session.end();
}

#[test]
fn what_goes_wrong_is_answered_and_the_session_goes_on() {
    let workspace = project();
    let mut session = Session::initialized(&workspace);
    let lines: [(String, i64, Value); 9] = [
        ("{\"jsonrpc\":".into(), code::PARSE_ERROR, Value::Null),
        ("nonsense".into(), code::PARSE_ERROR, Value::Null),
        ("[]".into(), code::INVALID_REQUEST, Value::Null),
        ("{}".into(), code::INVALID_REQUEST, Value::Null),
        (json!({"jsonrpc": "2.0", "id": 7, "method": 3}).to_string(), code::INVALID_REQUEST, json!(7)),
        (format!("\"{}\"", "x".repeat(5 << 20)), code::INVALID_REQUEST, Value::Null),
        (
            json!({"jsonrpc": "2.0", "id": 8, "method": "no/such"}).to_string(),
            code::METHOD_NOT_FOUND,
            json!(8),
        ),
        (
            json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "read_fil"}})
                .to_string(),
            INVALID_PARAMS,
            json!(9),
        ),
        (
            json!({"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "edit_symbol"}})
                .to_string(),
            INVALID_PARAMS,
            json!("a"),
        ),
    ];
    for (line, code, id) in lines {
        session.send(&line);
        let answer = session.next();
        let shown: String = line.chars().take(60).collect();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{shown}: {answer}");
    }
    // What needs no answer gets none.
    for line in [
        "",
        "   ",
        "{\"jsonrpc\":\"2.0\",\"method\":\"no/such\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}",
    ] {
        session.send(line);
    }
    for (arguments, told) in [
        (json!({}), "wrong parameters: `path` is required"),
        (json!({"path": "main.rs", "line": 1}), "`line` is no parameter"),
        (json!({"path": "hidden.rs"}), "excluded by hidden.rs"),
        (json!({"path": "../../etc/passwd"}), "is not read"),
    ] {
        let said = session.call(20, "read_file", arguments);
        assert_eq!(said["result"]["isError"], true, "{said}");
        assert!(said["result"]["content"][0]["text"].as_str().unwrap().contains(told), "{said}");
    }
    let said = session.call(21, "read_file", json!({"path": "main.rs"}));
    assert_eq!(said["result"]["isError"], false, "{said}");
    session.end();
}

#[test]
fn before_the_handshake_nothing_is_done() {
    let workspace = project();
    let mut session = Session::start(&workspace);
    session.send("nonsense");
    assert_eq!(session.next()["error"]["code"], code::PARSE_ERROR);
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    assert_eq!(session.request(1, "ping", json!({}))["result"], json!({}));
    let early = session.call(2, "read_file", json!({"path": "main.rs"}));
    assert!(early["error"]["code"].is_i64() && early.get("result").is_none(), "{early}");
    session.end();
}

#[test]
fn a_cancelled_call_has_no_answer_and_the_next_one_has() {
    let text: String = (0..40_000).map(|at| format!("fn a{at}() {{ b{at}(c{}); }}\n", at % 977)).collect();
    let workspace = Workspace::with(&[("one.rs", &text), ("two.rs", &text), ("three.rs", &text)]);
    let mut session = Session::initialized(&workspace);
    let params = json!({"name": "repository_map", "arguments": {}});
    session.send(&json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params}).to_string());
    let cancelled =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 5}});
    session.send(&cancelled.to_string());
    let answer = session.request(6, "ping", json!({}));
    assert_eq!(answer["result"], json!({}));
    session.end();
}

#[test]
fn who_types_at_it_or_has_no_folder_is_told() {
    let home = Workspace::empty();
    let mut command = command(home.root());
    let output = command.args(["mcp", "--root", "/no/such/folder"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/no/such/folder is no folder"));
}
