//! What the doctor and the agent of an editor's panel make of an engine elsewhere.

use super::{endpoint, engine, lsp, project, ran, user};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use trust_tests::Workspace;

#[test]
fn the_doctor_asks_an_engine_what_it_is_and_sends_it_no_text() {
    // The mode, the class, the mark of the row about the model, and what it says.
    let cases = [
        ("moderate", "loopback", "ok", "tiny at box"),
        ("moderate", "team", "FAILED", "nobody consented"),
        ("strict", "loopback", "FAILED", "the privacy mode is `strict`"),
    ];
    for (mode, class, mark, expected) in cases {
        let host = engine("Words.");
        let (home, workspace) = (user(mode, &endpoint(&host, class)), project());
        let told = ran(lsp(&home, &["doctor"]).current_dir(workspace.root()).output().unwrap());
        let row = |name: &str| told.out.lines().find(|line| line.contains(&format!("  {name} "))).unwrap();
        assert!(row("model").starts_with(mark) && row("model").contains(expected), "{mode}: {}", told.out);
        assert!(row("completion").contains("not tried"), "{}", told.out);
        assert!(host.seen().iter().all(|request| request.body.is_empty()), "{:?}", host.seen());
        assert_eq!(host.seen().is_empty(), mark == "FAILED");
    }
}

struct Panel {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    asked: u64,
}

impl Panel {
    fn open(home: &Workspace) -> Self {
        let mut command = lsp(home, &["acp"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut panel = Self { process, input, output, asked: 0 };
        panel.call("initialize", &json!({ "protocolVersion": 1 }));
        panel
    }

    /// The answer, and what was said before it.
    fn call(&mut self, method: &str, params: &Value) -> (Value, String) {
        self.asked += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params });
        writeln!(self.input, "{message}").unwrap();
        let mut said = String::new();
        loop {
            let message: Value = serde_json::from_str(&self.output.next().unwrap().unwrap()).unwrap();
            if message["id"] == self.asked {
                return (message["result"].clone(), said);
            }
            said += message["params"]["update"]["content"]["text"].as_str().unwrap_or_default();
        }
    }

    fn session(&mut self, folder: &Path) -> String {
        let (begun, _) = self.call("session/new", &json!({ "cwd": folder, "mcpServers": [] }));
        begun["sessionId"].as_str().unwrap().to_owned()
    }

    fn ask(&mut self, session: &str) -> String {
        let prompt = json!([{ "type": "text", "text": "What is Widget?" }]);
        self.call("session/prompt", &json!({ "sessionId": session, "prompt": prompt })).1
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_agent_in_a_panel_asks_an_engine_elsewhere_of_what_there_is_a_consent_for() {
    let host = engine("Words.");
    let home = user("moderate", &endpoint(&host, "team"));
    let (first, second) = (project(), project());
    let root = first.root().canonicalize().unwrap();
    let given = json!([{ "root": root, "endpoint": "box", "url": host.url("") }]);
    home.write("state/trust-lsp/consents.json", given.to_string());
    let mut panel = Panel::open(&home);
    let session = panel.session(first.root());
    let said = panel.ask(&session);
    assert!(said.contains("`Widget` is defined") && said.contains("Words."), "{said}");
    // A process that is in two folders sends nothing that may be of the one without.
    let other = panel.session(second.root());
    assert_ne!(session, other);
    for session in [&other, &session] {
        let before = host.seen().len();
        let said = panel.ask(session);
        assert!(said.contains("nobody consented") && !said.contains("Words."), "{said}");
        assert_eq!(host.seen().len(), before);
    }
}

#[test]
fn no_two_starts_give_conversations_the_same_name() {
    let host = engine("Words.");
    let home = user("moderate", &endpoint(&host, "loopback"));
    let workspace = project();
    let names = [0, 1].map(|_| Panel::open(&home).session(workspace.root()));
    assert_ne!(names[0], names[1]);
}
