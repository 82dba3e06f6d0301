//! Indexes a directory and tells how long it took: `cargo run --release -p trust-index --example index_stats -- DIR`.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::PathBuf;
use std::time::{Duration, Instant};
use trust_index::{Index, IndexOptions, Phase};

fn main() {
    let root = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let started = Instant::now();
    let on_state = Box::new(move |state: trust_index::IndexState| {
        if state.phase != Phase::Ready {
            println!(
                "{:6.2} s  {:?} {}/{}",
                started.elapsed().as_secs_f32(),
                state.phase,
                state.files,
                state.total
            );
        }
    });
    let index = Index::start(IndexOptions { roots: vec![root], on_state });
    let ready = index.wait_ready(Duration::from_secs(600));
    let (snapshot, state) = (index.snapshot(), index.state());
    let texts = || snapshot.file_ids().map(|file| snapshot.text(file));
    let bytes: usize = texts().map(|text| text.len()).sum();
    let lines: usize = texts().map(|text| text.lines().count()).sum();
    println!("ready: {ready}, {:.2} s", started.elapsed().as_secs_f32());
    println!("{} files, {lines} lines, {:.1} MB, {} symbols", state.files, bytes as f32 / 1e6, state.symbols);
    println!("{} skipped, cut: {}", state.skipped, state.cut);

    // A query as completion makes them: the identifiers of some forty lines.
    let Some(text) = texts().max_by_key(|text| text.len()) else { return };
    let words = trust_grammars::identifiers(text).map(|range| (&text[range], 1.0));
    let mut query: Vec<(&str, f32)> = words.skip(500).take(200).collect();
    query.sort_by(|a, b| a.0.cmp(b.0));
    query.dedup_by(|a, b| a.0 == b.0);
    let timed = |what: &str, run: &dyn Fn() -> usize| {
        let started = Instant::now();
        let found = run();
        println!("{what}: {found} found in {:.2} ms", started.elapsed().as_secs_f32() * 1e3);
    };
    for _ in 0..3 {
        timed(&format!("search of {} names", query.len()), &|| snapshot.search(&query, None, 8).len());
    }
    timed("definitions of those", &|| query.iter().map(|(name, _)| snapshot.definitions(name).len()).sum());
    timed("occurrences of `new`", &|| snapshot.occurrences("new", 1_000).len());
}
