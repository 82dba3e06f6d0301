//! A small LSP client: a server process, JSON-RPC over its pipes, answers with the instant at which
//! they arrived. What the server asks back is answered with "nothing"; what it tells is kept.
#![allow(clippy::disallowed_methods, reason = "starts the server that is measured")]

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// How long any single answer may take. Generous: the machine may be building something else.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long index and model may take to get ready.
const START: Duration = Duration::from_secs(180);

pub mod http;
pub mod soak;

pub struct Client {
    child: Child,
    stdin: ChildStdin,
    inbox: Receiver<(Instant, Value)>,
    /// Notifications that nobody has taken yet, oldest first.
    told: VecDeque<(Instant, String, Value)>,
    last_id: u64,
    pub started: Instant,
}

/// The answer to a request that nobody has waited for: its result, or its error's code and message.
#[derive(Debug)]
pub struct Reply {
    pub id: u64,
    pub result: Result<Value, (i64, String)>,
}

/// The result of a request, and how long it took as seen from here.
pub struct Answer {
    pub result: Value,
    pub time: Duration,
}

impl Client {
    /// Starts `binary --stdio` with its log in `log`.
    pub fn start(binary: &Path, folder: &Path, log: &Path) -> Result<Self> {
        Self::launch(Command::new(binary).arg("--stdio").current_dir(folder), log)
    }

    /// Starts a server by its command, with its log in `log`.
    pub fn launch(command: &mut Command, log: &Path) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let stdin = child.stdin.take().context("the server has no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().context("the server has no stdout")?);
        let (sender, inbox) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = read_message(&mut stdout) {
                if sender.send((Instant::now(), message)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, stdin, inbox, told: VecDeque::new(), last_id: 0, started })
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The handshake for the workspace `folder`, of an editor that shows inline completions and counts in utf-8.
    pub fn initialize(&mut self, folder: &Path, name: &str) -> Result<Value> {
        self.initialize_with(folder, name, json!({}))
    }

    /// The same, with `initializationOptions`.
    pub fn initialize_with(&mut self, folder: &Path, name: &str, options: Value) -> Result<Value> {
        let uri = uri(folder);
        let answer = self.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "clientInfo": { "name": "cargo xtask" },
                "rootUri": uri,
                "workspaceFolders": [{ "uri": uri, "name": name }],
                "initializationOptions": options,
                "capabilities": {
                    "general": { "positionEncodings": ["utf-8", "utf-16"] },
                    "textDocument": { "inlineCompletion": {}, "synchronization": {} },
                    "workspace": { "workspaceFolders": true, "configuration": true },
                    "window": { "workDoneProgress": true },
                    "experimental": { "trustStatus": true },
                },
            }),
        )?;
        self.notify("initialized", json!({}))?;
        Ok(answer.result)
    }

    /// Waits until index and model are ready, tells `progress` of each change, and returns the last status.
    pub fn wait_until_ready(&mut self, mut progress: impl FnMut(&Value)) -> Result<Value> {
        let deadline = Instant::now() + START;
        let mut status = Value::Null;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some((method, params)) = self.next_notification(left)? else {
                bail!("not ready within {} s; its last status: {status}", START.as_secs());
            };
            if method != "trust/status" {
                continue;
            }
            progress(&params);
            status = params;
            if state(&status["model"]) == "failed" {
                let message = status["model"]["message"].as_str().unwrap_or_default();
                bail!("the model cannot be used: {message}");
            }
            if state(&status["index"]) == "ready" && state(&status["model"]) == "ready" {
                return Ok(status);
            }
        }
    }

    /// Resident memory of the server in bytes, now and at its highest.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let path = format!("/proc/{}/status", self.process_id());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        Ok((field("VmRSS").unwrap_or(0) * 1024, field("VmHWM").unwrap_or(0) * 1024))
    }

    pub fn notify(&mut self, method: &str, params: Value) -> Result<()> {
        self.send(&message(None, method, params))
    }

    /// Sends a request that is not waited for; returns its id.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<u64> {
        self.last_id += 1;
        self.send(&message(Some(self.last_id), method, params))?;
        Ok(self.last_id)
    }

    /// The next answer that has arrived or arrives in time, to whatever request.
    pub fn next_reply(&mut self, patience: Duration) -> Result<Option<Reply>> {
        let deadline = Instant::now() + patience;
        while let Some((arrived, message)) =
            self.receive(deadline.saturating_duration_since(Instant::now()))?
        {
            if message.get("method").is_some() {
                self.take_in(arrived, message)?;
                continue;
            }
            let id = message["id"].as_u64().with_context(|| format!("an answer to nothing: {message}"))?;
            let result = match message.get("error") {
                Some(error) => Err((
                    error["code"].as_i64().unwrap_or(0),
                    error["message"].as_str().unwrap_or_default().to_owned(),
                )),
                None => Ok(message["result"].clone()),
            };
            return Ok(Some(Reply { id, result }));
        }
        Ok(None)
    }

    /// The result of the request `id`, if it comes before `deadline`; answers to others are dropped.
    pub fn reply_by(&mut self, id: u64, deadline: Instant) -> Result<Option<Value>> {
        while let Some(reply) = self.next_reply(deadline.saturating_duration_since(Instant::now()))? {
            if reply.id == id {
                let failed = |(code, message)| anyhow!("request {id}: {message} ({code})");
                return reply.result.map(Some).map_err(failed);
            }
        }
        Ok(None)
    }

    /// What the server has told that nobody has taken, oldest first.
    pub fn take_told(&mut self) -> Vec<(String, Value)> {
        self.told.drain(..).map(|(_, method, params)| (method, params)).collect()
    }

    /// The same, each with the moment at which it was here.
    pub fn take_timed(&mut self) -> Vec<(Instant, String, Value)> {
        self.told.drain(..).collect()
    }

    pub fn request(&mut self, method: &str, params: Value) -> Result<Answer> {
        let sent = Instant::now();
        let id = self.ask(method, params)?;
        loop {
            let left = PATIENCE.checked_sub(sent.elapsed()).unwrap_or_default();
            let Some((arrived, message)) = self.receive(left)? else {
                bail!("no answer to {method} within {} s", PATIENCE.as_secs());
            };
            if message["id"] == json!(id) && message.get("method").is_none() {
                if let Some(error) = message.get("error") {
                    bail!("{method}: {} ({})", error["message"].as_str().unwrap_or("error"), error["code"]);
                }
                return Ok(Answer { result: message["result"].clone(), time: arrived - sent });
            }
            self.take_in(arrived, message)?;
        }
    }

    /// The next notification that has arrived or arrives in time.
    pub fn next_notification(&mut self, patience: Duration) -> Result<Option<(String, Value)>> {
        let deadline = Instant::now() + patience;
        while self.told.is_empty() {
            match self.receive(deadline.saturating_duration_since(Instant::now()))? {
                Some((arrived, message)) => self.take_in(arrived, message)?,
                None => return Ok(None),
            }
        }
        Ok(self.told.pop_front().map(|(_, method, params)| (method, params)))
    }

    /// Ends the session as the protocol asks; a server that does not leave by itself is an error.
    pub fn stop(mut self) -> Result<()> {
        self.request("shutdown", Value::Null)?;
        self.notify("exit", Value::Null)?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() { Ok(()) } else { Err(anyhow!("the server left with {status}")) };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("the server did not leave after `exit`")
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        let sent = write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len());
        sent.and_then(|()| self.stdin.flush()).map_err(|error| self.gone(&error.to_string()))
    }

    fn receive(&mut self, patience: Duration) -> Result<Option<(Instant, Value)>> {
        match self.inbox.recv_timeout(patience) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.gone("its output has ended")),
        }
    }

    fn take_in(&mut self, arrived: Instant, message: Value) -> Result<()> {
        let Some(method) = message["method"].as_str() else { return Ok(()) };
        match message.get("id") {
            None => self.told.push_back((arrived, method.to_owned(), message["params"].clone())),
            Some(id) => {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                let result = if method == "workspace/configuration" {
                    json!(vec![Value::Null; items])
                } else {
                    Value::Null
                };
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }))?;
            }
        }
        Ok(())
    }

    fn gone(&mut self, how: &str) -> anyhow::Error {
        let status = self.child.try_wait().ok().flatten().map(|status| format!(", {status}"));
        anyhow!("the server is gone: {how}{}", status.unwrap_or_default())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Both fail harmlessly when the process has left by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The state of a part of `trust/status`: `{"state": "ready", ...}`.
pub fn state(part: &Value) -> &str {
    part["state"].as_str().unwrap_or("unknown")
}

/// The address of a file.
pub fn uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("file://{}", encoded.collect::<String>())
}

fn message(id: Option<u64>, method: &str, params: Value) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "method": method });
    if let Some(id) = id {
        message["id"] = json!(id);
    }
    // A method without parameters has no `params` member; `null` would be a value.
    if !params.is_null() {
        message["params"] = params;
    }
    message
}

/// One message, or `None` at the end of the stream.
fn read_message(reader: &mut impl BufRead) -> Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>()?);
        }
    }
    let mut body = vec![0; length.context("a message without Content-Length")?];
    reader.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_framed_by_length_and_not_by_line() {
        let stream =
            "Content-Length: 16\r\n\r\n{\"text\":\"a\\nb\"}\nContent-Type: x\r\ncontent-length: 2\r\n\r\n{}";
        let mut reader = stream.as_bytes();
        assert_eq!(read_message(&mut reader).unwrap(), Some(json!({ "text": "a\nb" })));
        assert_eq!(read_message(&mut reader).unwrap(), Some(json!({})));
        assert_eq!(read_message(&mut reader).unwrap(), None);
    }

    #[test]
    fn a_stream_that_is_no_protocol_is_an_error() {
        assert!(read_message(&mut "\r\nhello".as_bytes()).is_err());
        assert!(read_message(&mut "Content-Length: 9\r\n\r\n{}".as_bytes()).is_err());
    }

    #[test]
    fn no_parameters_is_no_member() {
        assert_eq!(message(None, "exit", Value::Null), json!({ "jsonrpc": "2.0", "method": "exit" }));
        assert_eq!(message(Some(1), "a", json!({}))["params"], json!({}));
    }

    #[test]
    fn uris_are_encoded() {
        assert_eq!(uri(Path::new("/a b/größe+.rs")), "file:///a%20b/gr%C3%B6%C3%9Fe%2B.rs");
    }
}
