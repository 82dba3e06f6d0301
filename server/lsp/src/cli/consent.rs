//! `trust-lsp privacy consent`: that something of a workspace may be sent to an engine elsewhere.

use super::confirm::confirmed;
use super::{layers, workspace};
use crate::audit;
use crate::net::consent::{Consent, all, set};
use crate::net::endpoints;
use anyhow::{Context, bail};
use clap::Args;
use trust_audit::Action;
use trust_config::Inputs;
use trust_wire::{Class, Endpoint, Engine};

#[derive(Args)]
pub struct Command {
    /// The endpoint; without it, the consents that there are.
    #[arg(value_name = "NAME")]
    endpoint: Option<String>,
    /// Take it back.
    #[arg(long, requires = "endpoint")]
    revoke: bool,
    /// Consent without being asked.
    #[arg(long, requires = "endpoint")]
    yes: bool,
}

/// What is shown an example of.
const QUESTION: &str = "What is in this workspace?";

impl Command {
    /// Whether one is given, which shows before what would be sent.
    pub fn gives(&self) -> bool {
        self.endpoint.is_some() && !self.revoke
    }
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Some(name) = &command.endpoint else {
        let given = all()?;
        for Consent { root, endpoint, url, tools } in &given {
            let with = if *tools { ", with what tools read" } else { "" };
            println!("{}: {endpoint} ({url}{with})", root.display());
        }
        if given.is_empty() {
            println!("there is no consent: nothing of a workspace may be sent to an engine elsewhere");
        }
        return Ok(());
    };
    let root = workspace::here().into_iter().next().context("there is no current folder")?;
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    let shown = root.display();
    // As trust-net is told of them: no workspace says where it is sent.
    let own = Inputs { roots: Vec::new(), ..layers::Flags::default().inputs(Vec::new()) };
    let settings = trust_config::Config::load(&own, None).settings(trust_config::Place::default());
    let known = endpoints(&settings).into_iter().find(|endpoint| endpoint.name == *name);
    let Some(Endpoint { url, class, engine, tools, .. }) = known else {
        bail!("your configuration has no endpoint {name:?}");
    };
    if class == Class::Loopback {
        bail!("{name} is on this machine: that you configured it is consent enough");
    }
    if !command.revoke {
        let typed = match engine {
            Engine::LlamaServer => {
                " and, while you type, the lines around the cursor and what is quoted from other files"
            }
            Engine::Openai => "",
        };
        let read = if tools { ", what its tools read of it (`tools`)" } else { "" };
        println!("For the question {QUESTION:?}, say, {name} would be sent, secrets masked:");
        super::chat::preview(name, QUESTION)
            .context("nothing was consented to, since what would be sent cannot be shown")?;
        println!(
            "\nquestions about {shown}, with the excerpts that go with them{read}, what differs in git where you ask for a commit message, an \
             explanation or a model's review (`git.model`){typed}, may be sent to {name} ({}) at {url} then.\n\
             Secrets are masked, and excluded files are not read. What exactly: `trust-lsp privacy preview` shows it\n\
             for each of these, and sends nothing.",
            class.name()
        );
        if !command.yes && !confirmed(&format!("let this be sent to {name}"))? {
            println!("nothing was consented to");
            return Ok(());
        }
    }
    let changed = set(Consent { root: root.clone(), endpoint: name.clone(), url, tools }, !command.revoke)?;
    if changed {
        let action = if command.revoke { Action::Revoked } else { Action::Trusted };
        audit::configured(action, format!("sending to {name}"));
    }
    match (command.revoke, changed) {
        (true, true) => println!("nothing of {shown} is sent to {name} any more"),
        (true, false) => println!("there was no consent for {name} in {shown}"),
        (false, _) => println!("consented; to take it back: `trust-lsp privacy consent {name} --revoke`"),
    }
    Ok(())
}
