//! `trust-lsp tool servers`: the servers of the configuration, and for which of them this workspace has a consent.

use super::offered::told;
use crate::audit;
use crate::chat::ADDED;
use crate::cli::confirm::confirmed;
use crate::cli::layers::Flags;
use crate::cli::workspace;
use crate::servers::consent::{Consent, Pinned, all, set};
use crate::servers::{Session, specs};
use crate::tools::own_settings;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::path::Path;
use std::time::Duration;
use trust_audit::Action as Happened;
use trust_config::{Config, Layer, Place, key};
use trust_inference::CancelToken;

/// How long a server may take to start, and to say what it offers.
const TIME: Duration = Duration::from_secs(30);

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Start one, look at its tools as they are now, and let them be used in this workspace.
    Consent {
        name: String,
        /// Consent without being asked, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Take the consent for this workspace back.
    Revoke { name: String },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let root = workspace::here().into_iter().next().context("there is no current folder")?;
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    match &command.action {
        None => list(&root),
        Some(Action::Consent { name, yes }) => consent(&root, name, *yes),
        Some(Action::Revoke { name }) => {
            match set(&root, name, None)? {
                true => {
                    audit::configured(Happened::Revoked, format!("tools of {name}"));
                    println!("no tool of {name} is called in {} any more", root.display());
                }
                false => println!("there was no consent for {name} in {}", root.display()),
            }
            Ok(())
        }
    }
}

fn list(root: &Path) -> anyhow::Result<()> {
    let (known, consents, team) = (specs(&own_settings()), all()?, of_team());
    for spec in &known {
        let same = |one: &&Consent| one.root == root && one.server == spec.name;
        let state = match consents.iter().find(same) {
            Some(consent) if consent.is_for(root, spec) => {
                let names = consent.tools.iter().filter(|tool| spec.offers(&tool.name));
                let names: Vec<&str> = names.map(|tool| tool.name.as_str()).collect();
                format!("consented to here: {}", names.join(", "))
            }
            Some(_) => "is started in another way than was consented to here".to_owned(),
            None => "no consent here".to_owned(),
        };
        println!("{}: {}\n  {state}{}", spec.name, spec.told(), named_by(team.as_deref()));
    }
    if known.is_empty() {
        println!("your configuration has no servers; [[servers]] with name and command is one");
    }
    Ok(())
}

/// The team's file, where that is what names the servers.
fn of_team() -> Option<String> {
    let config = Config::load(&Flags::default().inputs(Vec::new()), None);
    let found = config.found(key("servers")?, Place::default());
    (found.layer == Layer::Team).then_some(found.source)
}

fn named_by(team: Option<&str>) -> String {
    team.map(|file| format!(", named by {file}")).unwrap_or_default()
}

fn consent(root: &Path, name: &str, yes: bool) -> anyhow::Result<()> {
    let known = specs(&own_settings());
    let Some(spec) = known.iter().find(|spec| spec.name == name) else {
        bail!("your configuration has no server {name:?} (a workspace cannot name one)");
    };
    let by = named_by(of_team().as_deref());
    eprintln!("starting {} in a sandbox, without a network{by}", spec.told());
    let cancel = CancelToken::new();
    let mut session = Session::start(spec, root, TIME, &cancel)?;
    let tools = session.tools(TIME, &cancel)?;
    drop(session);
    let before = all()?.into_iter().find(|one| one.root == root && one.server == name);
    let before = before.map(|consent| consent.tools).unwrap_or_default();
    for tool in tools.iter().filter(|tool| spec.offers(&tool.name)) {
        println!("{}{}", told(tool), change(tool, &before));
    }
    for gone in before.iter().filter(|old| tools.iter().all(|tool| tool.name != old.name)) {
        println!("{}: is not offered any more", gone.name);
    }
    let question = format!("let models call these tools of {name} in {}", root.display());
    if !yes && !confirmed(&question)? {
        println!("nothing was consented to");
        return Ok(());
    }
    let count = tools.iter().filter(|tool| spec.offers(&tool.name)).count();
    let program = spec.fingerprint();
    set(root, name, Some(Consent { root: root.to_owned(), server: name.to_owned(), program, tools }))?;
    audit::configured(Happened::Trusted, format!("{count} tools of {name}"));
    println!("{count} tools of {name} may be called in {}; each call is asked about", root.display());
    if count > ADDED {
        println!(
            "a model is told of {ADDED} of such tools at most; `tools` of [[servers]] says which are offered"
        );
    }
    Ok(())
}

/// How it is otherwise than it was.
fn change(tool: &Pinned, before: &[Pinned]) -> String {
    match before.iter().find(|old| old.name == tool.name) {
        Some(old) if old == tool => String::new(),
        Some(old) => {
            let was = told(old).trim_end().replace('\n', "\n  ");
            format!("  CHANGED; it was: {}\n", was[old.name.len() + 1..].trim_start())
        }
        None if before.is_empty() => String::new(),
        None => "  NEW\n".to_owned(),
    }
}
