//! `cargo xtask test`: every check of the repository, cheapest first, stopping at the first failure.
//! All of them build with one profile and one feature set, so that llama.cpp is compiled once.

use crate::{
    docs, emacs, engines, kakoune,
    paint::Paint,
    privacy,
    requirements::{self, Purpose},
    sessions,
    tally::Tally,
    terminal, vscode,
    workspace::{Workspace, run, run_and_keep, succeeds},
    zed,
};
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Step {
    Requirements,
    Sources,
    Format,
    Lints,
    Build,
    Rust,
    Privacy,
    Sessions,
    Book,
    Quality,
    Terminal,
    Emacs,
    Vscode,
    Kakoune,
    Zed,
    Engines,
}

impl Step {
    const ALL: [Self; 16] = [
        Self::Requirements,
        Self::Sources,
        Self::Format,
        Self::Lints,
        Self::Build,
        Self::Rust,
        Self::Privacy,
        Self::Sessions,
        Self::Book,
        Self::Quality,
        Self::Terminal,
        Self::Emacs,
        Self::Vscode,
        Self::Kakoune,
        Self::Zed,
        Self::Engines,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Sources => "sources of the dependencies",
            Self::Format => "formatting",
            Self::Lints => "lints",
            Self::Build => "build",
            Self::Rust => "Rust tests",
            Self::Privacy => "no sockets (strace)",
            Self::Sessions => "LSP sessions (pytest)",
            Self::Book => "the book (mdBook)",
            Self::Quality => "quality of completions",
            Self::Terminal => "in Neovim and Helix",
            Self::Emacs => "in Emacs (ERT)",
            Self::Vscode => "in VS Code",
            Self::Kakoune => "in Kakoune (tmux)",
            Self::Zed => "Zed's extension (WebAssembly)",
            Self::Engines => "with the real llama-server",
        }
    }
}

impl Step {
    /// Mostly the compiler works.
    fn compiles(self) -> bool {
        matches!(self, Self::Lints | Self::Build | Self::Rust)
    }

    /// What it needs comes from the network where it is not on this machine yet.
    fn fetches(self) -> bool {
        matches!(self, Self::Sessions | Self::Book | Self::Terminal | Self::Vscode)
    }
}

/// Which editors the tests drive, and whether engines of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Editors {
    /// Those that many use.
    #[default]
    Usual,
    All,
}

/// How a step ended that did not fail.
pub enum Outcome {
    Done,
    Tests(Tally),
    Skipped(&'static str),
}

/// Whether this is a run that nothing may be left out of.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Something that a step needs could not be had: in CI a failure, with what was wrong; elsewhere that is told, and the step
/// is left out.
pub fn missing(what: &'static str, problem: anyhow::Error, in_ci: bool) -> Result<Outcome> {
    if in_ci {
        return Err(problem.context(what));
    }
    println!("{problem:#}");
    Ok(Outcome::Skipped(what))
}

struct Row {
    title: &'static str,
    time: Duration,
    note: String,
}

/// Runs the steps: all of them, the quick ones, or only those named.
pub fn test(
    workspace: &Workspace,
    quick: bool,
    only: &[Step],
    editors: Editors,
    paint: Paint,
) -> Result<bool> {
    let quick_steps = [Step::Requirements, Step::Sources, Step::Format, Step::Lints, Step::Rust];
    let chosen = |step: &Step| {
        let usual = editors == Editors::All || !matches!(step, Step::Kakoune | Step::Zed | Step::Engines);
        if only.is_empty() {
            if quick { quick_steps.contains(step) } else { usual }
        } else {
            only.contains(step)
        }
    };
    let steps: Vec<_> = Step::ALL.into_iter().filter(chosen).collect();
    let mut rows = Vec::new();
    let mut total = Tally::default();
    let mut broken = None;
    std::thread::scope(|scope| {
        let mut fetching = None;
        for (number, step) in steps.iter().enumerate() {
            println!("\n{}", paint.bold(&format!("[{}/{}] {}", number + 1, steps.len(), step.title())));
            let start = Instant::now();
            if step.compiles() && fetching.is_none() {
                fetching = Some(scope.spawn(|| fetch_ahead(workspace, &steps)));
            } else if step.fetches()
                && let Some(fetching) = fetching.take()
            {
                // What went wrong, the step finds out again.
                let _ = fetching.join();
            }
            let outcome = perform(workspace, *step, quick, editors, paint);
            let time = start.elapsed();
            let (tally, note, problem) = judge(outcome);
            total = total.plus(tally);
            println!("{}", paint.dim(&format!("{}: {note}, {:.1} s", step.title(), time.as_secs_f64())));
            rows.push(Row { title: step.title(), time, note });
            if let Some(problem) = problem {
                broken = Some(format!("{} failed: {problem}", step.title()));
                break;
            }
        }
    });
    print_table(&rows, &steps[rows.len()..], paint);
    if let Some(broken) = &broken {
        println!("\n{}", paint.red(broken));
    }
    println!("\n{total}");
    Ok(broken.is_none())
}

/// A step that fails as a whole (lints, a build) counts as one failure: the last line never says
/// "0 failed" of a run that failed.
fn judge(outcome: Result<Outcome>) -> (Tally, String, Option<String>) {
    match outcome {
        Ok(Outcome::Done) => (Tally::default(), "ok".into(), None),
        Ok(Outcome::Skipped(reason)) => (Tally::default(), format!("skipped, {reason}"), None),
        Ok(Outcome::Tests(tally)) if tally.failed == 0 => (tally, tally.to_string(), None),
        Ok(Outcome::Tests(tally)) => (tally, tally.to_string(), Some(tally.to_string())),
        Err(error) => (Tally { passed: 0, failed: 1 }, "failed".into(), Some(format!("{error:#}"))),
    }
}

fn perform(
    workspace: &Workspace,
    step: Step,
    quick: bool,
    editors: Editors,
    paint: Paint,
) -> Result<Outcome> {
    // The first step that needs them has fetched the sources: from here on the network is not asked.
    let cargo = |arguments: &[&str]| {
        let mut command = workspace.cargo(arguments.iter().copied().chain(["--locked", "--offline"]));
        if paint.is_on() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        command.env("TRUST_LSP_BIN", workspace.binary("debug"));
        command
    };
    match step {
        Step::Requirements => {
            requirements::ensure(if quick { Purpose::Build } else { Purpose::Test }, paint)?
        }
        Step::Sources => fetch(workspace)?,
        Step::Format => run(&mut workspace.cargo(["fmt", "--all", "--check"]))
            .context("`cargo fmt --all` puts it right")?,
        Step::Lints => {
            let mut command = cargo(&["clippy", "--workspace", "--all-targets"]);
            run(command.args(["--", "-D", "warnings"]))?;
        }
        // Not `-p trust-lsp`: a selection of one package may switch other features on in the
        // dependencies, and everything would be compiled once more.
        Step::Build => run(&mut cargo(&[
            "build",
            "--workspace",
            "--bin",
            "trust-lsp",
            "--bin",
            "trust-net",
            "--bin",
            "trust-quality",
        ]))?,
        Step::Rust => {
            let kinds: &[&str] = if quick { &["--lib", "--bins"] } else { &[] };
            let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
            let (output, success) = run_and_keep(command.args(kinds))?;
            let tally = Tally::of_cargo_test(&output);
            if !success && tally.failed == 0 {
                bail!("the tests did not run to their end; the messages are above");
            }
            return Ok(Outcome::Tests(tally));
        }
        Step::Privacy => return privacy::prove(workspace),
        Step::Sessions => return sessions::python(workspace, paint),
        Step::Book => return docs::test(workspace),
        Step::Quality => {
            run(&mut workspace.command(workspace.program("debug", "trust-quality"), ["--ratchet"]))?
        }
        Step::Terminal => return terminal::test(workspace),
        Step::Emacs => return emacs::test(workspace, editors, paint),
        Step::Vscode => return vscode::test(workspace, paint),
        Step::Kakoune => return kakoune::test(workspace, paint),
        Step::Zed => return zed::test(workspace, paint),
        Step::Engines => return engines::test(workspace),
    }
    Ok(Outcome::Done)
}

/// Fetches what later steps need while the compiler works: it waits for the network, and the compiler does not.
fn fetch_ahead(workspace: &Workspace, steps: &[Step]) {
    for step in steps {
        let _ = match step {
            Step::Sessions | Step::Book => sessions::prepare(workspace).map(drop),
            Step::Terminal => terminal::prepare(workspace),
            Step::Vscode => vscode::prepare(workspace),
            _ => Ok(()),
        };
    }
}

/// Fetches only what is not on the machine yet, and only for this machine's own platform.
fn fetch(workspace: &Workspace) -> Result<()> {
    let version = workspace.command("rustc", ["-vV"]).output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().trim();
    let mut arguments = vec!["fetch", "--locked"];
    if !host.is_empty() {
        arguments.extend(["--target", host]);
    }
    if succeeds(workspace.cargo(arguments.iter().copied()).arg("--offline")) {
        println!("all on this machine; nothing to fetch");
        return Ok(());
    }
    if let Err(error) = run(&mut workspace.cargo(arguments)) {
        println!("{error}; going on with what is on this machine");
    }
    Ok(())
}

fn print_table(rows: &[Row], left: &[Step], paint: Paint) {
    println!("\n{}", paint.bold("step                            seconds  result"));
    for row in rows {
        println!("{:<30} {:>8.1}  {}", row.title, row.time.as_secs_f64(), row.note);
    }
    for step in left {
        println!("{}", paint.dim(&format!("{:<30} {:>8}  not run", step.title(), "-")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_ahead_is_needed_only_behind_the_compiler() {
        let last = Step::ALL.iter().rposition(|step| step.compiles()).unwrap();
        let first = Step::ALL.iter().position(|step| step.fetches()).unwrap();
        assert!(last < first);
    }

    #[test]
    fn what_cannot_be_had_is_left_out_but_in_ci() {
        let problem = || anyhow::anyhow!("`npm pack` failed").context("it comes from npm's registry");
        let (tally, note, problem_told) = judge(missing("no VS Code", problem(), false));
        assert_eq!((tally, note.as_str(), problem_told), (Tally::default(), "skipped, no VS Code", None));
        let (tally, _, told) = judge(missing("no VS Code", problem(), true));
        let expected = "no VS Code: it comes from npm's registry: `npm pack` failed";
        assert_eq!((tally.failed, told.as_deref()), (1, Some(expected)));
    }

    #[test]
    fn a_failure_is_always_counted() {
        let (tally, note, problem) = judge(Err(anyhow::anyhow!("`cargo fmt` failed")));
        assert_eq!(
            (tally.failed, note.as_str(), problem.as_deref()),
            (1, "failed", Some("`cargo fmt` failed"))
        );
        let (tally, _, problem) = judge(Ok(Outcome::Tests(Tally { passed: 3, failed: 2 })));
        assert_eq!((tally.failed, problem.as_deref()), (2, Some("3 passed, 2 failed")));
        let (tally, note, problem) = judge(Ok(Outcome::Skipped("npm is not installed")));
        assert_eq!(
            (tally, note.as_str(), problem),
            (Tally::default(), "skipped, npm is not installed", None)
        );
    }
}
