//! `cargo xtask bench tools`: whether answers that have a form are well-formed and valid, also where the budget cuts them,
//! whether calls are read back in every dialect, and what all that costs. Ends with failure where a hundred per cent are asked for and missed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool for developers"
)]

mod dialects;
mod forms;
mod model;
mod row;

use anyhow::Result;
use clap::Parser;
use row::Row;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut rows = forms::measure(arguments.schemas)?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialect/fixtures");
    rows.extend(dialects::measure(&fixtures, arguments.schemas)?);
    let cache = tempfile::tempdir()?;
    let bundled = trust_models::bundled(Some(cache.path()))?;
    for path in std::iter::once(bundled.path()).chain(arguments.model.iter().map(PathBuf::as_path)) {
        rows.extend(model::measure(path, arguments.answers)?);
    }
    if arguments.json {
        println!("{:#}", rows.iter().map(Row::json).collect::<serde_json::Value>());
    } else {
        println!("| what | measured | asked for |\n|---|---|---|");
        rows.iter().for_each(|row| println!("{}", row.line()));
    }
    let missed = rows.iter().any(Row::is_broken);
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
