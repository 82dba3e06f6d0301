//! How much of what a line needs the quoted context holds, without a model:
//! `cargo xtask bench retrieval --dir DIR [--lines N]`.
//!
//! A line needs the names that the window around it lacks (see [`places`]); each line that needs any counts the same,
//! with the share of them that 4,000 bytes of context hold in code. It measures what a model could copy, not what it
//! does. Beside the product's context stand windows by Jaccard similarity (see [`windows`]), at equal bytes. Files are
//! halved by their path: the mix was tuned on the one half, and is judged by the other.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod places;
mod windows;

use places::{Place, Places, code_names};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use trust_complete::{Block, Context, Mix, Query, Room};
use trust_grammars::Language;
use trust_index::{Index, IndexOptions, Snapshot};
use trust_inference::CancelToken;
use trust_text::Text;

const BYTES: usize = 4_000;

#[derive(Default)]
struct Tally {
    lines: usize,
    lacking: usize,
    /// Of them those that lack more than keywords.
    lacking_names: usize,
    /// Sums over the lines that lack names, of the share of those that was held.
    ours: f64,
    windows: f64,
    /// The same without keywords.
    ours_names: f64,
    times: Vec<Duration>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let root = value("--dir").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let wanted: usize = value("--lines").and_then(|lines| lines.parse().ok()).unwrap_or(4_000);
    let Ok(root) = root.canonicalize() else { return eprintln!("no directory {}", root.display()) };
    let options = IndexOptions { roots: vec![root], cache: None, on_state: Box::new(|_| {}) };
    let index = Index::start(options);
    if !index.wait_ready(Duration::from_secs(600)) {
        return eprintln!("the index is not ready after ten minutes");
    }
    let snapshot = index.snapshot();
    let mut tallies: BTreeMap<(&str, bool), Tally> = BTreeMap::new();
    for place in Places::of(&snapshot).take(wanted) {
        let language = match place.language {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::TypeScript | Language::Tsx | Language::JavaScript => "TypeScript, JavaScript",
            _ => "others",
        };
        measure(&snapshot, &place, tallies.entry((language, place.held_out)).or_default());
    }
    println!(
        "Lines of at least 3 names in code, keywords counted, drawn from files of at least 100 lines; of each that lacks\n\
         names in its window (60 lines above, 20 below), the share of those that {BYTES} bytes of context hold.\n"
    );
    println!(
        "| language | files | lines | lacking a name | ours | without keywords | Jaccard windows | ratio | p50 ms | p99 ms |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for ((language, held_out), tally) in &mut tallies {
        row(language, *held_out, tally);
    }
}

fn row(language: &str, held_out: bool, tally: &mut Tally) {
    tally.times.sort_unstable();
    let time = |share: f64| {
        let place = (tally.times.len() as f64 * share) as usize;
        tally.times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let share = |part: f64, of: usize| 100.0 * part / of.max(1) as f64;
    println!(
        "| {language} | {} | {} | {:.0} % | {:.1} % | {:.1} % | {:.1} % | {:.2} | {:.2} | {:.2} |",
        if held_out { "held out" } else { "tuned on" },
        tally.lines,
        share(tally.lacking as f64, tally.lines),
        share(tally.ours, tally.lacking),
        share(tally.ours_names, tally.lacking_names),
        share(tally.windows, tally.lacking),
        if tally.windows > 0.0 { tally.ours / tally.windows } else { f64::NAN },
        time(0.5),
        time(0.99),
    );
}

fn measure(snapshot: &Snapshot, place: &Place, tally: &mut Tally) {
    tally.lines += 1;
    if place.lacking.is_empty() {
        return;
    }
    tally.lacking += 1;
    let query = Query {
        path: snapshot.path(place.file).to_owned(),
        relative: snapshot.relative(place.file),
        repository: "repository".to_owned(),
        language: Some(place.language),
        text: Text::new(&place.text),
        offset: place.offset,
        invoked: false,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(60),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    };
    let (before, after) = place.text.split_at(place.offset);
    let started = Instant::now();
    let blocks = Mix.blocks(&query, before, after, snapshot, Room { most: BYTES, cost: &str::len });
    tally.times.push(started.elapsed());
    let names: Vec<&str> =
        place.lacking.iter().map(String::as_str).filter(|name| !place.is_keyword(name)).collect();
    let all: Vec<&str> = place.lacking.iter().map(String::as_str).collect();
    let ours = held(place.language, &blocks);
    let share = |held: &HashSet<&str>, wanted: &[&str]| {
        wanted.iter().filter(|name| held.contains(**name)).count() as f64 / wanted.len() as f64
    };
    tally.ours += share(&ours, &all);
    if !names.is_empty() {
        tally.lacking_names += 1;
        tally.ours_names += share(&ours, &names);
    }
    let windows = windows::windows(snapshot, place);
    tally.windows += share(&held(place.language, &windows), &all);
}

/// The names in the first 4,000 bytes; blocks are ordered with the most telling last.
fn held(language: Language, blocks: &[Block]) -> HashSet<&str> {
    let mut room = BYTES;
    let mut found = HashSet::new();
    for block in blocks.iter().rev() {
        let text = &block.text[..block.text.floor_char_boundary(room.min(block.text.len()))];
        room -= text.len();
        found.extend(code_names(language, text));
    }
    found
}
