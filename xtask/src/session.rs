//! One editing session with the server: the handshake, waiting until it is ready, and completions
//! at places of this repository. The demonstration and the benchmark both look through it.

use crate::{positions::Place, workspace::Workspace};
use anyhow::Result;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use trust_client::{Client, uri};

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
        let result = client.initialize(&workspace.root, "trust-lsp")?;
        let info = &result["serverInfo"];
        let word = |name: &str| info[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            client,
            root: workspace.root.clone(),
            utf8: result["capabilities"]["positionEncoding"] == "utf-8",
            version: 0,
            status: Value::Null,
            server: format!("{} {}", word("name"), word("version")).trim().to_owned(),
        })
    }

    /// Waits until index and model are ready, and tells `progress` of each change.
    pub fn wait_until_ready(&mut self, progress: impl FnMut(&Value)) -> Result<Duration> {
        self.status = self.client.wait_until_ready(progress)?;
        Ok(self.client.started.elapsed())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_in_the_agreed_unit() {
        assert_eq!(from_column("größe = ", 3, false), "ße = ");
        assert_eq!(from_column("größe = ", 4, true), "ße = ");
        assert_eq!(from_column("ab", 2, true), "");
    }
}
