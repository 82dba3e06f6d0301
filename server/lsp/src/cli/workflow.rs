//! `trust-lsp workflow`: what workflows there are, what one would do, and running it.

mod command;
mod host;

use super::chat::Interrupts;
use super::{layers, log, workspace};
use crate::assistant::Assistant;
use crate::model_slot::{ModelChoice, ModelState};
use crate::setup::model_setup;
use crate::workflows::Workflows;
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use host::AtTerminal;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use trust_assist::workflow::{By, Deed, Outcome, Step, Workflow, run as run_workflow};
use trust_config::Config;
use trust_models::Task;
use trust_tools::{Class, unified};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp workflow list
  trust-lsp workflow show write-tests-until-they-pass      what it would do, and what you would be asked
  trust-lsp workflow run write-tests-until-they-pass place=src/parse.rs:12 'command=cargo test'
  trust-lsp workflow run review-then-fix                   of what is staged; base=main of a branch
  trust-lsp workflow run mine --allow edit --allow execute --json

Your own are TOML files in the folder `workflows` beside your configuration, in that of your team, and in .trust/workflows
of a workspace that you trust: docs/workflows.md. Files change once a whole change was shown and you permitted it; where a run fails, they
are put back. A command runs once you permitted it.";

/// How long the index may take.
const INDEX: std::time::Duration = std::time::Duration::from_secs(120);

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The workflows that there are.
    List {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// What one would do, step by step; nothing is run.
    Show {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Run one.
    #[command(after_help = EXAMPLES)]
    Run(Box<Run>),
}

#[derive(Args)]
pub struct Run {
    #[arg(value_name = "NAME")]
    name: String,
    /// What it is given.
    #[arg(value_name = "KEY=VALUE")]
    inputs: Vec<String>,
    /// Permit this without asking (repeatable).
    #[arg(long, value_enum, value_name = "CLASS")]
    allow: Vec<Allowed>,
    /// The workspace. Default: the nearest folder above this one that looks like a project.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Print a JSON object a line: what happens, then how it ended.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Allowed {
    Edit,
    Execute,
}

impl Command {
    /// Of one that is run.
    pub fn flags(&self) -> Option<&layers::Flags> {
        match &self.action {
            Action::Run(run) => Some(&run.flags),
            _ => None,
        }
    }
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::List { json } => list(json),
        Action::Show { name } => show(&name),
        Action::Run(run) => run.log.start().and_then(|()| perform(&run)),
    })
}

fn workflows(root: &Path) -> Workflows {
    let own = dirs::config_dir().map(|folder| folder.join("trust-lsp/workflows"));
    let config = Config::load(&layers::Flags::default().inputs(vec![root.to_path_buf()]), None);
    let found = Workflows::of(root, own, config.team(), layers::files().trusted.as_deref());
    found.problems.iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    found
}

fn here() -> anyhow::Result<PathBuf> {
    workspace::here().into_iter().next().context("there is no current folder; name one with --root")
}

fn read(found: &Workflows, name: &str) -> anyhow::Result<Workflow> {
    let written = found.get(name).map_err(anyhow::Error::msg)?;
    written.read().map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", problems.join("\n"))
    })
}

fn list(as_json: bool) -> anyhow::Result<()> {
    let found = workflows(&here()?);
    let mut rows = Vec::new();
    for written in &found.all {
        let about = match written.read() {
            Ok(workflow) => workflow.about,
            Err(problems) => {
                problems.iter().map(|one| format!("wrong: {one}")).collect::<Vec<_>>().join("; ")
            }
        };
        rows.push((&written.name, &written.from, about));
    }
    if as_json {
        let object = |(name, from, about): &(&String, &String, String)| json!({ "name": name, "from": from, "about": about });
        println!("{:#}", rows.iter().map(object).collect::<serde_json::Value>());
        return Ok(());
    }
    for (name, from, about) in rows {
        println!("{name} ({from})\n  {about}");
    }
    Ok(())
}

fn show(name: &str) -> anyhow::Result<()> {
    let workflow = read(&workflows(&here()?), name)?;
    println!("{}: {}\n{} s at most", workflow.name, workflow.about, workflow.limit.as_secs());
    for input in &workflow.inputs {
        let default =
            input.default.as_ref().map_or_else(String::new, |default| format!(" (default {default:?})"));
        println!("input {}: {}, {}{default}", input.name, input.kind.name(), input.about);
    }
    for step in &workflow.steps {
        println!("{}", told(step));
    }
    println!("the result is that of {}", workflow.result);
    Ok(())
}

fn told(step: &Step) -> String {
    let by = |model: &Option<String>| model.as_ref().map_or_else(String::new, |name| format!(" by `{name}`"));
    let what = match &step.deed {
        Deed::Ask { model, .. } => format!("a model answers{}", by(model)),
        Deed::Act { action, at, model, .. } => format!("a model's `{action}`{} at {at}", by(model)),
        Deed::Review { .. } => "the rules of the review".into(),
        Deed::Call { tool, .. } => format!("the tool {tool}"),
        Deed::Verify { of, by: verifier, retry } => {
            let how = match verifier {
                By::Parser => "is parsed".to_owned(),
                By::Diagnostics => "is parsed, and looked into by the rules of the review".to_owned(),
                By::Model { model, .. } => format!("is judged by a model{}", by(model)),
                By::Command(command) => format!(
                    "is shown, written once you permit it, and tried by a command, once you permit that: $ {}",
                    command.0
                ),
            };
            let again = retry.as_ref().map_or_else(String::new, |retry| {
                format!("; if not, back to {}, {} times at most", retry.step, retry.times)
            });
            format!("the edit of {of} {how}{again}")
        }
    };
    format!("step {} ({}, {} s at most): {what}", step.name, step.gives().name(), step.limit.as_secs())
}

fn perform(command: &Run) -> anyhow::Result<()> {
    let root = match &command.root {
        Some(root) => root.canonicalize().with_context(|| root.display().to_string())?,
        None => here()?.canonicalize()?,
    };
    let workflow = read(&workflows(&root), &command.name)?;
    let mut given = Vec::new();
    for pair in &command.inputs {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("expected KEY=VALUE, such as place=src/main.rs:12, not {pair:?}");
        };
        given.push((key.trim().to_owned(), value.to_owned()));
    }
    let settings = command.flags.settings(vec![root.clone()], None);
    crate::net::obey(&settings.privacy);
    let mut setup = model_setup(&settings, command.flags.scripted(), Task::Chat);
    let asks = |step: &Step| match &step.deed {
        Deed::Ask { model, .. } | Deed::Act { model, .. } => model.is_none(),
        Deed::Verify { by: By::Model { model, .. }, .. } => model.is_none(),
        _ => false,
    };
    let needs_usual = workflow.steps.iter().any(asks);
    let is_bundled = matches!(setup.choice, ModelChoice::Bundled) && !settings.actions_bundled_model;
    match needs_usual {
        true if is_bundled => bail!(
            "the bundled model completes code and was not made to follow instructions; `model.chat` or --model names a \
             model that can (`trust-lsp models list`)"
        ),
        true => {}
        false => setup.choice = ModelChoice::None,
    }
    let assistant = Assistant::new(vec![root.clone()], &setup.into(), Arc::new(|| ()));
    if needs_usual {
        assistant.model().load(None);
        match assistant.model().state().as_ref() {
            ModelState::Failed(reason) => bail!("no model can be asked: {reason}"),
            ModelState::None => bail!("no model is in use; `model.chat` or --model names one"),
            _ => {}
        }
    }
    if !assistant.index().wait_ready(INDEX) {
        bail!("{} takes too long to be indexed", root.display());
    }
    let class = |allowed: &Allowed| match allowed {
        Allowed::Edit => Class::Edit,
        Allowed::Execute => Class::Execute,
    };
    let permitted = command.allow.iter().map(class).collect();
    let host = AtTerminal::new(
        &assistant,
        &root,
        &workflow,
        (&command.flags, &settings),
        (permitted, command.json),
    )?;
    let interrupts = Interrupts::until_undone()?;
    let ended = interrupts.during(|cancel| run_workflow(&workflow, &given, &host, cancel));
    if command.json {
        let told = match &ended {
            Ok(Outcome::Text(text)) => json!({ "event": "ended", "good": true, "text": text }),
            Ok(Outcome::Edit(changes)) => {
                json!({ "event": "ended", "good": true, "diff": unified(changes) })
            }
            Err(failed) => json!({ "event": "ended", "good": false, "why": failed.to_string() }),
        };
        println!("{told}");
    } else {
        match &ended {
            Ok(Outcome::Text(text)) => println!("{text}"),
            Ok(Outcome::Edit(changes)) => print!("{}", unified(changes)),
            Err(_) => {}
        }
    }
    ended.map(drop).map_err(|failed| anyhow::anyhow!("{}: {failed}", workflow.name))
}
