//! `cargo xtask bench switch`: how long another model takes to take over while completions are asked for, from the request to
//! the moment from which it answers, and whether a request is lost. From the bundled model to one of random weights, and back.

use crate::{bench, paint::Paint, peer, statistics::median, workspace::Workspace};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use trust_client::{Client, uri};

/// What the project allows for a model of 500 million weights, loading included.
const ALLOWED: f64 = 5.0;
const ROUNDS: usize = 3;
/// How often a completion is asked for meanwhile, and how often afterwards.
const PAUSE: Duration = Duration::from_millis(100);
const AFTER: usize = 5;
const PATIENCE: Duration = Duration::from_secs(90);

/// One exchange.
struct Switch {
    /// From the request to the answer.
    seconds: f64,
    /// Of the processor, by the whole server.
    processor: f64,
    asked: usize,
    answered: usize,
}

/// Measures and prints a table; false where it takes longer than it may, or a request is lost.
pub fn switch(workspace: &Workspace, server: Option<std::path::PathBuf>, paint: Paint) -> Result<bool> {
    let program = bench::server(workspace, server, paint)?;
    let model = peer::random_model(workspace, "500 M", 4096)?;
    let measured = measure(workspace, &program, &model);
    std::fs::remove_file(&model)?;
    let rounds = measured?;
    println!(
        "|to|seconds, median (of {ROUNDS})|processor, s|requests meanwhile and after|answered|\n|---|--:|--:|--:|--:|"
    );
    let mut good = true;
    for (name, index) in [("500 M", 0), ("bundled", 1)] {
        let of =
            |pick: fn(&Switch) -> f64| rounds.iter().map(|round| pick(&round[index])).collect::<Vec<_>>();
        let (mut seconds, mut processor) = (of(|one| one.seconds), of(|one| one.processor));
        let each: Vec<String> = seconds.iter().map(|one| format!("{one:.2}")).collect();
        let (asked, answered): (usize, usize) = rounds
            .iter()
            .fold((0, 0), |sum, round| (sum.0 + round[index].asked, sum.1 + round[index].answered));
        let half = |sample: &mut [f64]| median(sample).unwrap_or(f64::NAN);
        let (seconds, processor) = (half(&mut seconds), half(&mut processor));
        println!("|{name}|{seconds:.2} ({})|{processor:.2}|{asked}|{answered}|", each.join(", "));
        good &= asked == answered && seconds <= ALLOWED;
    }
    println!("load average: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(good)
}

fn measure(workspace: &Workspace, program: &Path, model: &Path) -> Result<Vec<[Switch; 2]>> {
    let folder = workspace.target.join("switch");
    std::fs::create_dir_all(&folder)?;
    let mut client = Client::start(program, &folder, &workspace.target.join("switch.log"))?;
    client.initialize(&folder, "project")?;
    client.wait_until_ready(|_| ())?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let large = exchange(&mut client, &folder, 2 * round, &model.to_string_lossy())?;
        let small = exchange(&mut client, &folder, 2 * round + 1, "bundled")?;
        rounds.push([large, small]);
    }
    client.stop()?;
    std::fs::remove_dir_all(folder)?;
    Ok(rounds)
}

fn exchange(client: &mut Client, folder: &Path, number: usize, model: &str) -> Result<Switch> {
    let mut asked = Vec::new();
    ask(client, folder, number, &mut asked)?;
    let (start, before) = (Instant::now(), processor(client.process_id())?);
    let wish = client.ask("trust/useModel", json!({ "model": model }))?;
    let (mut answered, mut seconds, mut after) = (0, None, 0);
    while answered < asked.len() || seconds.is_none() || after < AFTER {
        ensure!(start.elapsed() < PATIENCE, "{answered} of {} requests answered", asked.len());
        match client.next_reply(PAUSE)? {
            Some(reply) if reply.id == wish => {
                reply.result.map_err(|(_, message)| anyhow::anyhow!("{model}: {message}"))?;
                seconds = Some((start.elapsed().as_secs_f64(), processor(client.process_id())? - before));
            }
            Some(reply) => answered += usize::from(asked.contains(&reply.id) && reply.result.is_ok()),
            None if after < AFTER => {
                ask(client, folder, number, &mut asked)?;
                after += usize::from(seconds.is_some());
            }
            None => {}
        }
    }
    let (seconds, processor) = seconds.context("no answer")?;
    Ok(Switch { seconds, processor, asked: asked.len(), answered })
}

/// Asks for a completion in a document of its own, so that none takes the place of another.
fn ask(client: &mut Client, folder: &Path, number: usize, asked: &mut Vec<u64>) -> Result<()> {
    let name = format!("{number}_{}", asked.len());
    let uri = uri(&folder.join(format!("sum_{name}.rs")));
    let text =
        format!("fn add_{name}(left_{name}: i32, right_{name}: i32) -> i32 {{\n    left_{name} + \n}}\n");
    let document: Value = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
    let at = json!({ "line": 1, "character": 4 + format!("left_{name} + ").len() });
    let params = json!({ "textDocument": { "uri": uri }, "position": at, "context": { "triggerKind": 2 } });
    asked.push(client.ask("textDocument/inlineCompletion", params)?);
    Ok(())
}

/// Seconds of the processor that a process has taken.
fn processor(id: u32) -> Result<f64> {
    let path = format!("/proc/{id}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    ticks(&text).map(|ticks| ticks as f64 / 100.0).with_context(|| format!("{path} is odd"))
}

/// Of the user and of the system, in hundredths of a second.
fn ticks(stat: &str) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_took_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 1 1 1";
        assert_eq!((ticks(stat), ticks("7 (a) S 1")), (Some(300), None));
    }
}
