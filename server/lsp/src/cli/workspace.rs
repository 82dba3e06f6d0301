//! `trust-lsp workspace`: which workspaces may set all of the configuration.

use super::layers;
use crate::audit::{self, Event};
use crate::root;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trust_audit::Feature;
use trust_config::{Config, LOCAL, Trusted};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp workspace status            is this workspace trusted, and what waits for it
  trust-lsp workspace trust             apply all of its .trust/config.toml from now on
  trust-lsp workspace trust ~/src/mine
  trust-lsp workspace revoke            apply only what is safe again

A workspace is a folder as the editor opens it; here it is the repository that the current folder is in, or the folder that is
named. A server that is running hears of it.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Apply all that the workspace configures.
    Trust {
        /// Its folder.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Apply only what is safe.
    Revoke {
        /// Its folder.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Say whether it is trusted, and what is not applied.
    Status {
        /// Its folder.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::Trust { folder } => change(folder, true),
        Action::Revoke { folder } => change(folder, false),
        Action::Status { folder, json } => status(folder, json),
    })
}

/// The workspace that this process is started in. Who starts it in the home folder means that.
pub fn here() -> Vec<PathBuf> {
    let root = |folder: PathBuf| root::of(&folder.join("file")).unwrap_or(folder);
    std::env::current_dir().map(root).into_iter().collect()
}

fn workspace(folder: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match folder {
        Some(folder) => std::path::absolute(&folder).with_context(|| folder.display().to_string()),
        None => here().into_iter().next().context("there is no current folder"),
    }
}

fn trusted_file() -> anyhow::Result<PathBuf> {
    layers::files().trusted.context("no home folder, so nothing can be kept; set HOME")
}

fn change(folder: Option<PathBuf>, trust: bool) -> anyhow::Result<()> {
    let root = workspace(folder)?;
    let changed = Trusted::change(&trusted_file()?, &root, trust)?;
    if changed {
        let action = if trust { trust_audit::Action::Trusted } else { trust_audit::Action::Revoked };
        audit::record(Event::new(Feature::Configuration, action).within(Some(root.clone())));
    }
    let (now, already) =
        if trust { ("trusted", "trusted already") } else { ("not trusted", "not trusted anyway") };
    println!("{} is {}", root.display(), if changed { now } else { already });
    Ok(())
}

/// What of the workspace's configuration waits for trust.
fn waiting(root: &Path) -> Vec<String> {
    let inputs = layers::Flags::default().inputs(vec![root.to_path_buf()]);
    let config = Config::load(&inputs, None);
    config.problems().iter().filter(|problem| problem.waits_for_trust).map(ToString::to_string).collect()
}

fn status(folder: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    let root = workspace(folder)?;
    let trusted = Trusted::read(&trusted_file()?)?.holds(&root);
    let (configured, waiting) = (root.join(LOCAL).exists(), waiting(&root));
    if json {
        let answer = serde_json::json!({
            "root": root, "trusted": trusted, "configured": configured, "not_applied": waiting,
        });
        println!("{answer}");
        return Ok(());
    }
    println!("{} is {}", root.display(), if trusted { "trusted" } else { "not trusted" });
    if !configured {
        println!("it has no {LOCAL}");
    }
    waiting.iter().for_each(|problem| println!("{problem}"));
    Ok(())
}
