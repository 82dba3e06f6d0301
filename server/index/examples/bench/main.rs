//! Measures the index on the files below a directory, beside other programs on the same files, in one run:
//! `cargo xtask bench index --dir DIR [--rounds N] [--json]`. Rounds are interleaved; the medians are told.
//! `--files N`: a tree of so many small files is made, and starts on it are measured. `--growth [--plot FILE]`: trees of 0.1
//! to 10 million lines are. The program itself takes `--brief` too, which leaves out the parser in this process and the latencies.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a program for the terminal"
)]

mod growth;
mod keys;
mod latency;
mod made;
mod peers;
mod warm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use trust_index::{Index, IndexOptions, Size};

/// One way to read the tree: its name, and of each round the seconds by the clock and of all cores.
struct Row {
    name: &'static str,
    seconds: Vec<f64>,
    cpu: Vec<f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let root = value("--dir").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let rounds: usize = value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let json = arguments.iter().any(|argument| argument == "--json");
    let Ok(root) = root.canonicalize() else {
        eprintln!("no directory {}", root.display());
        return ExitCode::FAILURE;
    };
    if let Some(files) = value("--files").and_then(|files| files.parse().ok()) {
        if let Err(error) = warm::measure(&root, files) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|argument| argument == "--growth") {
        if let Err(error) = growth::measure(&root, value("--plot").as_ref().map(Path::new)) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    let brief = arguments.iter().any(|argument| argument == "--brief");
    let in_process = if brief { &[] } else { peers::IN_PROCESS };
    let peers = peers::installed();
    let names = ["tier 0: names", "tier 1: definitions too", "warm start, from disk"].into_iter();
    let others = in_process.iter().map(|(name, _)| *name).chain(peers.iter().map(|peer| peer.name));
    let mut rows: Vec<Row> =
        names.chain(others).map(|name| Row { name, seconds: Vec::new(), cpu: Vec::new() }).collect();
    let (mut size, mut disk_bytes) = (None, 0);
    let Ok(cache) = tempfile::tempdir() else { return ExitCode::FAILURE };
    if rounds == 0 {
        let index = build(&root, None);
        size = Some(index.snapshot().size());
        drop(index);
        disk_bytes = keep(&root, cache.path());
    }
    for round in 0..=rounds {
        if rounds == 0 {
            break;
        }
        let mut times = Vec::new();
        let before = cpu();
        let index = build(&root, None);
        let timings = index.timings();
        // How much of the work the first tier was is not known apart.
        times.push((timings.searchable.as_secs_f64(), f64::NAN));
        times.push((timings.ready.as_secs_f64(), cpu() - before));
        let files = files(&index);
        size = Some(index.snapshot().size());
        drop(index);
        disk_bytes = keep(&root, cache.path());
        let before = cpu();
        let warm = build(&root, Some(cache.path())).timings().ready;
        times.push((warm.as_secs_f64(), cpu() - before));
        times.extend(in_process.iter().map(|(_, run)| timed(|| run(&files))));
        times.extend(peers.iter().map(|peer| timed(|| peer.run(&root))));
        // The first round only warms the page cache.
        if round > 0 {
            for (row, (seconds, cpu)) in rows.iter_mut().zip(times) {
                row.seconds.push(seconds);
                row.cpu.push(cpu);
            }
        }
    }
    let Some(size) = size else { return ExitCode::FAILURE };
    let mut latencies = Vec::new();
    if !brief {
        let index = build(&root, None);
        latencies.extend(latency::measure(&index));
        latencies.extend(keys::measure(&index.snapshot()));
    }
    if json {
        print_json(&mut rows, size, disk_bytes, &latencies)
    } else {
        print_tables(&mut rows, size, disk_bytes, &latencies)
    }
    ExitCode::SUCCESS
}

/// Has the index written to `cache`, if it is not there yet; how long it is.
fn keep(root: &Path, cache: &Path) -> u64 {
    let index = build(root, Some(cache));
    assert!(index.wait_saved(Duration::from_secs(60)), "not written after a minute");
    index.disk_bytes()
}

fn build(root: &Path, cache: Option<&Path>) -> Index {
    let (roots, cache) = (vec![root.to_owned()], cache.map(Path::to_owned));
    let index = Index::start(IndexOptions { roots, cache, on_state: Box::new(|_| {}) });
    assert!(index.wait_ready(Duration::from_secs(600)), "not ready after ten minutes");
    index
}

fn files(index: &Index) -> Vec<PathBuf> {
    let snapshot = index.snapshot();
    snapshot.file_ids().map(|file| snapshot.path(file).to_owned()).collect()
}

fn timed(run: impl FnOnce()) -> (f64, f64) {
    let (started, before) = (Instant::now(), cpu());
    run();
    (started.elapsed().as_secs_f64(), cpu() - before)
}

/// Seconds that the cores have worked for this process and those that it waited for; not known everywhere.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(4);
    // In hundredths, on every Linux that this is built for.
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    if ticks > 0.0 { ticks / 100.0 } else { f64::NAN }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn print_tables(rows: &mut [Row], size: Size, disk_bytes: u64, latencies: &[(&str, f64, f64)]) {
    let million_lines = size.lines as f64 / 1e6;
    println!(
        "{} files, {:.2} M lines, {:.1} MB; {} symbols, {} names, {} chunks; {:.1} MB of heap, {:.1} MB for each \
         million lines; {:.1} MB on disk, {:.1} % of the texts\n",
        size.files,
        million_lines,
        size.bytes as f64 / 1e6,
        size.symbols,
        size.names,
        size.chunks,
        size.heap_bytes as f64 / 1e6,
        size.heap_bytes as f64 / 1e6 / million_lines,
        disk_bytes as f64 / 1e6,
        100.0 * disk_bytes as f64 / size.bytes as f64,
    );
    println!("| what | seconds, median | all | MB/s | M lines/s | times tier 1 | CPU s | times tier 1 |");
    println!("|---|--:|---|--:|--:|--:|--:|--:|");
    let (tier1, cpu1) =
        rows.get_mut(1).map_or((1.0, 1.0), |row| (median(&mut row.seconds), median(&mut row.cpu)));
    for row in rows.iter_mut() {
        let seconds = median(&mut row.seconds);
        let all: Vec<String> = row.seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
        let cpu = median(&mut row.cpu);
        println!(
            "| {} | {seconds:.2} | {} | {:.0} | {:.2} | {:.2} | {cpu:.2} | {:.2} |",
            row.name,
            all.join(" "),
            size.bytes as f64 / 1e6 / seconds,
            million_lines / seconds,
            seconds / tier1,
            cpu / cpu1,
        );
    }
    println!("\n| request | p50 ms | p99 ms |\n|---|--:|--:|");
    for (name, p50, p99) in latencies {
        println!("| {name} | {p50:.4} | {p99:.4} |");
    }
    for peer in peers::PEERS.iter().filter(|peer| !peer.is_installed()) {
        println!("\nnot compared with {}: {}", peer.name, peer.how_to_install);
    }
}

fn print_json(rows: &mut [Row], size: Size, disk_bytes: u64, latencies: &[(&str, f64, f64)]) {
    let times: Vec<String> =
        rows.iter_mut().map(|row| format!("{:?}:{:.4}", row.name, median(&mut row.seconds))).collect();
    let requests: Vec<String> = latencies
        .iter()
        .map(|(name, p50, p99)| format!("{name:?}:{{\"p50\":{p50:.5},\"p99\":{p99:.5}}}"))
        .collect();
    println!(
        "{{\"files\":{},\"lines\":{},\"bytes\":{},\"symbols\":{},\"names\":{},\"chunks\":{},\"heap_bytes\":{},\"disk_bytes\":{disk_bytes},\
         \"seconds\":{{{}}},\"milliseconds\":{{{}}}}}",
        size.files,
        size.lines,
        size.bytes,
        size.symbols,
        size.names,
        size.chunks,
        size.heap_bytes,
        times.join(","),
        requests.join(",")
    );
}
