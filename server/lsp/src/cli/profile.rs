//! `trust-lsp profile`: named sets of configuration.

use super::{layers, workspace};
use crate::audit;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::process::ExitCode;
use trust_audit::Action as Happened;
use trust_config::{Config, Place};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp profile list               those that are defined; the one in use has a star
  trust-lsp profile use quiet          writes `profile = \"quiet\"` into the user's file
  trust-lsp profile use --none
  trust-lsp profile show quiet         what it sets, for languages and directories too
  trust-lsp --stdio --profile quiet    for one server only
  trust-lsp config set --directory notes profile quiet
                                       in one folder only; --language ID for one language

A profile is a table in the user's or the machine's file:
  [profiles.quiet]
  gate.shift = 0.2";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The profiles that are defined.
    List {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Choose one from now on; servers that are running hear of it.
    Use {
        #[arg(value_name = "NAME", required_unless_present = "none")]
        name: Option<String>,
        /// Use none.
        #[arg(long, conflicts_with = "name")]
        none: bool,
    },
    /// What a profile sets; the one in use by default.
    Show {
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

pub fn run(command: Command) -> ExitCode {
    let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
    super::end(match command.action {
        Action::List { json } => {
            list(&config, json);
            Ok(())
        }
        Action::Use { name, .. } => choose(&config, &name.unwrap_or_default()),
        Action::Show { name } => show(&config, name),
    })
}

fn list(config: &Config, json: bool) {
    let current = config.settings(Place::default()).profile;
    if json {
        let rows = config.profiles().into_iter().map(
            |(name, files)| serde_json::json!({"name": name, "in_use": name == current, "files": files}),
        );
        println!("{}", serde_json::Value::from_iter(rows));
        return;
    }
    let all = config.profiles();
    for (name, files) in &all {
        let star = if *name == current { '*' } else { ' ' };
        println!("{star} {name}  {}", files.join(", "));
    }
    if all.is_empty() {
        println!("there are no profiles; a table [profiles.NAME] in your configuration is one");
    }
}

fn choose(config: &Config, name: &str) -> anyhow::Result<()> {
    if !name.is_empty() && !config.profiles().contains_key(name) {
        bail!(unknown(config, name));
    }
    let file = layers::files().user.context("no home folder, so there is no file to write to; set HOME")?;
    trust_config::use_profile(&file, name)?;
    audit::configured(Happened::Changed, format!("profile in {}", file.display()));
    let after = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
    let found = after.found(trust_config::key("profile").context("no such key")?, Place::default());
    if found.value != name {
        eprintln!("trust-lsp: {} still says otherwise, and counts for more", found.source);
    }
    Ok(())
}

fn show(config: &Config, name: Option<String>) -> anyhow::Result<()> {
    let name = name.unwrap_or_else(|| config.settings(Place::default()).profile);
    if name.is_empty() {
        println!("no profile is in use");
        return Ok(());
    }
    if !config.profiles().contains_key(name.as_str()) {
        bail!(unknown(config, &name));
    }
    let mut before = None;
    for (of, key, value) in config.profile(&name) {
        if let Some(of) = of.as_ref().filter(|_| of != before) {
            println!("{of}");
        }
        println!("{key} = {}", trust_config::toml(value));
        before = of;
    }
    Ok(())
}

fn unknown(config: &Config, name: &str) -> String {
    let names: Vec<&str> = config.profiles().into_keys().collect();
    match names.is_empty() {
        true => format!("there is no profile {name:?}; none is defined"),
        false => format!("there is no profile {name:?}; there are {}", names.join(", ")),
    }
}
