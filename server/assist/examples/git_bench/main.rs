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

use serde_json::{Map, Value, json};
use std::ops::Not;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

struct Arguments {
    repositories: Vec<PathBuf>,
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
            all(&arguments).map(|told| report(&arguments, &told)).map_err(|error| (1, error))
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
    let usage = "usage: cargo xtask bench git --repo DIR [--repo DIR]... [--commits N] [--rounds N] [--lines N] [--show N] [--json]";
    let mut parsed = Arguments {
        repositories: Vec::new(),
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
            "--repo" => parsed.repositories.push(value()?.into()),
            "--commits" => parsed.commits = value()?.parse().map_err(|_| usage.to_owned())?,
            "--rounds" => parsed.rounds = value()?.parse().map_err(|_| usage.to_owned())?,
            "--lines" => parsed.lines = value()?.parse().map_err(|_| usage.to_owned())?,
            "--show" => parsed.show = value()?.parse().map_err(|_| usage.to_owned())?,
            "--json" => parsed.json = true,
            _ => return Err(usage.into()),
        }
    }
    if parsed.repositories.is_empty() { Err(usage.into()) } else { Ok(parsed) }
}

/// One repository after another, and what the commits of all of them say together.
fn all(arguments: &Arguments) -> Result<Vec<Value>, String> {
    let mut told = Vec::new();
    let mut sum = messages::Tally::default();
    for repository in &arguments.repositories {
        let name = repository.file_name().unwrap_or(repository.as_os_str()).to_string_lossy();
        if arguments.repositories.len() > 1 {
            eprintln!("{name}");
        }
        let (tally, figures) = measure(arguments, repository).map_err(|error| format!("{name}: {error}"))?;
        told.push(named(&name, figures));
        sum += tally;
    }
    if arguments.repositories.len() > 1 && arguments.commits > 0 {
        told.push(named("all", sum.told().as_object().cloned().unwrap_or_default()));
    }
    Ok(told)
}

fn named(name: &str, mut figures: Map<String, Value>) -> Value {
    figures.shift_insert(0, "repository".into(), name.into());
    figures.into()
}

/// What is asked for, the messages and the times; either is left out where its number is 0.
fn measure(
    arguments: &Arguments,
    repository: &Path,
) -> Result<(messages::Tally, Map<String, Value>), String> {
    let (mut tally, mut told) = (messages::Tally::default(), Map::new());
    if arguments.commits > 0 {
        tally = messages::bench(arguments, repository).map_err(|problem| problem.to_string())?;
        told.extend(tally.told().as_object().cloned().unwrap_or_default());
    }
    if arguments.rounds > 0 {
        let speed = speed::measure(repository, arguments.rounds, arguments.lines)?;
        told.extend(speed.as_object().cloned().unwrap_or_default());
    }
    Ok((tally, told))
}

/// A row for each figure, with a column for each repository; one that is made of several has a row for each of those.
fn report(arguments: &Arguments, told: &[Value]) {
    if arguments.json {
        match told {
            [one] => println!("{one}"),
            several => println!("{}", json!(several)),
        }
        return;
    }
    let mut rows: Map<String, Value> = Map::new();
    for (column, one) in told.iter().enumerate() {
        for (name, value) in one.as_object().into_iter().flatten() {
            let parts = value.as_object().into_iter().flatten();
            let parts = parts.map(|(part, value)| (format!("{name}, {part}"), value));
            let whole = value.is_object().not().then(|| (name.clone(), value));
            for (name, value) in parts.chain(whole) {
                let row = rows.entry(name).or_insert_with(|| json!(vec!["-"; told.len()]));
                row[column] = value.clone();
            }
        }
    }
    for (number, (name, row)) in rows.iter().enumerate() {
        let cells = row.as_array().into_iter().flatten().map(|cell| match cell {
            Value::String(text) => text.clone(),
            Value::Null => "-".into(),
            other => other.to_string(),
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
        if number == 0 {
            println!("|---|{}", "--:|".repeat(told.len()));
        }
    }
}
