//! The server under test, driven as an editor does, one key at a time.

use super::keys::Key;
use super::llama::Took;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use trust_client::{Client, uri};

/// The server answers after so long at the latest, with what there is; what it read until then it keeps, so one asks
/// again.
const DEADLINE: Duration = Duration::from_millis(1400);
const ATTEMPTS: usize = 200;

pub struct Editor {
    client: Client,
    uri: String,
    version: u64,
    text: String,
    cursor: usize,
    counted: Counted,
}

/// Sums that the server keeps.
#[derive(Default)]
struct Counted {
    asked: u64,
    read: u64,
    first: Duration,
}

impl Editor {
    /// Starts `server` with `model` and without background work, and opens `page`.
    pub fn open(
        server: &Path,
        model: &Path,
        repository: &Path,
        page: &Path,
        text: String,
        log: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(server);
        command.arg("--stdio").arg("--model").arg(model).current_dir(repository);
        let mut client = Client::launch(&mut command, log)?;
        let options = json!({ "pace": { "workAhead": false }, "statistics": false, "keepCache": false });
        client.initialize_with(repository, "project", options)?;
        client.wait_until_ready(|_| ())?;
        let uri = uri(&repository.join(page));
        let language = match page.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => "rust",
            Some("py") => "python",
            Some("ts") => "typescript",
            _ => "javascript",
        };
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
        Ok(Self { client, uri, version: 1, text, cursor: 0, counted: Counted::default() })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn edit(&mut self, key: &Key) -> Result<()> {
        for (range, with) in &key.edits {
            let place = json!({ "start": self.position(range.start), "end": self.position(range.end) });
            self.version += 1;
            let params = json!({
                "textDocument": { "uri": self.uri, "version": self.version },
                "contentChanges": [{ "range": place, "text": with }],
            });
            self.client.notify("textDocument/didChange", params)?;
            self.text.replace_range(range.clone(), with);
        }
        self.cursor = key.cursor;
        Ok(())
    }

    /// Asks at the cursor, until there is a first text.
    pub fn first_text(&mut self) -> Result<Took> {
        let mut took = Took { time: Duration::ZERO, read: 0 };
        for _ in 0..ATTEMPTS {
            let params = json!({
                "textDocument": { "uri": self.uri },
                "position": self.position(self.cursor),
                "context": { "triggerKind": 2 },
            });
            let answer = self.client.request("textDocument/inlineCompletion", params)?;
            let last = self.client.request("trust/lastCompletion", Value::Null)?.result;
            let status = self.client.request("trust/status", Value::Null)?.result["completions"].clone();
            let count = |name: &str| status[name].as_u64().unwrap_or(0);
            let now = Counted {
                asked: count("toModel"),
                read: count("prefilledTokens"),
                first: Duration::from_micros(count("firstTextUs")),
            };
            let before = std::mem::replace(&mut self.counted, now);
            let first = self.counted.first - before.first;
            took.read += self.counted.read - before.read;
            if self.counted.asked == before.asked {
                took.time += answer.time;
                if answer.time < DEADLINE {
                    // From memory, or nothing to ask the model about.
                    break;
                }
                // Given up before the model had anything to say.
                continue;
            }
            // What the answer took beyond the work is the way to the server and back.
            let whole = Duration::from_secs_f64(last["ms_total"].as_f64().unwrap_or(0.0) / 1000.0);
            took.time += first + answer.time.saturating_sub(whole.max(first));
            if first < DEADLINE {
                break;
            }
        }
        Ok(took)
    }

    pub fn close(self) -> Result<()> {
        self.client.stop()
    }

    fn position(&self, offset: usize) -> Value {
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |index| index + 1);
        json!({ "line": before.matches('\n').count(), "character": offset - start })
    }
}
