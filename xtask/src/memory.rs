//! `cargo xtask bench memory`: what the server keeps resident on a directory, and what a second window on it adds, with the
//! bundled model or with a larger one, whose weights both windows share.
//! Shared pages count in proportion, as `/proc/PID/smaps_rollup` has it.

use crate::{bench, paint::Paint, peer, workspace::Workspace};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trust_client::{Client, uri};

/// Keys that are pressed before memory is read, and how long caches may settle.
const KEYS: usize = 40;
const SETTLING: Duration = Duration::from_secs(3);
/// What the project allows: resident bytes with the bundled model, and a second window's share of the first.
const RESIDENT: u64 = 300_000_000;
const SECOND: f64 = 0.4;

/// Measures and prints a table; false where it is more than it may be. `model`: the shape of one of random weights that answers
/// instead of the bundled one.
pub fn memory(
    workspace: &Workspace,
    folder: &Path,
    model: Option<&str>,
    server: Option<PathBuf>,
    paint: Paint,
) -> Result<bool> {
    let program = bench::server(workspace, server, paint)?;
    let file = model.map(|shape| peer::random_model(workspace, shape, 4096)).transpose()?;
    let measured = measure(workspace, folder, file.as_deref(), &program);
    if let Some(file) = file {
        std::fs::remove_file(file)?;
    }
    let (resident, share) = measured?;
    Ok((model.is_some() || resident <= RESIDENT) && share <= SECOND)
}

/// Resident bytes of one window, and what a second one adds as a share of the first.
fn measure(workspace: &Workspace, folder: &Path, model: Option<&Path>, program: &Path) -> Result<(u64, f64)> {
    let folder = folder.canonicalize().with_context(|| format!("no folder {}", folder.display()))?;
    let log = |number: u8| workspace.target.join(format!("memory-{number}.log"));
    let (mut first, lines) = window(program, &folder, model, &log(1))?;
    let alone = held(&first)?;
    let resident = first.memory()?;
    let (second, _) = window(program, &folder, model, &log(2))?;
    press(&mut first, &folder)?;
    let both = held(&first)? + held(&second)?;
    let share = (both as f64 - alone as f64) / alone as f64;
    let mib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
    println!("|memory on {lines}||\n|---|--:|");
    println!("|resident, MiB; highest|{}; {}|", mib(resident.0), mib(resident.1));
    println!("|in proportion, one window, MiB|{}|", mib(alone));
    println!("|two windows|{}|", mib(both));
    println!("|the second as a share of the first|{:.0} %|", share * 100.0);
    second.stop()?;
    first.stop()?;
    Ok((resident.0, share))
}

/// A server on `folder` that has been typed into, and how large the folder is.
fn window(program: &Path, folder: &Path, model: Option<&Path>, log: &Path) -> Result<(Client, String)> {
    let mut client = Client::start(program, folder, log)?;
    client.initialize(folder, "project")?;
    let status = client.wait_until_ready(|_| ())?;
    if let Some(model) = model {
        client.request("trust/useModel", json!({ "model": model }))?;
    }
    press(&mut client, folder)?;
    Ok((client, format!("{} files, {} definitions", status["index"]["files"], status["index"]["symbols"])))
}

/// Types into a document of its own.
fn press(client: &mut Client, folder: &Path) -> Result<()> {
    let uri = uri(&folder.join("a_window_of_memory.rs"));
    let text = include_str!("memory.rs");
    let document = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }))?;
    for key in 0..KEYS {
        let at = json!({ "line": 20 + key / 10, "character": 0 });
        let change = json!({ "range": { "start": at, "end": at }, "text": "l" });
        let document = json!({ "uri": uri, "version": key + 2 });
        client.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [change] }),
        )?;
        let place = json!({ "line": 20 + key / 10, "character": 1 });
        let params =
            json!({ "textDocument": { "uri": uri }, "position": place, "context": { "triggerKind": 2 } });
        client.request("textDocument/inlineCompletion", params)?;
    }
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }))?;
    std::thread::sleep(SETTLING);
    Ok(())
}

/// Bytes of memory, shared ones in proportion.
fn held(client: &Client) -> Result<u64> {
    let path = format!("/proc/{}/smaps_rollup", client.process_id());
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    proportional(&text).with_context(|| format!("no Pss in {path}"))
}

fn proportional(rollup: &str) -> Result<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no such line")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    ensure!(kilobytes > 0, "nothing is held");
    Ok(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proportional_size_is_read() {
        let rollup =
            "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  1024 kB\nPss:   512 kB\nPss_Dirty: 9 kB\n";
        assert_eq!(proportional(rollup).unwrap(), 512 << 10);
        assert!(proportional("Rss: 3 kB\n").is_err());
        assert!(proportional("Pss: 0 kB\n").is_err());
    }
}
