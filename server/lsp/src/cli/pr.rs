//! `trust-lsp pr describe`

use super::git::{Place, exit};
use crate::repository::describe_branch;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use trust_inference::CancelToken;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp pr describe --base origin/main
  trust-lsp pr describe --base main > body.md && gh pr create --body-file body.md

Markdown: a title, what changed by kind, a table of symbols, risks, tests, and a Mermaid diagram of the modules.";

#[derive(Args)]
pub struct Pr {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Describe what this branch adds.
    #[command(after_help = EXAMPLES)]
    Describe(Describe),
}

#[derive(Args)]
struct Describe {
    /// The branch or commit that this branch is to go into.
    #[arg(long, value_name = "REV")]
    base: String,
    #[command(flatten)]
    place: Place,
}

pub fn run(command: Pr) -> ExitCode {
    let Command::Describe(command) = command.command;
    let text = describe_branch(&command.place.folder, &command.base, &CancelToken::new());
    exit(text.map(|text| print!("{text}")).map_err(anyhow::Error::from))
}
