//! How much of what a line needs the quoted context holds, without a model:
//! `cargo xtask bench retrieval --dir DIR [--lines N]`.
//!
//! Of a random line the names are taken that the window around it (60 lines above, 20 below) lacks; the share of
//! them that 4,000 bytes of context hold is told, each line counting the same. It measures what a model could copy, not what it does. Beside the
//! product's context stands that of windows of 60 lines in files of the same folder, by Jaccard similarity of
//! their names, as GitHub Copilot's published source has it, at equal bytes.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use trust_complete::{Block, Context, Mix, Query};
use trust_grammars::{Language, identifiers, outline};
use trust_index::{FileId, Index, IndexOptions, Snapshot};
use trust_inference::CancelToken;
use trust_text::Text;

const BYTES: usize = 4_000;
const ABOVE: usize = 60;
const BELOW: usize = 20;
const WINDOW: usize = 60;
/// How far apart the windows begin.
const STEP: usize = 15;
const SIBLINGS: usize = 20;

#[derive(Default)]
struct Tally {
    lines: usize,
    lacking_lines: usize,
    /// Sums over the lines that lack names, of the share of those that was held.
    ours: f64,
    windows: f64,
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
    let mut files: Vec<FileId> = snapshot.file_ids().collect();
    files.sort_by_key(|file| snapshot.path(*file).to_owned());
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below.max(1)
    };
    // Every line is as likely as any other.
    let mut places: Vec<(usize, FileId)> = Vec::new();
    let mut all = 0;
    for file in files {
        all += snapshot.reader().text(file).map_or(0, |text| text.lines().count());
        places.push((all, file));
    }
    let mut drawn = 0;
    while drawn < wanted * 20 && tallies.values().map(|tally| tally.lines).sum::<usize>() < wanted {
        drawn += 1;
        let place = random(all);
        let at = places.partition_point(|(end, _)| *end <= place);
        let Some((end, file)) = places.get(at).copied() else { break };
        let (Some(language), Some(text)) = (snapshot.language(file), snapshot.reader().text(file)) else {
            continue;
        };
        let lines: Vec<&str> = text.lines().collect();
        let line = (lines.len() + place).saturating_sub(end);
        let name = match language {
            Language::Rust => "Rust",
            Language::Python => "Python",
            _ => "TypeScript, JavaScript",
        };
        measure(&snapshot, file, language, &text, &lines, line, tallies.entry(name).or_default());
    }
    println!("| language | lines | lacking a name | ours | Jaccard windows | ratio | p50 ms | p99 ms |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for (name, tally) in &mut tallies {
        tally.times.sort_unstable();
        let time = |share: f64| {
            let place = (tally.times.len() as f64 * share) as usize;
            tally.times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let share = |part: f64, of: usize| 100.0 * part / of.max(1) as f64;
        println!(
            "| {name} | {} | {:.0} % | {:.1} % | {:.1} % | {:.2} | {:.2} | {:.2} |",
            tally.lines,
            share(tally.lacking_lines as f64, tally.lines),
            share(tally.ours, tally.lacking_lines),
            share(tally.windows, tally.lacking_lines),
            if tally.windows > 0.0 { tally.ours / tally.windows } else { f64::NAN },
            time(0.5),
            time(0.99),
        );
    }
}

fn names(text: &str) -> HashSet<&str> {
    identifiers(text).map(|range| &text[range]).collect()
}

fn measure(
    snapshot: &Snapshot,
    file: FileId,
    language: Language,
    text: &str,
    lines: &[&str],
    line: usize,
    tally: &mut Tally,
) {
    let Some(here) = lines.get(line).copied() else { return };
    let start = lines[..line].iter().map(|line| line.len() + 1).sum::<usize>();
    // Offsets are right where lines end in one byte; other files are few and left out.
    if text.get(start..start + here.len()) != Some(here) || names(here).is_empty() {
        return;
    }
    let is_import = |range: &std::ops::Range<usize>| range.start <= start && start < range.end;
    if outline(language, text).imports.iter().any(is_import) {
        return;
    }
    tally.lines += 1;
    let above = lines[line.saturating_sub(ABOVE)..line].join("\n");
    let below = lines[(line + 1).min(lines.len())..(line + 1 + BELOW).min(lines.len())].join("\n");
    let shown: HashSet<&str> = names(&above).union(&names(&below)).copied().collect();
    let keywords = language.keywords();
    let lacking: Vec<&str> =
        names(here).into_iter().filter(|name| !shown.contains(name) && !keywords.contains(name)).collect();
    if lacking.is_empty() {
        return;
    }
    tally.lacking_lines += 1;
    let indent = here.len() - here.trim_start().len();
    let without = format!("{}{}{}", &text[..start], &here[..indent], &text[start + here.len()..]);
    let query = Query {
        path: snapshot.path(file).to_owned(),
        relative: snapshot.relative(file),
        repository: "repository".to_owned(),
        language: Some(language),
        text: Text::new(&without),
        offset: start + indent,
        invoked: false,
        deadline: Instant::now() + Duration::from_secs(60),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
    };
    let started = Instant::now();
    let (before, after) = without.split_at(start + indent);
    let blocks = Mix { bytes: BYTES }.blocks(&query, before, after, snapshot);
    tally.times.push(started.elapsed());
    let share = |blocks: &[Block]| held(blocks, &lacking) as f64 / lacking.len() as f64;
    tally.ours += share(&blocks);
    tally.windows += share(&windows(snapshot, file, &above));
}

/// How many of `names` the first 4,000 bytes hold; blocks are ordered with the most telling last.
fn held(blocks: &[Block], wanted: &[&str]) -> usize {
    let mut room = BYTES;
    let mut found = HashSet::new();
    for block in blocks.iter().rev() {
        let text = &block.text[..block.text.floor_char_boundary(room.min(block.text.len()))];
        room -= text.len();
        found.extend(names(text).into_iter().filter(|name| wanted.contains(name)));
    }
    found.len()
}

fn windows(snapshot: &Snapshot, own: FileId, above: &str) -> Vec<Block> {
    let here = names(above);
    let folder = snapshot.path(own).parent();
    let mut siblings: Vec<FileId> =
        snapshot.file_ids().filter(|file| *file != own && snapshot.path(*file).parent() == folder).collect();
    siblings.sort_by_key(|file| snapshot.path(*file).to_owned());
    siblings.truncate(SIBLINGS);
    let mut scored = Vec::new();
    for file in siblings {
        let Some(text) = snapshot.reader().text(file) else { continue };
        let lines: Vec<&str> = text.lines().collect();
        let window = |start: usize| {
            let text = lines[start..(start + WINDOW).min(lines.len())].join("\n");
            let there = names(&text);
            let common = here.intersection(&there).count() as f64;
            (common / (here.len() + there.len()).max(1) as f64, text)
        };
        let best = (0..lines.len()).step_by(STEP).map(window).max_by(|a, b| a.0.total_cmp(&b.0));
        scored.extend(best);
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    scored.into_iter().map(|(_, text)| Block { path: String::new(), text }).collect()
}
