//! One editing session with the server: the handshake, waiting until it is ready, and completions
//! at places of this repository. The demonstration and the benchmark both look through it.

use crate::{client::Client, positions::Place, workspace::Workspace};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long index and model may take to get ready.
const START: Duration = Duration::from_secs(180);

pub struct Session {
    pub client: Client,
    root: PathBuf,
    utf8: bool,
    version: i64,
    /// The server's own words for its index and its model.
    pub status: Value,
    /// Name and version of the server.
    pub server: String,
}

/// What makes an editor ask. A server may be choosier about what it shows to somebody who only types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Invoked = 1,
    Automatic = 2,
}

/// One completion as an editor would show it.
#[derive(Debug)]
pub struct Completion {
    /// What appears behind the cursor; `None` when the server stays quiet.
    pub shown: Option<String>,
    /// As seen from here.
    pub milliseconds: f64,
    /// The answer to `trust/lastCompletion`.
    pub details: Value,
}

impl Completion {
    pub fn source(&self) -> &str {
        self.details["source"].as_str().unwrap_or("unknown")
    }

    pub fn quiet_reason(&self) -> &str {
        self.details["quiet"].as_str().unwrap_or("no reason given")
    }

    pub fn first(&self) -> f64 {
        self.details["ms_first"].as_f64().unwrap_or(self.milliseconds)
    }

    pub fn total(&self) -> f64 {
        self.details["ms_total"].as_f64().unwrap_or(self.milliseconds)
    }
}

impl Session {
    pub fn start(workspace: &Workspace, binary: &Path) -> Result<Self> {
        let log = workspace.target.join("trust-lsp.log");
        let mut client = Client::start(binary, &workspace.root, &log)?;
        let uri = uri(&workspace.root);
        let answer = client.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "clientInfo": { "name": "cargo xtask" },
                "rootUri": uri,
                "workspaceFolders": [{ "uri": uri, "name": "trust-lsp" }],
                "capabilities": {
                    "general": { "positionEncodings": ["utf-8", "utf-16"] },
                    "textDocument": { "inlineCompletion": {}, "synchronization": {} },
                    "workspace": { "workspaceFolders": true, "configuration": true },
                    "window": { "workDoneProgress": true },
                    "experimental": { "trustStatus": true },
                },
            }),
        )?;
        client.notify("initialized", json!({}))?;
        let info = &answer.result["serverInfo"];
        let word = |name: &str| info[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            client,
            root: workspace.root.clone(),
            utf8: answer.result["capabilities"]["positionEncoding"] == "utf-8",
            version: 0,
            status: Value::Null,
            server: format!("{} {}", word("name"), word("version")).trim().to_owned(),
        })
    }

    /// Waits until index and model are ready, and tells `progress` of each change.
    pub fn wait_until_ready(&mut self, mut progress: impl FnMut(&Value)) -> Result<Duration> {
        let deadline = Instant::now() + START;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some((method, params)) = self.client.next_notification(left)? else {
                bail!("not ready within {} s; its last status: {}", START.as_secs(), self.status);
            };
            if method != "trust/status" {
                continue;
            }
            progress(&params);
            self.status = params;
            if state(&self.status["model"]) == "failed" {
                bail!(
                    "the model cannot be used: {}",
                    self.status["model"]["message"].as_str().unwrap_or_default()
                );
            }
            if state(&self.status["index"]) == "ready" && state(&self.status["model"]) == "ready" {
                return Ok(self.client.started.elapsed());
            }
        }
    }

    pub fn open(&mut self, place: &Place) -> Result<()> {
        self.version = 1;
        let document = json!({
            "uri": self.uri_of(place),
            "languageId": place.language.id(),
            "version": self.version,
            "text": place.text,
        });
        self.client.notify("textDocument/didOpen", json!({ "textDocument": document }))
    }

    /// Types `text` behind the cursor of `place`, which moves.
    pub fn type_in(&mut self, place: &mut Place, text: &str) -> Result<()> {
        let position = self.cursor(place);
        self.version += 1;
        self.client.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": self.uri_of(place), "version": self.version },
                "contentChanges": [{ "range": { "start": position, "end": position }, "text": text }],
            }),
        )?;
        place.prefix.push_str(text);
        Ok(())
    }

    pub fn close(&mut self, place: &Place) -> Result<()> {
        self.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": self.uri_of(place) } }))
    }

    /// Asks for a completion at the cursor.
    pub fn complete(&mut self, place: &Place, trigger: Trigger) -> Result<Completion> {
        let params = json!({
            "textDocument": { "uri": self.uri_of(place) },
            "position": self.cursor(place),
            "context": { "triggerKind": trigger as u8 },
        });
        let answer = self.client.request("textDocument/inlineCompletion", params)?;
        let details = self.client.request("trust/lastCompletion", Value::Null)?.result;
        let milliseconds = answer.time.as_secs_f64() * 1000.0;
        Ok(Completion { shown: self.shown(&answer.result, place), milliseconds, details })
    }

    /// The text behind the cursor: an item may also replace what stands before it on the line.
    fn shown(&self, result: &Value, place: &Place) -> Option<String> {
        let item = result.get("items").unwrap_or(result).get(0)?;
        let text = item["insertText"].as_str().or_else(|| item["insertText"]["value"].as_str())?;
        let start =
            item["range"]["start"]["character"].as_u64().and_then(|column| usize::try_from(column).ok());
        let replaced = start.map_or("", |column| from_column(&place.prefix, column, self.utf8));
        Some(text.strip_prefix(replaced).unwrap_or(text).to_owned())
    }

    fn cursor(&self, place: &Place) -> Value {
        let character = if self.utf8 { place.prefix.len() } else { place.prefix.encode_utf16().count() };
        json!({ "line": place.line, "character": character })
    }

    fn uri_of(&self, place: &Place) -> String {
        uri(&self.root.join(&place.path))
    }

    /// Resident memory of the server in bytes, now and at its highest.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let path = format!("/proc/{}/status", self.client.process_id());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        Ok((field("VmRSS").unwrap_or(0) * 1024, field("VmHWM").unwrap_or(0) * 1024))
    }
}

/// The state of a part of `trust/status`: `{"state": "ready", ...}`.
pub fn state(part: &Value) -> &str {
    part["state"].as_str().unwrap_or("unknown")
}

fn from_column(line: &str, column: usize, utf8: bool) -> &str {
    let mut units = 0;
    let at = line.char_indices().find(|(_, character)| {
        let reached = units >= column;
        units += if utf8 { character.len_utf8() } else { character.len_utf16() };
        reached
    });
    at.map_or("", |(at, _)| &line[at..])
}

fn uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("file://{}", encoded.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_encoded() {
        assert_eq!(uri(Path::new("/a b/größe+.rs")), "file:///a%20b/gr%C3%B6%C3%9Fe%2B.rs");
    }

    #[test]
    fn columns_count_in_the_agreed_unit() {
        assert_eq!(from_column("größe = ", 3, false), "ße = ");
        assert_eq!(from_column("größe = ", 4, true), "ße = ");
        assert_eq!(from_column("ab", 2, true), "");
    }
}
