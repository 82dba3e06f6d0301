//! `cargo xtask bench tools`: whether answers that have a form are well-formed and valid, also where the budget cuts them,
//! whether calls are read back in every dialect, and what all that costs. Ends with failure where a hundred per cent are asked for and missed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool for developers"
)]

mod choices;
mod data;
mod delta;
mod dialects;
mod forms;
mod model;
mod row;
mod suite;

use anyhow::{Context, Result};
use clap::Parser;
use dialects::Dialects;
use row::Row;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Answers in conversations: each has a prompt to be read.
const MOST_TALKS: u64 = 100;

#[derive(Parser)]
struct Arguments {
    /// How many schemas to generate; the same number gives the same ones
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    schemas: u64,
    /// Answers that each model gives; they cost decode time
    #[arg(long, default_value_t = 200, value_name = "N")]
    answers: u64,
    /// A model to measure, beside the bundled one (repeatable)
    #[arg(long, value_name = "PATH")]
    model: Vec<PathBuf>,
    /// Measure instead the schemas of this file or folder: function-calling sets and MaskBench's files, known by their shape; each model
    /// answers so many of them as `--answers` says
    /// (repeatable)
    #[arg(long, value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Of them, only each so manieth
    #[arg(long, default_value_t = 1, value_name = "N", requires = "data")]
    every: usize,
    /// A built `trust-lsp`, to measure how soon the first words of an answer leave it
    #[arg(long, value_name = "PROGRAM")]
    server: Option<PathBuf>,
    /// A model that it talks with (repeatable)
    #[arg(long, value_name = "PATH", requires = "server")]
    talk: Vec<PathBuf>,
    /// Measure instead which tools are called, and how, for the tasks of fixtures/choices
    #[arg(long, requires = "server")]
    choices: bool,
    /// Measure nothing else
    #[arg(long, requires = "server")]
    talks_only: bool,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let rows = measure(&arguments)?;
    if arguments.json {
        println!("{:#}", rows.iter().map(Row::json).collect::<serde_json::Value>());
    } else {
        println!("| what | measured | asked for |\n|---|---|---|");
        rows.iter().for_each(|row| println!("{}", row.line()));
    }
    let missed = rows.iter().any(Row::is_broken);
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(arguments: &Arguments) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialect/fixtures");
    let dialects = Dialects::read(Some(&fixtures))?;
    for path in &arguments.data {
        let data = data::read(path)?;
        let (held, over) = (data.records.len(), data.passed_over.len());
        eprintln!("{}: {held} schemas, {over} records of other shapes passed over", path.display());
        rows.extend(suite::measure(&data, &dialects, arguments.every)?);
        let records: Vec<_> = data.records.iter().step_by(arguments.every.max(1)).collect();
        let cache = tempfile::tempdir()?;
        let bundled = trust_models::bundled(Some(cache.path()))?;
        for path in std::iter::once(bundled.path()).chain(arguments.model.iter().map(PathBuf::as_path)) {
            rows.extend(model::over(path, &records, arguments.answers)?);
        }
    }
    if !arguments.data.is_empty() {
        return Ok(rows);
    }
    if arguments.choices {
        let server = arguments.server.as_deref().context("--choices needs --server")?;
        let cache = tempfile::tempdir()?;
        let bundled = trust_models::bundled(Some(cache.path()))?;
        let models = std::iter::once(bundled.path()).chain(arguments.model.iter().map(PathBuf::as_path));
        return choices::measure(server, &models.collect::<Vec<_>>());
    }
    if let Some(server) = &arguments.server {
        for model in &arguments.talk {
            rows.extend(delta::measure(server, model, arguments.answers.min(MOST_TALKS))?);
        }
    }
    if arguments.talks_only {
        return Ok(rows);
    }
    rows.extend(forms::measure(arguments.schemas)?);
    rows.extend(dialects::measure(&dialects, arguments.schemas)?);
    let cache = tempfile::tempdir()?;
    let bundled = trust_models::bundled(Some(cache.path()))?;
    for path in std::iter::once(bundled.path()).chain(arguments.model.iter().map(PathBuf::as_path)) {
        rows.extend(model::measure(path, arguments.answers)?);
    }
    Ok(rows)
}
