//! `cargo xtask bench git`: how good messages and reviews are on the commits of the past (`messages.rs`), and how fast
//! facts are (`speed.rs`).
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool for developers"
)]

mod clone;
mod messages;
mod scores;
mod speed;

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

struct Arguments {
    repository: PathBuf,
    commits: usize,
    rounds: usize,
    lines: usize,
    json: bool,
    show: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.as_slice() {
        [word, folder] if word == speed::CHILD => speed::explain_staged(folder.as_ref())
            .map(|[own, all]| println!("{own} {all}"))
            .map_err(|error| (1, error)),
        _ => arguments(words).map_err(|error| (2, error)).and_then(|arguments| {
            measure(&arguments).map(|told| report(&arguments, told)).map_err(|error| (1, error))
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            eprintln!("{error}");
            ExitCode::from(code)
        }
    }
}

fn arguments(words: Vec<String>) -> Result<Arguments, String> {
    let usage =
        "usage: cargo xtask bench git --repo DIR [--commits N] [--rounds N] [--lines N] [--show N] [--json]";
    let mut parsed = Arguments {
        repository: PathBuf::new(),
        commits: 1_000,
        rounds: 15,
        lines: 100_000,
        json: false,
        show: 0,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| usage.to_owned());
        match word.as_str() {
            "--repo" => parsed.repository = value()?.into(),
            "--commits" => parsed.commits = value()?.parse().map_err(|_| usage.to_owned())?,
            "--rounds" => parsed.rounds = value()?.parse().map_err(|_| usage.to_owned())?,
            "--lines" => parsed.lines = value()?.parse().map_err(|_| usage.to_owned())?,
            "--show" => parsed.show = value()?.parse().map_err(|_| usage.to_owned())?,
            "--json" => parsed.json = true,
            _ => return Err(usage.into()),
        }
    }
    if parsed.repository.as_os_str().is_empty() { Err(usage.into()) } else { Ok(parsed) }
}

/// What is asked for, the messages and the times; either is left out where its number is 0.
fn measure(arguments: &Arguments) -> Result<Value, String> {
    let mut told = serde_json::Map::new();
    told.insert(
        "repository".into(),
        json!(arguments.repository.file_name().map(|name| name.to_string_lossy())),
    );
    if arguments.commits > 0 {
        let tally = messages::bench(arguments).map_err(|problem| problem.to_string())?;
        told.extend(tally.told().as_object().cloned().unwrap_or_default());
    }
    if arguments.rounds > 0 {
        told.extend(
            speed::measure(&arguments.repository, arguments.rounds, arguments.lines)?
                .as_object()
                .cloned()
                .unwrap_or_default(),
        );
    }
    Ok(told.into())
}

/// A row for each figure; one that is made of several has a row for each of those.
fn report(arguments: &Arguments, told: Value) {
    if arguments.json {
        println!("{told}");
        return;
    }
    println!("| measure | value |\n|---|--:|");
    for (name, value) in told.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(parts) => {
                parts.iter().for_each(|(part, value)| println!("| {name}, {part} | {value} |"));
            }
            None => println!("| {name} | {value} |"),
        }
    }
}
