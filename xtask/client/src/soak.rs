//! A soak: somebody restless types into a server for as many events as asked, by a seed, over the protocol. Each
//! request must be answered exactly once, the server's texts must stay what was typed, its memory must not grow, and
//! it must leave when told to.

mod documents;
mod memory;
mod typist;

use crate::{Client, Reply};
use anyhow::{Context, Result, bail, ensure};
use documents::Documents;
pub use memory::Curve;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use typist::Typist;

/// Requests that may be unanswered at a time.
const OUTSTANDING: usize = 8;
/// How long any answer may take. Generous: the machine may be building something else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Events from one comparison of all texts to the next.
const COMPARE_EVERY: u64 = 1000;
/// A request was cancelled, or what it was about has changed.
const GIVEN_UP: [i64; 2] = [-32800, -32801];

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Soak {
    pub program: PathBuf,
    /// After `--stdio`.
    pub arguments: Vec<String>,
    /// Files to type in are copied from here.
    pub sources: PathBuf,
    /// Where the workspace, the user's home and the log are made; what lies there is removed.
    pub folder: PathBuf,
    pub events: u64,
    pub seed: u64,
}

/// What was seen.
#[derive(Debug)]
pub struct Report {
    pub requests: u64,
    /// Of them those that were answered with an error, as is right after a cancel.
    pub given_up: u64,
    /// Inline completions that had something to show.
    pub shown: u64,
    pub curve: Curve,
    pub time: Duration,
}

/// A session under way.
struct Session {
    client: Client,
    /// Requests without an answer, with their methods.
    asked: HashMap<u64, &'static str>,
    report: Report,
    /// The newest text that was shown, with the request that it answers.
    shown: Option<(u64, String)>,
}

/// Runs it. `progress` is told a line now and then.
pub fn run(soak: &Soak, mut progress: impl FnMut(String)) -> Result<Report> {
    let _ = std::fs::remove_dir_all(&soak.folder);
    let (home, log) = (soak.folder.join("home"), soak.folder.join("log"));
    let workspace = soak.folder.join("workspace");
    std::fs::create_dir_all(&home)?;
    let mut documents = Documents::copy(&soak.sources, &workspace)?;
    let mut command = Command::new(&soak.program);
    command.arg("--stdio").args(&soak.arguments).arg("--debug-requests").current_dir(&workspace);
    command.env("HOME", &home);
    for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
        command.env(format!("XDG_{name}_HOME"), home.join(name.to_lowercase()));
    }
    let mut client = Client::launch(&mut command, &log)?;
    client.initialize_with(&workspace, "soak", json!({ "navigation": "on" }))?;
    client.wait_until_ready(|_| ())?;
    let report = Report { requests: 0, given_up: 0, shown: 0, curve: Curve::default(), time: Duration::ZERO };
    let mut session = Session { client, asked: HashMap::new(), report, shown: None };
    let start = Instant::now();
    let outcome = typed(soak, &mut session, &mut documents, &mut progress);
    let log = || std::fs::read_to_string(&log).unwrap_or_default();
    outcome.with_context(|| format!("its log ends with {:?}", tail(&log())))?;
    let Session { client, mut report, .. } = session;
    client.stop()?;
    report.time = start.elapsed();
    ensure!(!log().contains("panicked"), "something panicked: {:?}", tail(&log()));
    Ok(report)
}

fn typed(
    soak: &Soak,
    session: &mut Session,
    documents: &mut Documents,
    progress: &mut impl FnMut(String),
) -> Result<()> {
    let mut typist = Typist::new(soak.seed);
    for event in 0..soak.events {
        let what =
            typist.act(session, documents).with_context(|| format!("event {event} of seed {}", soak.seed))?;
        session.settle(OUTSTANDING).with_context(|| format!("after event {event}, {what}"))?;
        if event % (soak.events / 100).max(1) == 0 {
            session.report.curve.note(event, session.client.memory()?.0);
        }
        if event % COMPARE_EVERY == COMPARE_EVERY - 1 {
            session.compare(documents).with_context(|| format!("after event {event}"))?;
            progress(format!("{event} of {}: {}", soak.events, session.report.curve.last()));
        }
    }
    session.compare(documents)?;
    session.report.curve.note(soak.events, session.client.memory()?.0);
    Ok(())
}

impl Session {
    fn request(&mut self, method: &'static str, params: Value) -> Result<u64> {
        let id = self.client.ask(method, params)?;
        self.asked.insert(id, method);
        self.report.requests += 1;
        Ok(id)
    }

    /// Takes in what has arrived, and waits until at most so many requests are unanswered.
    fn settle(&mut self, unanswered: usize) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let wait = if self.asked.len() > unanswered { PATIENCE } else { Duration::ZERO };
            match self.client.next_reply(wait)? {
                Some(reply) => drop(self.take(reply)?),
                None if self.asked.len() <= unanswered => break,
                None => bail!("no answer to {:?} within {} s", self.asked, PATIENCE.as_secs()),
            }
            ensure!(Instant::now() < deadline, "{:?} stay unanswered", self.asked);
        }
        self.client.take_told();
        Ok(())
    }

    fn take(&mut self, reply: Reply) -> Result<Value> {
        let Some(method) = self.asked.remove(&reply.id) else {
            bail!("a second answer to request {}: {reply:?}", reply.id)
        };
        match reply.result {
            Ok(result) => {
                if let Some(text) = result["items"][0]["insertText"].as_str() {
                    self.report.shown += 1;
                    self.shown = Some((reply.id, text.to_owned()));
                }
                Ok(result)
            }
            Err((code, _)) if GIVEN_UP.contains(&code) => {
                self.report.given_up += 1;
                Ok(Value::Null)
            }
            Err((code, message)) => bail!("{method}: {message} ({code})"),
        }
    }

    /// Waits for all answers, and asks whether the server's texts are ours.
    fn compare(&mut self, documents: &Documents) -> Result<()> {
        self.settle(0)?;
        for document in documents.open() {
            let id = self.request("trust/debug/text", json!({ "uri": document.uri }))?;
            let Some(reply) = self.client.next_reply(PATIENCE)? else { bail!("no text of {}", document.uri) };
            ensure!(reply.id == id, "an answer that nobody waits for: {reply:?}");
            let theirs = self.take(reply)?;
            ensure!(theirs["version"] == document.version, "{}: its version is {theirs}", document.uri);
            ensure!(theirs["text"] == document.text.as_str(), "{}: another text than typed", document.uri);
        }
        Ok(())
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
