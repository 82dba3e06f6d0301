//! The same commits typed over the real protocol, at a typist's pace: what a key waits for in an editor.

use crate::commits::Tree;
use crate::replay::{Answer, Hole, Server};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use trust_client::{Client, uri};

/// How much longer than from key to key it takes to the first key of a line.
const PAUSE: f64 = 3.3;

/// A server of the protocol, started anew for each tree.
pub struct Protocol {
    program: PathBuf,
    log: PathBuf,
    /// From one key to the next, whether the answer is there or not.
    pace: Duration,
    session: Option<Session>,
    counted: Counted,
}

struct Session {
    client: Client,
    hole: Option<Open>,
    next_key: Instant,
}

/// The document that is typed in.
struct Open {
    path: String,
    above: String,
    typed: String,
    version: u64,
}

/// Sums over all sessions.
#[derive(Default)]
pub struct Counted {
    queries: u64,
    to_model: u64,
    /// Answered with what was being written for an older key.
    taken_over: u64,
    /// Their answers came after the next key.
    overtaken: u64,
    prefilled: u64,
    highest: u64,
    /// How long the server itself took for what it had in memory.
    again: Vec<f64>,
    /// From the key to the first text of a model's answer.
    first: Vec<f64>,
}

impl Protocol {
    pub fn new(program: &Path, work: &Path, pace: Duration) -> Self {
        let log = work.join("typing.log");
        // The server runs in the folder that is typed in.
        let program = std::path::absolute(program).unwrap_or_else(|_| program.into());
        Self { program, log, pace, session: None, counted: Counted::default() }
    }

    /// Ends the last session, and says what was counted.
    pub fn counted(mut self) -> Result<Counted> {
        self.end()?;
        Ok(self.counted)
    }

    fn end(&mut self) -> Result<()> {
        let Some(mut session) = self.session.take() else { return Ok(()) };
        let completions = session.client.request("trust/status", Value::Null)?.result["completions"].clone();
        let count = |name: &str| completions[name].as_u64().unwrap_or(0);
        self.counted.queries += count("queries");
        self.counted.to_model += count("toModel");
        self.counted.taken_over += count("takenOver");
        self.counted.prefilled += count("prefilledTokens");
        self.counted.highest = self.counted.highest.max(session.client.memory().map_or(0, |memory| memory.1));
        session.client.stop()
    }
}

impl Counted {
    /// Rows of a table.
    pub fn rows(mut self) -> String {
        let Self { queries, to_model, taken_over, overtaken, .. } = self;
        let mut rows = String::new();
        let _ = writeln!(rows, "|keys that the model was asked for|{to_model} of {queries}|");
        let _ = writeln!(rows, "|keys that came before the answer to the last|{overtaken} of {queries}|");
        let _ = writeln!(rows, "|keys answered with what was being written for an older one|{taken_over}|");
        let each = self.prefilled as f64 / to_model.max(1) as f64;
        let _ = writeln!(rows, "|tokens of the prompt read for each of them|{each:.1}|");
        let first = quantiles(&mut self.first);
        let _ = writeln!(rows, "|first text of the model, p50 / p95 / p99, ms|{first}|");
        let again = quantiles(&mut self.again);
        let _ = writeln!(rows, "|what is typed into, inside the server, p50 / p95 / p99, ms|{again}|");
        let _ = writeln!(rows, "|highest resident memory, MiB|{}|", self.highest >> 20);
        rows
    }

    /// The same as a value.
    pub fn json(mut self) -> Value {
        let spread = |values: &mut [f64]| {
            let [p50, p95, p99] = spread(values);
            json!({ "p50": p50, "p95": p95, "p99": p99 })
        };
        json!({
            "queries": self.queries,
            "toModel": self.to_model,
            "overtaken": self.overtaken,
            "takenOver": self.taken_over,
            "prefilledTokens": self.prefilled,
            "firstTextMs": spread(&mut self.first),
            "typedIntoMs": spread(&mut self.again),
            "highestBytes": self.highest,
        })
    }
}

/// The 50th, 95th and 99th of a hundred; none where there are no values.
pub fn spread(values: &mut [f64]) -> [Option<f64>; 3] {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| (values.len().saturating_sub(1) as f64 * share) as usize;
    [0.5, 0.95, 0.99].map(|share| values.get(at(share)).copied())
}

/// The same for a table.
pub fn quantiles(values: &mut [f64]) -> String {
    spread(values).map(|value| value.map_or("-".into(), |value| format!("{value:.2}"))).join(" / ")
}

impl Server for Protocol {
    fn start(&mut self, tree: &Tree) -> Result<()> {
        self.end()?;
        let mut client = Client::start(&self.program, &tree.folder, &self.log)?;
        client.initialize(&tree.folder, "project")?;
        client.wait_until_ready(|_| ())?;
        self.session = Some(Session { client, hole: None, next_key: Instant::now() });
        Ok(())
    }

    fn ask(&mut self, hole: &Hole<'_>, typed: &str) -> Result<Answer> {
        let session = self.session.as_mut().context("no session")?;
        session.place(hole, typed)?;
        let Session { client, next_key, .. } = session;
        let before = position(hole.above, typed);
        let params = json!({
            "textDocument": { "uri": uri(&hole.folder.join(hole.path)) },
            "position": before,
            "context": { "triggerKind": 2 },
        });
        let starts_line = typed.ends_with(['\n', ' ']) && typed.trim_end().len() + 1 < typed.len();
        let pause = if starts_line { self.pace.mul_f64(PAUSE) } else { self.pace };
        let sent = Instant::now();
        *next_key = sent + pause;
        let id = client.ask("textDocument/inlineCompletion", params)?;
        let Some(result) = client.reply_by(id, *next_key)? else {
            self.counted.overtaken += 1;
            return Ok(Answer { wait: sent.elapsed(), ..Answer::default() });
        };
        let wait = sent.elapsed();
        let last = client.request("trust/lastCompletion", Value::Null)?.result;
        let item = &result["items"][0];
        let shown = item["insertText"].as_str().map(str::to_string);
        let again = last["source"] == "type-through";
        if shown.is_some() {
            let milliseconds = last["ms_first"].as_f64().unwrap_or(0.0);
            if again {
                self.counted.again.push(milliseconds);
            } else if last["tokens"].as_u64().unwrap_or(0) > 0 {
                self.counted.first.push(milliseconds);
            }
        }
        Ok(Answer { shown, again, wait })
    }
}

impl Session {
    /// Brings the server's document to where `typed` stands in `hole`, when the next key is due.
    fn place(&mut self, hole: &Hole<'_>, typed: &str) -> Result<()> {
        std::thread::sleep(self.next_key.saturating_duration_since(Instant::now()));
        let address = uri(&hole.folder.join(hole.path));
        if let Some(open) = &mut self.hole
            && open.path == hole.path
            && open.above == hole.above
            && let Some(more) = typed.strip_prefix(open.typed.as_str())
        {
            if !more.is_empty() {
                let at = position(hole.above, &open.typed);
                open.version += 1;
                let change = json!({ "range": { "start": at, "end": at }, "text": more });
                let document = json!({ "uri": address, "version": open.version });
                let params = json!({ "textDocument": document, "contentChanges": [change] });
                self.client.notify("textDocument/didChange", params)?;
                open.typed = typed.into();
            }
            return Ok(());
        }
        let text = format!("{}{typed}{}", hole.above, hole.below);
        let version = match self.hole.take() {
            Some(open) if open.path == hole.path => {
                let document = json!({ "uri": address, "version": open.version + 1 });
                let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
                self.client.notify("textDocument/didChange", params)?;
                open.version + 1
            }
            other => {
                if let Some(open) = other {
                    let document = json!({ "uri": uri(&hole.folder.join(open.path)) });
                    self.client.notify("textDocument/didClose", json!({ "textDocument": document }))?;
                }
                let language = language_id(hole.path);
                let document = json!({ "uri": address, "languageId": language, "version": 1, "text": text });
                self.client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
                1
            }
        };
        let (path, above, typed) = (hole.path.into(), hole.above.into(), typed.into());
        self.hole = Some(Open { path, above, typed, version });
        Ok(())
    }
}

/// Where `above` and then `typed` ends, in utf-8.
pub fn position(above: &str, typed: &str) -> Value {
    let text = [above, typed];
    let line: usize = text.iter().map(|text| text.matches('\n').count()).sum();
    let start = typed.rfind('\n').map_or(0, |index| index + 1);
    let column = typed.len() - start
        + if start == 0 { above.len() - above.rfind('\n').map_or(0, |i| i + 1) } else { 0 };
    json!({ "line": line, "character": column })
}

pub fn language_id(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("rs") => "rust",
        Some("py") => "python",
        Some("ts") => "typescript",
        Some("tsx") => "typescriptreact",
        Some("js" | "mjs" | "cjs") => "javascript",
        _ => "plaintext",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_quantiles() {
        assert_eq!(position("a\nb", "cd"), json!({ "line": 1, "character": 3 }));
        assert_eq!(position("a\n", "cé\nd"), json!({ "line": 2, "character": 1 }));
        assert_eq!(position("", ""), json!({ "line": 0, "character": 0 }));
        assert_eq!(quantiles(&mut (0..=100).map(f64::from).collect::<Vec<_>>()), "50.00 / 95.00 / 99.00");
        assert_eq!(quantiles(&mut []), "- / - / -");
    }
}
