//! `trust-lsp map`

use super::{index, log};
use crate::assistant::cache_folder;
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp map                        what this project's files lean on, in about 1,000 tokens
  trust-lsp map --tokens 4000 --focus src/main.rs

Files and signatures, chosen by personalised PageRank over who uses whose names; a token is counted as four bytes.";

#[derive(Args)]
pub struct Command {
    /// How long the map may be.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    tokens: usize,
    /// What matters to these files (repeatable).
    #[arg(long, value_name = "FILE")]
    focus: Vec<PathBuf>,
    /// The folder; this one by default.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    #[command(flatten)]
    log: log::Log,
}

pub fn run(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| map(&command)))
}

fn map(command: &Command) -> anyhow::Result<()> {
    let index = index::open(Some(&command.root), cache_folder())?;
    let snapshot = index.snapshot();
    let focus = command.focus.iter().map(|path| {
        let canonical = path.canonicalize().with_context(|| path.display().to_string())?;
        let file = snapshot.file(&canonical);
        file.with_context(|| format!("{} is not in the index of {}", path.display(), command.root.display()))
    });
    let focus = focus.collect::<anyhow::Result<Vec<_>>>()?;
    print!("{}", trust_tools::map(&snapshot, &focus, command.tokens));
    Ok(())
}
