//! Measures completions: holes cut from packages that no training has seen, filled by the product and by the
//! product without one of its parts. `cargo xtask bench quality` runs it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool for developers"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "the helpers of tests may fail them"))]

mod bits;
mod calibrate;
mod cancel;
mod choices;
mod cold;
mod commits;
mod cut;
mod infilling;
mod keys;
mod meanwhile;
mod metrics;
mod ngram;
mod packages;
mod plot;
mod ratchet;
mod replay;
mod report;
mod run;
mod systems;
mod task;
mod typing;

use anyhow::{Context, Result};
use clap::Parser;
use packages::Sources;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use systems::System;
use task::{Kind, Task};
use trust_engine::{Engine, EngineOptions};
use trust_inference::Model;

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench quality --tasks 300                     a first look, all systems
  cargo xtask bench quality --systems hybrid,copy           all tasks, two systems
  cargo xtask bench quality --model ~/models/coder.gguf     another model
  cargo xtask bench quality --replay ~/src/project          its commits, typed key by key
  cargo xtask bench quality --ratchet                       what continuous integration asks

The packages are fetched by cargo, pip and npm when first needed. A run that was stopped goes on where it was.";

#[derive(Parser)]
#[command(name = "cargo xtask bench quality", about = "Measure how good completions are", after_help = EXAMPLES)]
struct Arguments {
    /// Only about this many tasks, spread evenly; 0 for all
    #[arg(long, value_name = "N", default_value_t = 0)]
    tasks: usize,
    /// Only these systems
    #[arg(long, value_delimiter = ',', default_values_t = System::ALL, value_enum)]
    systems: Vec<System>,
    /// Only these kinds of holes
    #[arg(long, value_delimiter = ',', value_enum)]
    kinds: Vec<Kind>,
    /// Other tasks, in a table such as `--cut` writes
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Another model than the bundled one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Where the report goes
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Fail when the hybrid got worse than the committed figure
    #[arg(long)]
    ratchet: bool,
    /// The tasks of HumanEval infilling instead, a file of that benchmark
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Type commits of this repository instead, key by key
    #[arg(long, value_name = "FOLDER")]
    replay: Option<PathBuf>,
    /// Over the protocol and at a typist's pace, with this program as the server
    #[arg(long, value_name = "PROGRAM", requires = "replay")]
    server: Option<PathBuf>,
    /// Only write the keys of the replay and the trees that they are pressed in, for editors
    #[arg(long, value_name = "FOLDER", requires = "replay", conflicts_with = "server")]
    write_keys: Option<PathBuf>,
    /// Keys to press in a replay
    #[arg(long, value_name = "N", default_value_t = 4000)]
    keys: usize,
    /// With --server, milliseconds from key to key
    #[arg(long, value_name = "MS", default_value_t = 120, requires = "server")]
    pace: u64,
    /// With --server, instead: how soon the first completion of a server that starts is there, at --keys places
    #[arg(long, requires = "server")]
    cold: bool,
    /// With --cold, only in files of at least so many lines
    #[arg(long, value_name = "N", default_value_t = 0, requires = "cold")]
    lines: usize,
    /// With --replay, print a JSON value
    #[arg(long, requires = "replay", conflicts_with = "write_keys")]
    json: bool,
    /// Instead: how soon the engine is idle when a request is cancelled while its prompt is read
    #[arg(long)]
    cancel: bool,
    /// Instead: how long a completion waits that is asked for in the middle of an answer in a conversation
    #[arg(long)]
    meanwhile: bool,
    /// Learn how far the project's past is believed beside the model, from other tasks than those that are measured
    #[arg(long)]
    calibrate: bool,
    /// Learn what tells the right one of several candidates from the others, from still other tasks
    #[arg(long)]
    choices: bool,
    /// Cut this many tasks anew from the newest manifest, instead of measuring
    #[arg(long, value_name = "N")]
    cut: Option<usize>,
}

fn main() -> ExitCode {
    match perform(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: Arguments) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = here.join("../../target/quality");
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let sources = Sources::new(work.join("sources"));
    let default = match (arguments.calibrate, arguments.choices) {
        (true, _) => "calibration.tsv",
        (_, true) => "choices.tsv",
        _ => "tasks.tsv",
    };
    let table = arguments.table.clone().unwrap_or_else(|| here.join(default));
    if let Some(count) = arguments.cut {
        let manifest = std::fs::read_to_string(here.join("../models/bundled/manifest.tsv"))?;
        let tasks = cut::cut(&sources, &packages::held_out(&manifest), count, 1)?;
        return Ok(std::fs::write(table, task::write(&tasks))?);
    }

    let ratchet =
        arguments.ratchet.then(|| ratchet::Ratchet::read(&here.join("ratchet.toml"))).transpose()?;
    let text = std::fs::read_to_string(&table).with_context(|| format!("cannot read {}", table.display()))?;
    let mut tasks: Vec<Task> = task::read(&text)?;
    let kinds = if ratchet.is_some() { &[Kind::Rest, Kind::Line, Kind::Half][..] } else { &arguments.kinds };
    tasks.retain(|task| kinds.is_empty() || kinds.contains(&task.kind));
    let tasks = task::subset(tasks, ratchet.as_ref().map_or(arguments.tasks, |ratchet| ratchet.tasks));
    let systems = if ratchet.is_some() { vec![System::Hybrid] } else { arguments.systems };

    if let (Some(folder), Some(out)) = (&arguments.replay, &arguments.write_keys) {
        return keys::write(folder, &work, out, arguments.keys);
    }
    if let (Some(folder), Some(program), true) = (&arguments.replay, &arguments.server, arguments.cold) {
        let cold = cold::measure(folder, &work, (arguments.keys, arguments.lines), program)?;
        match arguments.json {
            true => println!("{}", cold.json()),
            false => println!("{}", cold.table()),
        }
        return Ok(());
    }
    if let (Some(folder), Some(program)) = (&arguments.replay, &arguments.server) {
        let mut server = typing::Protocol::new(program, &work, Duration::from_millis(arguments.pace));
        let replayed = replay::replay(folder, &work, arguments.keys, &mut server)?;
        let counted = server.counted()?;
        match arguments.json {
            true => println!("{}", json!({ "typist": replayed.json(), "server": counted.json() })),
            false => println!("{}{}", replayed.table(), counted.rows()),
        }
        return Ok(());
    }
    let bundled = trust_models::bundled(Some(&work))?;
    let file = arguments.model.as_deref().unwrap_or(bundled.path());
    let engine = Engine::load(file, EngineOptions::default())?;
    if arguments.calibrate {
        println!("{}", calibrate::table(&sources, &tasks, &engine)?);
        return Ok(());
    }
    if arguments.choices {
        println!("{}", choices::table(&sources, &tasks, &engine)?);
        return Ok(());
    }
    if arguments.cancel {
        println!("{}", cancel::table(&engine)?);
        return Ok(());
    }
    if arguments.meanwhile {
        println!("{}", meanwhile::table(&engine)?);
        return Ok(());
    }
    if let Some(data) = &arguments.data {
        println!("{}", infilling::table(data, arguments.tasks, &systems, &engine)?);
        return Ok(());
    }
    if let Some(folder) = &arguments.replay {
        let mut server = replay::InProcess::new(replay::name_of(folder)?, &engine);
        let replayed = replay::replay(folder, &work, arguments.keys, &mut server)?;
        match arguments.json {
            true => println!("{}", json!({ "typist": replayed.json() })),
            false => println!("{}", replayed.table()),
        }
        return Ok(());
    }
    // Results of another program, model or table are others.
    let mut all = std::fs::read(std::env::current_exe()?)?;
    all.extend(std::fs::read(file)?);
    all.extend(text.as_bytes());
    let results = work.join(format!("results-{:08x}.jsonl", task::crc(&all)));
    let plan = run::Plan { tasks: &tasks, systems: &systems, sources: &sources, results: &results };
    let rows = plan.run(&engine)?;
    if let Some(ratchet) = ratchet {
        println!("{}", ratchet.check(&rows)?);
        return Ok(());
    }
    let bits = bits::measure(&engine, &sources, &tasks, 40)?;
    let out = arguments.out.unwrap_or_else(|| work.join("report"));
    println!("{}", report::write(&out, &engine.card().name, &systems, &rows, &bits)?);
    eprintln!("written to {}", out.display());
    Ok(())
}
