//! How far outlines by skeleton agree with those of whole parses, on the files below a directory:
//! `cargo run --release -p trust-grammars --example agreement -- DIR [--misses]`.
//!
//! Counted are definitions by name and place, and those whose kind, item, signature, documentation or parent
//! differ. Files that do not parse without an error are counted apart: there the whole parse is no judge.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program for the terminal")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use trust_grammars::{Language, Outline, outline, outline_of, parse_str, syntax_errors};

const LIMIT: Duration = Duration::from_secs(10);
const LARGEST: u64 = 2 << 20;

#[derive(Default)]
struct Tally {
    files: usize,
    broken: usize,
    bytes: usize,
    definitions: usize,
    missing: usize,
    extra: usize,
    different: usize,
    skeleton: Duration,
    whole: Duration,
}

fn main() {
    let root = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let tell = std::env::args().any(|argument| argument == "--misses");
    let mut tallies: HashMap<Language, Tally> = HashMap::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if let Some(language) = Language::from_path(&path).filter(|_| kind.is_file()) {
                compare(language, &path, tallies.entry(language).or_default(), tell);
            }
        }
    }
    println!(
        "| language | files | with errors | MB | definitions | missing | extra | different | agreement | whole/skeleton time |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for language in Language::ALL {
        let Some(tally) = tallies.get(&language) else { continue };
        println!(
            "| {} | {} | {} | {:.1} | {} | {} | {} | {} | {:.3} % | {:.2} |",
            language.id(),
            tally.files,
            tally.broken,
            tally.bytes as f64 / 1e6,
            tally.definitions,
            tally.missing,
            tally.extra,
            tally.different,
            100.0 * (tally.definitions - tally.missing) as f64 / tally.definitions.max(1) as f64,
            tally.whole.as_secs_f64() / tally.skeleton.as_secs_f64(),
        );
    }
}

fn compare(language: Language, path: &Path, tally: &mut Tally, tell: bool) {
    if path.metadata().map_or(0, |metadata| metadata.len()) > LARGEST {
        return;
    }
    let Ok(source) = std::fs::read_to_string(path) else { return };
    let started = Instant::now();
    let ours = outline(language, &source);
    tally.skeleton += started.elapsed();
    let started = Instant::now();
    let Some(tree) = parse_str(language, &source, LIMIT) else { return };
    let judge = outline_of(language, &tree, &source);
    tally.whole += started.elapsed();
    tally.files += 1;
    tally.bytes += source.len();
    if syntax_errors(&tree) > 0 {
        tally.broken += 1;
        return;
    }
    tally.definitions += judge.definitions.len();
    let described = |outline: &Outline| -> HashMap<(String, usize), String> {
        let each = outline.definitions.iter().map(|found| {
            let parent = found.parent.and_then(|parent| outline.definitions.get(parent));
            let parent = parent.map(|parent| parent.name.start);
            let key = (source[found.name.clone()].to_owned(), found.name.start);
            let documentation = &found.documentation;
            let (kind, item, signature) = (found.kind, &found.item, &found.signature);
            (key, format!("{kind:?} {item:?} {signature:?} {documentation:?} {parent:?}"))
        });
        each.collect()
    };
    let (ours, judge) = (described(&ours), described(&judge));
    for (key, expected) in &judge {
        match ours.get(key) {
            None => {
                tally.missing += 1;
                if tell {
                    println!("missing {} {key:?}", path.display());
                }
            }
            Some(found) if found != expected => {
                tally.different += 1;
                if tell {
                    println!("different {} {key:?}: {found} for {expected}", path.display());
                }
            }
            Some(_) => {}
        }
    }
    tally.extra += ours.keys().filter(|key| !judge.contains_key(*key)).count();
}
