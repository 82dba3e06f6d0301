//! An editor's panel that speaks the Agent Client Protocol, and answers every question the same.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Panel {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// The option that is chosen, whatever is asked.
    option: &'static str,
    sent: u64,
    /// All that came, line by line.
    pub heard: Vec<Value>,
}

impl Panel {
    pub fn open(mut command: Command, option: &'static str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the binary runs");
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut panel = Self { process, input, output, option, sent: 0, heard: Vec::new() };
        panel.call("initialize", &json!({ "protocolVersion": 1 }));
        panel
    }

    /// The answer; what comes before it is heard, and what is asked is answered.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let id = format!("panel-{}", self.sent);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let line = self.output.next().expect("an agent that goes on").unwrap();
            let message: Value = serde_json::from_str(&line).unwrap();
            self.heard.push(message.clone());
            if message["id"] == id {
                return message["result"].clone();
            }
            if message["method"] == "session/request_permission" {
                let outcome = json!({ "outcome": "selected", "optionId": self.option });
                let result = json!({ "outcome": outcome });
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
            }
        }
    }

    /// Asks in a new session of the folder.
    pub fn ask(&mut self, folder: &Path, question: &str) -> Value {
        let begun = self.call("session/new", &json!({ "cwd": folder, "mcpServers": [] }));
        let prompt = json!([{ "type": "text", "text": question }]);
        self.call("session/prompt", &json!({ "sessionId": begun["sessionId"], "prompt": prompt }))
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("an agent that reads");
    }

    /// What the user was asked to permit.
    pub fn asked(&self) -> Vec<&Value> {
        let asked = self.heard.iter().filter(|message| message["method"] == "session/request_permission");
        asked.map(|message| &message["params"]["toolCall"]["title"]).collect()
    }

    /// How the calls of tools ended.
    pub fn ended(&self) -> Vec<&Value> {
        let updates = self.heard.iter().map(|message| &message["params"]["update"]);
        updates
            .filter(|update| update["sessionUpdate"] == "tool_call_update")
            .map(|update| &update["status"])
            .collect()
    }

    pub fn transcript(&self) -> String {
        self.heard.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
