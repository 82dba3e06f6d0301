//! `cargo xtask bench reopen`: how soon a server is there that was there before, beside one that begins from nothing: no folder
//! of caches, and the model's file out of the page cache. Both are timed from the start of the process to what a typist waits
//! for, the first answer; which has the model read its weights, and the prompt unless that was kept by the session before.

use crate::{bench, paint::Paint, peer, statistics::median, workspace::Workspace};
use anyhow::{Context, Result, bail};
use rustix::fs::{Advice, fadvise};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use trust_client::{Client, state, uri};

/// What the project asks for.
const TIMES: f64 = 2.0;
const ROUNDS: usize = 5;
/// A file of this project to type in, and the line that is being written there.
const PAGE: &str = "xtask/src/memory.rs";
const TYPED: &str = "    let (second, _) = ";
const PATIENCE: Duration = Duration::from_secs(120);
/// Tokens that are read of a prompt that is known.
const LITTLE: u64 = 8;
/// What is said of a request whose deadline passed.
const TOO_LATE: &str = "came too late";

/// One that ends with what was read of the project, or one that is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Session {
    Before,
    Timed,
}

/// Seconds from the start of the process.
struct Start {
    /// The model can be asked.
    ready: f64,
    /// A completion, or the decision that none is worth showing, as of random weights none is.
    answered: f64,
}

/// Measures and prints a table; false where reopening is not so much faster as asked.
pub fn reopen(workspace: &Workspace, server: Option<PathBuf>, paint: Paint) -> Result<bool> {
    let program = bench::server(workspace, server, paint)?;
    let caches = workspace.target.join("reopen");
    println!(
        "|from the start of the process, median of {ROUNDS}|cold, s|reopened, s|times|\n|---|--:|--:|--:|"
    );
    let mut good = true;
    for name in ["bundled", "100 M", "500 M"] {
        let random = (name != "bundled").then(|| peer::random_model(workspace, name, 4096)).transpose()?;
        let rounds = rounds(workspace, &program, random.as_deref(), &caches);
        random.map(std::fs::remove_file).transpose()?;
        let rounds = rounds?;
        good &= row(&format!("{name}: the model is ready"), &rounds, |start| start.ready);
        // Random words of 500 M are written until the deadline, with two cores.
        if name != "500 M" {
            good &= row(&format!("{name}: the first answer"), &rounds, |start| start.answered);
        }
    }
    println!("load average: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(good)
}

/// A row, and whether it is as fast as asked.
fn row(what: &str, rounds: &[[Start; 2]], pick: impl Fn(&Start) -> f64) -> bool {
    let half = |kind: usize| median(&mut rounds.iter().map(|round| pick(&round[kind])).collect::<Vec<_>>());
    let (Some(cold), Some(reopened)) = (half(0), half(1)) else { return true };
    println!("|{what}|{cold:.3}|{reopened:.3}|{:.1}|", cold / reopened);
    cold / reopened >= TIMES
}

/// Cold and reopened in turn.
fn rounds(
    workspace: &Workspace,
    program: &Path,
    model: Option<&Path>,
    caches: &Path,
) -> Result<Vec<[Start; 2]>> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        if caches.exists() {
            std::fs::remove_dir_all(caches)?;
        }
        std::fs::create_dir_all(caches)?;
        model.map(drop_pages).transpose()?;
        let cold = start(workspace, program, model, caches, Session::Timed)?;
        start(workspace, program, model, caches, Session::Before)?;
        rounds.push([cold, start(workspace, program, model, caches, Session::Timed)?]);
    }
    std::fs::remove_dir_all(caches)?;
    Ok(rounds)
}

/// Takes a file out of the page cache, as it is after a night.
fn drop_pages(path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    // What is not on disk yet stays where it is.
    file.sync_all()?;
    fadvise(&file, 0, None, Advice::DontNeed).with_context(|| format!("no advice for {}", path.display()))
}

/// A whole life of a server: started, asked for a completion, ended in order.
fn start(
    workspace: &Workspace,
    program: &Path,
    model: Option<&Path>,
    caches: &Path,
    session: Session,
) -> Result<Start> {
    let folder = &workspace.root;
    let mut command = Command::new(program);
    command.arg("--stdio").current_dir(folder).env("XDG_CACHE_HOME", caches);
    if let Some(model) = model {
        command.arg("--model").arg(model);
    }
    let mut client = Client::launch(&mut command, &workspace.target.join("reopen.log"))?;
    client.initialize_with(folder, "project", json!({ "statistics": false }))?;
    let path = folder.join(PAGE);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (line, text) = typed(&text).with_context(|| format!("{PAGE} is another"))?;
    let document = json!({ "uri": uri(&path), "languageId": "rust", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
    let ready = until_ready(&mut client)?;
    let at = json!({ "line": line, "character": TYPED.len() });
    let params =
        json!({ "textDocument": { "uri": uri(&path) }, "position": at, "context": { "triggerKind": 2 } });
    if session == Session::Before {
        // What is kept for the next start is what was read when the project was known, all of it.
        until_indexed(&mut client)?;
        until_read(&mut client, &params)?;
    }
    let answered = answer(&mut client, &params)?;
    client.stop()?;
    Ok(Start { ready, answered })
}

/// Asks until something was decided, and says when, in seconds from the start of the process. A request whose deadline passed
/// decided nothing; what was read for it is read.
fn answer(client: &mut Client, params: &Value) -> Result<f64> {
    loop {
        let answer = client.request("textDocument/inlineCompletion", params.clone())?.result;
        let took = client.started.elapsed();
        let items = answer.get("items").unwrap_or(&answer);
        let last = client.request("trust/lastCompletion", Value::Null)?.result;
        let is_there = items.as_array().is_some_and(|items| !items.is_empty());
        if is_there || last["quiet"].as_str().is_some_and(|why| !why.contains(TOO_LATE)) {
            return Ok(took.as_secs_f64());
        }
        if took > PATIENCE {
            bail!("no answer within {} s: {last}", PATIENCE.as_secs());
        }
    }
}

fn until_indexed(client: &mut Client) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while state(&client.request("trust/status", Value::Null)?.result["index"]) != "ready" {
        if Instant::now() > deadline {
            bail!("no index within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Asks until the prompt is read: two cores do not read a long one with 500 M before the deadline of one request.
fn until_read(client: &mut Client, params: &Value) -> Result<()> {
    let mut before = 0;
    loop {
        answer(client, params)?;
        let status = client.request("trust/status", Value::Null)?.result;
        let read = status["completions"]["prefilledTokens"].as_u64().context("no count of tokens")?;
        if read - before <= LITTLE {
            return Ok(());
        }
        before = read;
    }
}

/// The text while the line is being written, and the line's number.
fn typed(text: &str) -> Option<(usize, String)> {
    let start = text.find(TYPED)?;
    let end = start + text[start..].find('\n')?;
    let line = text[..start].matches('\n').count();
    Some((line, format!("{}{}", &text[..start + TYPED.len()], &text[end..])))
}

/// Seconds until the model is ready, whatever the index does.
fn until_ready(client: &mut Client) -> Result<f64> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let told = client.next_notification(left)?;
        let (method, params): (String, Value) = told.context("the model did not become ready")?;
        match state(&params["model"]) {
            "ready" if method == "trust/status" => return Ok(client.started.elapsed().as_secs_f64()),
            "failed" => bail!("the model cannot be used: {}", params["model"]["message"]),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_it_is_as_fast_as_asked() {
        let start = |ready| Start { ready, answered: ready + 1.0 };
        let rounds = [[start(1.0), start(0.4)], [start(9.0), start(0.5)], [start(1.0), start(0.6)]];
        assert!(row("ready", &rounds, |start| start.ready));
        assert!(!row("answered", &rounds, |start| start.answered));
    }

    #[test]
    fn the_page_has_the_place() {
        let (line, text) = typed(include_str!("memory.rs")).unwrap();
        assert_eq!(text.lines().nth(line), Some(TYPED));
        assert_eq!(text.lines().count(), include_str!("memory.rs").lines().count());
    }
}
