//! How soon a reader has something of an answer: from the moment its first token is chosen, as the server's log tells it, to
//! the moment the first words of `trust/chat` have come through the server's pipe.

use crate::row::{Asked, Measure, Row};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use trust_client::Client;
use trust_dialect::{Dialect, Origin};
use trust_engine::{Engine, EngineOptions};

const PATIENCE: Duration = Duration::from_secs(120);
/// What the engine's log says when a token is chosen.
const CHOSEN: &str = "a token is chosen";
const SOURCE: &str = "/// Says hello.\npub fn alpha() -> &'static str {\n    \"hello\"\n}\n";
const DAY: u64 = 24 * 60 * 60 * 1_000_000;

pub fn measure(server: &Path, model: &Path, answers: u64) -> Result<Vec<Row>> {
    let name = kind(model)?;
    let home = tempfile::tempdir()?;
    let (project, log) = (home.path().join("project"), home.path().join("log"));
    std::fs::create_dir_all(&project)?;
    std::fs::write(project.join("alpha.rs"), SOURCE)?;
    let mut command = Command::new(std::path::absolute(server)?);
    command.arg("--stdio").arg("--model").arg(std::path::absolute(model)?).current_dir(&project);
    command.env("RUST_LOG", "trust_engine=trace").env("HOME", home.path());
    for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
        command.env(format!("XDG_{name}_HOME"), home.path().join(name.to_lowercase()));
    }
    let mut client = Client::launch(&mut command, &log)?;
    client.initialize_with(&project, "project", json!({ "pace": { "workAhead": false } }))?;
    client.wait_until_ready(|_| ())?;
    // At once, and where the first token was no text yet: from the token that was.
    let (mut first, mut later, mut silent) = (Vec::new(), Vec::new(), 0);
    for number in 0..=answers {
        let seen = std::fs::metadata(&log)?.len() as usize;
        let told = told(&mut client, number)?;
        let lines = std::fs::read(&log)?.split_off(seen);
        // The first answer finds nothing read.
        let (Some(told), true) = (told, number > 0) else {
            silent += u64::from(number > 0);
            continue;
        };
        let after = after_tokens(&String::from_utf8_lossy(&lines), micros(told))?;
        match after[..] {
            [] => bail!("words came before any token"),
            [time] => first.push(time),
            [.., time] => later.push(time),
        }
    }
    client.stop()?;
    let waits = Measure::Count(later.len() as u64, (first.len() + later.len()) as u64);
    let mut rows = Vec::new();
    for (share, percent) in [(0.5, 50), (0.99, 99)] {
        let name = format!("{name}: from the first token to the first delta, p{percent}");
        rows.extend(Row::percentile(name, &mut first, share, Asked::AtMost(5.0)));
    }
    rows.push(Row::new(
        format!(
            "{name}: answers whose first token waits for a later one: a citation or a mark may begin there"
        ),
        waits,
        Asked::Nothing,
    ));
    let name = format!("{name}: those, from the token that ends the wait, p99");
    rows.extend(Row::percentile(name, &mut later, 0.99, Asked::AtMost(5.0)));
    ensure!(silent < answers, "the model says nothing at all");
    Ok(rows)
}

/// The model, and whether what it says has the form of a turn with tools.
fn kind(model: &Path) -> Result<String> {
    let engine = Engine::load(model, EngineOptions { context: 256, ..EngineOptions::default() })?;
    let template = engine.chat_template();
    let told = template.map(|one| Dialect::of(Some(&one.source), &one.bos, &one.eos));
    let form = told.is_some_and(|dialect| !matches!(dialect.origin(), Origin::Injected(_)));
    let name = &trust_inference::Model::card(&engine).name;
    Ok(format!("chat, {name}, {}", if form { "held to a form" } else { "free" }))
}

/// When the first words of an answer were here; the rest of it is not waited for.
fn told(client: &mut Client, number: u64) -> Result<Option<SystemTime>> {
    let token = format!("delta-{number}");
    // Words that differ, so that answers begin in different ways.
    let words =
        ["what does it return", "who calls alpha", "list three names", "is it sound", "why", "explain hello"];
    let message = format!("{number} times: {}?", words[number as usize % words.len()]);
    let id = client
        .ask("trust/chat", json!({ "message": message, "words": "always", "partialResultToken": token }))?;
    let deadline = Instant::now() + PATIENCE;
    let first = loop {
        let ended = client.next_reply(Duration::from_millis(10))?;
        let first = client.take_timed().into_iter().find(|(_, method, params)| {
            let delta = params["value"]["delta"].as_str();
            let words = delta.is_some_and(|text| !text.trim().is_empty());
            method == "$/progress" && params["token"] == token.as_str() && words
        });
        let first = first.map(|(arrived, ..)| SystemTime::now() - arrived.elapsed());
        if let Some(reply) = ended {
            ensure!(reply.id == id && reply.result.is_ok(), "{reply:?}");
            return Ok(first);
        }
        if first.is_some() {
            break first;
        }
        ensure!(Instant::now() < deadline, "no answer within {} s", PATIENCE.as_secs());
    };
    client.notify("$/cancelRequest", json!({ "id": id }))?;
    let reply = client.next_reply(PATIENCE)?.context("no answer to a request that was cancelled")?;
    ensure!(reply.id == id, "{reply:?}");
    client.take_told();
    Ok(first)
}

fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
    since % DAY
}

/// How long after each token that was chosen before it, the first one first, the moment `told` of the day came.
fn after_tokens(log: &str, told: u64) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for line in log.lines().filter(|line| line.contains(CHOSEN)) {
        let time = of_day(line).with_context(|| format!("a line of the log without a time: {line}"))?;
        let passed = (told + DAY - time) % DAY;
        // What came later was a moment before, a day on.
        if passed < DAY / 2 {
            times.push(Duration::from_micros(passed));
        }
    }
    Ok(times)
}

/// Microseconds of the day of `2026-01-31T12:34:56.123456Z ...`.
fn of_day(line: &str) -> Option<u64> {
    let (_, time) = line.split_once('T')?;
    let (time, _) = time.split_once('Z')?;
    let (clock, fraction) = time.split_once('.')?;
    let mut seconds = 0;
    for part in clock.split(':') {
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
    }
    let fraction: u64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(seconds * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_tells_what_came_before() {
        let line = |time: &str| format!("2026-01-31T{time}Z TRACE trust_engine: {CHOSEN} number=1\n");
        let log = [line("00:00:01.000500"), "other\n".into(), line("00:00:01.002"), line("00:00:03.1")];
        let after = after_tokens(&log.concat(), 1_003_000).unwrap();
        assert_eq!(after, [2_500, 1_000].map(Duration::from_micros));
        // Over midnight.
        let after = after_tokens(&line("23:59:59.999"), 1_000).unwrap();
        assert_eq!(after, [Duration::from_millis(2)]);
        assert!(after_tokens(&format!("no time: {CHOSEN}"), 0).is_err());
    }
}
