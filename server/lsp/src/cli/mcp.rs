//! `trust-lsp mcp`

use super::{log, workspace};
use crate::mcp::serve;
use anyhow::{Context, bail};
use clap::Args;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp mcp                                             serve this project (what agents run)
  trust-lsp mcp --root ~/src/project
  claude mcp add trust-lsp -- trust-lsp mcp                 for Claude Code
  trust-lsp tool list                                       what its tools take

Only the tools that read: none changes a file, starts a program or opens a socket. For other agents see docs/agents.md.";

#[derive(Args)]
pub struct Command {
    /// The workspace. Default: the nearest folder above this one that looks like a project.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(flatten)]
    log: log::Log,
}

pub fn run(command: Command) -> ExitCode {
    if std::io::stdin().is_terminal() {
        eprintln!(
            "trust-lsp mcp is a server of the Model Context Protocol: an agent starts it and talks to it.\n\
             To try its tools by hand: trust-lsp tool list, trust-lsp tool run NAME"
        );
        return ExitCode::from(2);
    }
    super::end(command.log.start().and_then(|()| {
        let root = command.root.or_else(|| workspace::here().into_iter().next());
        let root = root.context("there is no current folder; name one with --root")?;
        if !root.is_dir() {
            bail!("{} is no folder", root.display());
        }
        serve(&root)
    }))
}
