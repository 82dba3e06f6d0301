//! `trust-lsp index [DIR]`, and what the other commands that ask the index share.

use super::log;
use crate::assistant::cache_folder;
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use trust_index::{Index, IndexOptions};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp index                 index this folder, so that the next start is warm
  trust-lsp index ~/src/project --stats
  trust-lsp index --stats --json | jq .seconds_warm

Fields of --json: files, lines, bytes, symbols, names, seconds_tier0 (until names can be searched), seconds_tier1
(until definitions can, too), seconds_warm (the same from disk), heap_bytes, disk_bytes, skipped (by reason).
The seconds are null without --stats, which builds the index twice.";

/// How long an index may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long it may take to be written to disk after that.
const WRITING: Duration = Duration::from_secs(60);

#[derive(Args)]
pub struct Command {
    /// The folder; this one by default.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Measure it: once from nothing, and once from disk.
    #[arg(long)]
    stats: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    log: log::Log,
}

pub fn run(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| print(&command)))
}

fn print(command: &Command) -> anyhow::Result<()> {
    let seconds = |time: Duration| (time.as_secs_f64() * 1e4).round() / 1e4;
    let cold = command.stats.then(|| open(Some(&command.folder), None)).transpose()?;
    let cold = cold.map(|index| index.timings());
    let Some(cache) = cache_folder() else { bail!("there is no folder to keep the index in") };
    let index = open(Some(&command.folder), Some(cache.clone()))?;
    if !index.wait_saved(WRITING) {
        let folder = cache_folder().unwrap_or_default();
        bail!("the index could not be written to {} (`RUST_LOG=warn` tells why)", folder.display());
    }
    let (size, disk_bytes, skipped) = (index.snapshot().size(), index.disk_bytes(), index.skipped());
    drop(index);
    let warm = command.stats.then(|| open(Some(&command.folder), Some(cache))).transpose()?;
    let warm = warm.map(|index| index.timings().ready);
    if command.json {
        println!(
            "{}",
            serde_json::json!({
                "files": size.files,
                "lines": size.lines,
                "bytes": size.bytes,
                "symbols": size.symbols,
                "names": size.names,
                "seconds_tier0": cold.map(|cold| seconds(cold.searchable)),
                "seconds_tier1": cold.map(|cold| seconds(cold.ready)),
                "seconds_warm": warm.map(seconds),
                "heap_bytes": size.heap_bytes,
                "disk_bytes": disk_bytes,
                "skipped": skipped,
            })
        );
        return Ok(());
    }
    println!("{} files, {} lines, {} symbols, {} names", size.files, size.lines, size.symbols, size.names);
    for (reason, count) in skipped {
        println!("{count} skipped: {reason}");
    }
    if let (Some(cold), Some(warm)) = (cold, warm) {
        println!(
            "names after {:.3} s, definitions after {:.3} s",
            seconds(cold.searchable),
            seconds(cold.ready)
        );
        println!("from disk after {:.3} s", seconds(warm));
        println!("{} bytes in memory, {disk_bytes} on disk", size.heap_bytes);
    }
    Ok(())
}

/// The index of a folder, when it is ready.
pub fn open(folder: Option<&Path>, cache: Option<PathBuf>) -> anyhow::Result<Index> {
    let mut roots = Vec::new();
    if let Some(folder) = folder {
        let root = folder.canonicalize().with_context(|| folder.display().to_string())?;
        if !root.is_dir() {
            bail!("{} is no folder", folder.display());
        }
        roots.push(root);
    }
    let index = Index::start(IndexOptions { roots, cache, on_state: Box::new(|_| {}) });
    if !index.wait_ready(PATIENCE) {
        bail!("{} is too large to be indexed in ten minutes", folder.unwrap_or(Path::new("")).display());
    }
    Ok(index)
}
