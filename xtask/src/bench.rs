//! `cargo xtask bench complete`: how long a completion takes, cold, warm, and after more typing, at
//! places chosen by the rule of `positions`, asked for explicitly, so that the model's answer is
//! measured where it would otherwise be held back. Prints a Markdown table; a row names its server,
//! so that the rows of another server can stand below.

use crate::{
    demo::build_release,
    paint::Paint,
    peer,
    positions::{Language, Place, places},
    requirements::{self, Purpose},
    session::{Session, Trigger},
    statistics::{bytes, median, milliseconds, p90},
    workspace::{Workspace, run},
};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A cold start loads everything anew; three show whether the first was an accident.
const COLD_STARTS: usize = 3;
const COLD_PATIENCE: Duration = Duration::from_secs(120);
const TYPED: usize = 3;

/// The server to measure: the one that is named, or one that is built.
pub fn server(workspace: &Workspace, named: Option<PathBuf>, paint: Paint) -> Result<PathBuf> {
    match named {
        Some(program) => Ok(std::path::absolute(program)?),
        None => {
            build_release(workspace, paint)?;
            Ok(workspace.binary("release"))
        }
    }
}

/// `cargo xtask bench quality`: builds the program that measures, and leaves the rest to it.
pub fn quality(workspace: &Workspace, options: &[String], paint: Paint) -> Result<()> {
    measure_quality(workspace, &["trust-quality"], options.iter().map(String::as_str), paint)
}

/// Keys that are pressed, and places at which a server is started, if nothing is said.
pub const KEYS: usize = 1_000;
const PLACES: usize = 20;

/// How commits are typed.
pub struct Typing {
    pub keys: Option<usize>,
    pub pace: u64,
    /// Only the first key of a server that starts.
    pub cold: bool,
    /// With that, only in files of at least so many lines.
    pub lines: Option<usize>,
    pub json: bool,
}

/// `cargo xtask bench typing`: the same, with the built server, or one that is there.
pub fn typing(
    workspace: &Workspace,
    repository: &Path,
    typing: &Typing,
    server: Option<PathBuf>,
    paint: Paint,
) -> Result<()> {
    let programs = if server.is_some() { &["trust-quality"][..] } else { &["trust-quality", "trust-lsp"] };
    let server = server.unwrap_or_else(|| workspace.binary("release"));
    let keys = typing.keys.unwrap_or(if typing.cold { PLACES } else { KEYS }).to_string();
    let pace = typing.pace.to_string();
    let lines = typing.lines.map(|lines| lines.to_string());
    let (repository, server) = (repository.to_string_lossy(), server.to_string_lossy());
    let mut options = vec!["--replay", &repository, "--server", &server, "--keys", &keys, "--pace", &pace];
    options.extend(typing.cold.then_some("--cold"));
    options.extend(lines.iter().flat_map(|lines| ["--lines", lines.as_str()]));
    options.extend(typing.json.then_some("--json"));
    measure_quality(workspace, programs, options.into_iter(), paint)
}

/// `cargo xtask bench cancel`: the same, with the bundled model and with one of 500 million weights.
pub fn cancel(workspace: &Workspace, paint: Paint) -> Result<()> {
    measure_quality(workspace, &["trust-quality"], ["--cancel"].into_iter(), paint)?;
    let model = peer::random_model(workspace, "500 M", 4096)?;
    let options = ["--cancel", "--model", &model.to_string_lossy()].map(str::to_owned);
    let measured = quality(workspace, &options, paint);
    std::fs::remove_file(model)?;
    measured
}

/// `cargo xtask bench meanwhile`: the same, with models of 100 and of 500 million weights.
pub fn meanwhile(workspace: &Workspace, paint: Paint) -> Result<()> {
    for shape in ["100 M", "500 M"] {
        let model = peer::random_model(workspace, shape, 4096)?;
        let options = ["--meanwhile", "--model", &model.to_string_lossy()].map(str::to_owned);
        let measured = quality(workspace, &options, paint);
        std::fs::remove_file(model)?;
        measured?;
    }
    Ok(())
}

fn measure_quality<'a>(
    workspace: &Workspace,
    programs: &[&str],
    options: impl Iterator<Item = &'a str>,
    paint: Paint,
) -> Result<()> {
    requirements::ensure(Purpose::Build, paint)?;
    // Of the whole workspace, as `cargo xtask test` does: llama.cpp is compiled once for all of its programs.
    let build = ["build", "--release", "--locked", "--workspace"].into_iter();
    run(&mut workspace.cargo(build.chain(programs.iter().flat_map(|program| ["--bin", program]))))?;
    let program = workspace.program("release", "trust-quality");
    run(&mut workspace.command(program, options))
}

/// `cargo xtask bench index`: the same for the index's own program, which needs no model and no llama.cpp.
pub fn index(workspace: &Workspace, folder: &Path, rounds: usize, more: &[String], json: bool) -> Result<()> {
    let cargo = ["run", "--release", "--locked", "--quiet", "-p", "trust-index", "--example", "bench", "--"];
    let (rounds, folder) = (rounds.to_string(), folder.to_string_lossy());
    let mut options = vec!["--dir", &folder, "--rounds", &rounds];
    options.extend(json.then_some("--json"));
    options.extend(more.iter().map(String::as_str));
    run(&mut workspace.cargo(cargo.into_iter().chain(options)))
}

/// `cargo xtask bench git`: the same, for the program that measures messages and reviews. It needs no llama.cpp.
pub fn git(workspace: &Workspace, options: &[String]) -> Result<()> {
    let cargo =
        ["run", "--release", "--locked", "--quiet", "-p", "trust-assist", "--example", "git_bench", "--"];
    run(&mut workspace.cargo(cargo.into_iter().chain(options.iter().map(String::as_str))))
}

/// `cargo xtask bench retrieval`: the same for the context of prompts.
pub fn retrieval(workspace: &Workspace, folder: &Path, lines: usize) -> Result<()> {
    let example = ["-p", "trust-complete", "--example", "retrieval", "--"];
    let cargo = ["run", "--release", "--locked", "--quiet"].into_iter().chain(example);
    let (lines, folder) = (lines.to_string(), folder.to_string_lossy());
    run(&mut workspace.cargo(cargo.chain(["--dir", &folder, "--lines", &lines])))
}

/// `cargo xtask bench secrets`: how well they are found in a made corpus, and how fast texts are searched.
pub fn secrets(workspace: &Workspace, options: &[String]) -> Result<()> {
    let cargo =
        ["run", "--release", "--locked", "--quiet", "-p", "trust-redact", "--example", "secrets", "--"];
    run(&mut workspace.cargo(cargo.into_iter().chain(options.iter().map(String::as_str))))
}

#[derive(Default)]
struct Sample {
    shown: usize,
    /// Of what was shown.
    first: Vec<f64>,
    /// Of every request: finding out that there is nothing to show takes time as well.
    total: Vec<f64>,
}

impl Sample {
    fn row(&mut self, server: &str, what: &str) -> String {
        let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), milliseconds);
        format!(
            "| {server} | {what} | {} of {} | {} | {} | {} | {} |",
            self.shown,
            self.total.len(),
            cell(median(&mut self.first)),
            cell(p90(&mut self.first)),
            cell(median(&mut self.total)),
            cell(p90(&mut self.total)),
        )
    }
}

pub fn complete(workspace: &Workspace, positions: usize, build: bool, paint: Paint) -> Result<()> {
    if build {
        build_release(workspace, paint)?;
    }
    let binary = workspace.binary("release");
    let mut chosen = Vec::new();
    for (number, language) in Language::ALL.into_iter().enumerate() {
        let share = positions / Language::ALL.len() + usize::from(number < positions % Language::ALL.len());
        chosen.extend(places(&workspace.root, language, share)?);
    }

    let mut session = Session::start(workspace, &binary)?;
    session.wait_until_ready(|_| {})?;
    let server = session.server.clone();
    let (mut warm, mut again) = (Sample::default(), Sample::default());
    let mut answered = Vec::new();
    for (number, place) in chosen.into_iter().enumerate() {
        eprintln!(
            "{}",
            paint.dim(&format!("warm {}: {}:{}", number + 1, place.path.display(), place.line + 1))
        );
        if measure(&mut session, &place, &mut warm, &mut again)? {
            answered.push(place);
        }
    }
    let (resident, highest) = session.client.memory()?;
    session.client.stop()?;

    let Some(place) = answered.first() else { bail!("the server completed at no place at all") };
    let mut cold = Sample::default();
    for number in 0..COLD_STARTS {
        eprintln!("{}", paint.dim(&format!("cold start {}", number + 1)));
        cold.shown += 1;
        cold.total.push(cold_start(workspace, &binary, place)?);
    }

    let size = std::fs::metadata(&binary).with_context(|| format!("no {}", binary.display()))?.len();
    println!("\n| server | request | shown | first token, median ms | p90 | whole, median ms | p90 |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    println!("{}", cold.row(&server, "cold: process start to first completion"));
    println!("{}", warm.row(&server, "warm: first request at a place"));
    println!("{}", again.row(&server, &format!("warm: the same place, {TYPED} characters later")));
    println!("\n| server | resident | highest | program |");
    println!("|---|--:|--:|--:|");
    println!("| {server} | {} | {} | {} |", bytes(resident), bytes(highest), bytes(size));
    Ok(())
}

/// Two requests: at the place, and after the next characters that really stood there. True when the
/// first was answered with a completion.
fn measure(session: &mut Session, place: &Place, warm: &mut Sample, again: &mut Sample) -> Result<bool> {
    session.open(place)?;
    let mut place = place.clone();
    let mut shown = false;
    for (sample, first) in [(warm, true), (again, false)] {
        if !first {
            let typed: String = place.expected.chars().take(TYPED).collect();
            session.type_in(&mut place, &typed)?;
        }
        let completion = session.complete(&place, Trigger::Invoked)?;
        sample.total.push(completion.total());
        if completion.shown.is_some() {
            shown |= first;
            sample.shown += 1;
            sample.first.push(completion.first());
        }
    }
    session.close(&place)?;
    Ok(shown)
}

/// Milliseconds from the start of the process to the first completion, asked for again and again as
/// a person would who types from the first moment.
fn cold_start(workspace: &Workspace, binary: &Path, place: &Place) -> Result<f64> {
    let mut session = Session::start(workspace, binary)?;
    let started = session.client.started;
    session.open(place)?;
    while started.elapsed() < COLD_PATIENCE {
        if session.complete(place, Trigger::Invoked)?.shown.is_some() {
            let time = Instant::now() - started;
            session.client.stop()?;
            return Ok(time.as_secs_f64() * 1000.0);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("no completion within {} s of a cold start", COLD_PATIENCE.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_how_often_there_was_an_answer() {
        let mut sample = Sample { shown: 2, first: vec![8.0, 2.0], total: vec![20.0, 40.0, 30.0] };
        assert_eq!(sample.row("trust-lsp", "warm"), "| trust-lsp | warm | 2 of 3 | 5.0 | 8.0 | 30 | 40 |");
        assert_eq!(
            Sample::default().row("trust-lsp", "cold"),
            "| trust-lsp | cold | 0 of 0 | - | - | - | - |"
        );
    }
}
