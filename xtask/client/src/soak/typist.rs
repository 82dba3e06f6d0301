//! Somebody restless: what is done next, drawn by a seed.

use super::Session;
use super::documents::{Document, Documents};
use anyhow::Result;
use fastrand::Rng;
use serde_json::{Value, json};
use std::time::Duration;

/// Documents that are open at a time, at most.
const OPEN: usize = 8;

/// What somebody does, and how often.
const ACTS: [(&str, u32, Act); 15] = [
    ("a key", 520, Typist::key),
    ("a line break", 50, Typist::line_break),
    ("a deletion", 50, Typist::delete),
    ("a cancel", 80, Typist::cancel),
    ("a jump", 60, Typist::jump),
    ("an undo", 30, Typist::undo),
    ("a new text", 15, Typist::full),
    ("several changes at once", 20, Typist::several),
    ("an acceptance", 40, Typist::accept),
    ("another document", 30, Typist::switch),
    ("a document opened", 20, Typist::open),
    ("a document closed", 20, Typist::close),
    ("a file changed on disk", 20, Typist::disk),
    ("another request", 40, Typist::other),
    ("something senseless", 5, Typist::senseless),
];

type Act = fn(&mut Typist, &mut Session, &mut Documents) -> Result<()>;

pub(super) struct Typist {
    dice: Rng,
    /// What is being typed, and how far.
    text: Vec<char>,
    at: usize,
    /// The request asked last.
    last: Option<u64>,
    files: usize,
}

impl Typist {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Rng::with_seed(seed), text: Vec::new(), at: 0, last: None, files: 0 }
    }

    /// Does one thing; returns what it was.
    pub(super) fn act(&mut self, session: &mut Session, documents: &mut Documents) -> Result<&'static str> {
        if documents.open().next().is_none() {
            self.open(session, documents)?;
        }
        let total = ACTS.iter().map(|act| act.1).sum();
        let mut drawn = self.dice.u32(0..total);
        let mut chosen = &ACTS[0];
        for act in &ACTS {
            chosen = act;
            if drawn < act.1 {
                break;
            }
            drawn -= act.1;
        }
        (chosen.2)(self, session, documents)?;
        // Now and then the answer is waited for, and now and then somebody thinks.
        match self.dice.u32(0..400) {
            0..80 => session.settle(0)?,
            80 => std::thread::sleep(Duration::from_millis(self.dice.u64(20..250))),
            _ => {}
        }
        Ok(chosen.0)
    }

    fn key(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        if self.at >= self.text.len() {
            let from = self.dice.usize(0..documents.all.len());
            let from = if self.dice.bool() { from } else { documents.current };
            let lines: Vec<&str> = documents.all[from].text.lines().collect();
            let start = self.dice.usize(0..lines.len().max(1));
            let lines = lines.get(start..).unwrap_or_default().iter().take(self.dice.usize(1..8));
            self.text = lines.flat_map(|line| line.chars().chain(['\n'])).collect();
            self.text.push(if self.dice.u8(0..20) == 0 { '\u{1d11e}' } else { ' ' });
            self.at = 0;
        }
        let end = (self.at + self.dice.usize(1..4)).min(self.text.len());
        let typed: String = self.text[self.at..end].iter().collect();
        self.at = end;
        self.insert(session, documents.current(), &typed)
    }

    fn line_break(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let indent = " ".repeat(4 * self.dice.usize(0..3));
        self.insert(session, documents.current(), &format!("\n{indent}"))
    }

    fn insert(&mut self, session: &mut Session, document: &mut Document, typed: &str) -> Result<()> {
        let change = document.replace(document.cursor..document.cursor, typed);
        tell(session, document, vec![change])?;
        self.ask(session, document)
    }

    fn delete(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        let start = document.floor(document.cursor.saturating_sub(self.dice.usize(1..40)));
        let change = document.replace(start..document.cursor, "");
        tell(session, document, vec![change])?;
        self.ask(session, document)
    }

    fn cancel(&mut self, session: &mut Session, _: &mut Documents) -> Result<()> {
        let open: Vec<u64> = session.asked.keys().copied().collect();
        // The keys of a map come in an order of their own.
        let id = if self.dice.bool() { open.iter().max() } else { open.iter().min() };
        match id.copied().or(self.last) {
            Some(id) => session.client.notify("$/cancelRequest", json!({ "id": id })),
            None => Ok(()),
        }
    }

    fn jump(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        let at = document.floor(self.dice.usize(0..=document.text.len()));
        // Often to where a line ends.
        let end = document.text[at..].find('\n').filter(|_| self.dice.u8(0..3) > 0);
        document.cursor = at + end.unwrap_or(0);
        self.ask(session, document)
    }

    fn undo(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        match document.undo(self.dice.bool()) {
            Some(change) => tell(session, document, vec![change]),
            None => Ok(()),
        }
    }

    fn full(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let change = documents.current().reset();
        tell(session, documents.current(), vec![change])
    }

    fn several(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        document.remember();
        let count = self.dice.usize(2..5);
        let changes = (0..count).map(|number| {
            let start = document.floor(self.dice.usize(0..=document.text.len()));
            let end = document.floor((start + self.dice.usize(0..30)).min(document.text.len()));
            document.change(start..end.max(start), ["", "x", "größe", "{\n}\n"][number % 4])
        });
        let changes = changes.collect();
        tell(session, document, changes)?;
        self.ask(session, document)
    }

    /// Takes what is shown, if it is still where it was shown.
    fn accept(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        match session.shown.take() {
            Some((id, text)) if Some(id) == self.last => self.insert(session, documents.current(), &text),
            _ => Ok(()),
        }
    }

    fn switch(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let open: Vec<usize> = (0..documents.all.len()).filter(|&one| documents.all[one].is_open).collect();
        documents.current = open.get(self.dice.usize(0..open.len())).copied().unwrap_or(0);
        self.ask(session, documents.current())
    }

    fn open(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let closed: Vec<usize> =
            (0..documents.all.len()).filter(|&one| !documents.all[one].is_open).collect();
        if closed.is_empty() || documents.open().count() >= OPEN {
            return self.switch(session, documents);
        }
        documents.current = closed[self.dice.usize(0..closed.len())];
        let document = documents.current();
        document.is_open = true;
        document.version = 1;
        let language = match document.path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => "rust",
            Some("py") => "python",
            Some("ts") => "typescript",
            Some("js") => "javascript",
            Some("md") => "markdown",
            _ => "plaintext",
        };
        let (uri, text) = (&document.uri, &document.text);
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        session.client.notify("textDocument/didOpen", json!({ "textDocument": item }))
    }

    fn close(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        document.is_open = false;
        let uri = document.uri.clone();
        session.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }))?;
        if documents.open().next().is_none() {
            return self.open(session, documents);
        }
        self.switch(session, documents)
    }

    /// Somebody else writes: another branch, another program.
    fn disk(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let number = self.dice.usize(0..documents.all.len());
        let document = &documents.all[number];
        match self.dice.u8(0..4) {
            // A file that comes and goes.
            0 => {
                self.files = (self.files + 1) % 20;
                let path = documents.folder.join(format!("made{}.rs", self.files));
                if std::fs::remove_file(&path).is_err() {
                    std::fs::write(&path, &document.text)?;
                }
            }
            1 if !document.is_open => std::fs::remove_file(&document.path).or_else(|error| {
                if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
            })?,
            2 => {
                std::fs::write(&document.path, &document.text)?;
                if document.is_open {
                    let saved = json!({ "textDocument": { "uri": document.uri } });
                    session.client.notify("textDocument/didSave", saved)?;
                }
            }
            _ => std::fs::write(&document.path, format!("{}\n// {}\n", document.text, self.dice.u32(..)))?,
        }
        Ok(())
    }

    fn other(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        let (here, file) = (document.here(), json!({ "textDocument": { "uri": document.uri } }));
        let mut references = here.clone();
        references["context"] = json!({ "includeDeclaration": true });
        let place = json!({
            "textDocument": { "uri": document.uri, "version": document.version },
            "position": here["position"],
        });
        let (method, params) = match self.dice.u8(0..9) {
            0 => ("textDocument/completion", here),
            1 => ("textDocument/documentSymbol", file),
            2 => ("textDocument/definition", here),
            3 => ("textDocument/references", references),
            4 => ("textDocument/hover", here),
            5 => (
                "workspace/symbol",
                json!({ "query": (["a", "parse", "Doc", "x_y"][self.dice.usize(0..4)]) }),
            ),
            6 => ("trust/nextEdit", place),
            7 => ("trust/lastCompletion", Value::Null),
            _ => ("trust/status", Value::Null),
        };
        self.last = Some(session.request(method, params)?);
        Ok(())
    }

    fn senseless(&mut self, session: &mut Session, documents: &mut Documents) -> Result<()> {
        let document = documents.current();
        let far = json!({ "line": 1_000_000, "character": 7 });
        match self.dice.u8(0..4) {
            0 => session.client.notify("$/cancelRequest", json!({ "id": 999_999_999 })),
            1 => session.client.notify("$/unheardOf", json!({ "a": [1] })),
            2 => {
                let params = json!({
                    "textDocument": { "uri": document.uri }, "position": far, "context": { "triggerKind": 2 },
                });
                session.request("textDocument/inlineCompletion", params).map(drop)
            }
            _ => {
                let params = json!({
                    "textDocument": { "uri": "file:///nowhere/else.rs" }, "position": far,
                    "context": { "triggerKind": 1 },
                });
                session.request("textDocument/inlineCompletion", params).map(drop)
            }
        }
    }

    /// Asks for a completion, as editors do after most keys.
    fn ask(&mut self, session: &mut Session, document: &mut Document) -> Result<()> {
        if document.is_overgrown() {
            let change = document.reset();
            return tell(session, document, vec![change]);
        }
        let kind = match self.dice.u8(0..20) {
            0..2 => return Ok(()),
            2 => 1,
            _ => 2,
        };
        let mut params = document.here();
        params["context"] = json!({ "triggerKind": kind });
        self.last = Some(session.request("textDocument/inlineCompletion", params)?);
        Ok(())
    }
}

/// Tells the server of changes, under a new version.
fn tell(session: &mut Session, document: &mut Document, changes: Vec<Value>) -> Result<()> {
    document.version += 1;
    let id = json!({ "uri": document.uri, "version": document.version });
    session.client.notify("textDocument/didChange", json!({ "textDocument": id, "contentChanges": changes }))
}
