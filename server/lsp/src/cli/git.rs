//! What the commands about git share; `trust-lsp git`.

use super::hook;
use crate::repository::index_of_commit;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trust_changes::Repository;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp git install-hook      propose a message at every `git commit` without -m
  trust-lsp git install-hook --remove";

#[derive(Args)]
pub struct Git {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Propose a message whenever an editor opens for `git commit` (a prepare-commit-msg hook).
    InstallHook(hook::InstallHook),
}

/// Which repository.
#[derive(Args)]
pub struct Place {
    /// A folder in the repository. Default: this one.
    #[arg(long = "repo", value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

impl Place {
    /// The index of a commit in progress, where git has started this for one in the same repository.
    pub fn index(&self) -> Option<PathBuf> {
        let root = |folder: &Path| Some(Repository::open(folder).ok()?.root().to_owned());
        index_of_commit().filter(|_| root(Path::new(".")) == root(&self.folder))
    }
}

pub fn run(command: Git) -> ExitCode {
    let Command::InstallHook(command) = command.command;
    exit(hook::install(&command))
}

/// The exit code of a command that has said on stderr why it failed.
pub fn exit(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust-lsp: {error:#}");
            ExitCode::FAILURE
        }
    }
}
