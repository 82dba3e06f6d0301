//! `trust-lsp tool`: the tools that models and agents call, by hand.

mod offered;
mod parameters;
mod servers;

use super::asking::Terminal;
use super::{index, log, workspace};
use crate::assistant::cache_folder;
use crate::tools::{decisions, engine, registry};
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use parameters::{object_of, parameters};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use trust_inference::CancelToken;
use trust_tools::{Call, Class, Failure, Tool, escaped, forget, stored};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp tool list                                     what tools there are
  trust-lsp tool list read_file                           what one takes
  trust-lsp tool list --json | jq '.[].parameters'        as a model is told of them
  trust-lsp tool run outline path=src/main.rs
  trust-lsp tool run read_file path=src/main.rs first_line=10 last_line=20
  trust-lsp tool run search_text --json '{\"text\": \"fn main\"}'
  trust-lsp tool run apply_patch patch=@change.diff       the text of a file; @- is standard input
  trust-lsp tool run edit_symbol path=a.py symbol=f source=@f.py --allow edit
  trust-lsp tool run run_command command='[\"ls\", \"-l\"]'    once `command.enable` is true
  trust-lsp tool servers                                  those of the configuration, and what is consented to
  trust-lsp tool servers consent NAME                     use its tools in this workspace, as they are now
  trust-lsp tool decisions                                what is permitted for good, and what never
  trust-lsp tool decisions --forget

A tool that changes files shows the difference and asks; where there is nobody to ask, only --allow permits it.";

/// The exit code of a call that was not understood.
const WRONG: u8 = 2;

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The tools; all that one takes, if it is named.
    List {
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Print JSON: name, class, description, parameters (a JSON Schema).
        #[arg(long)]
        json: bool,
    },
    /// Call one.
    #[command(after_help = EXAMPLES)]
    Run(Run),
    /// Servers whose tools stand beside these: which there are, and consent to one for this workspace.
    Servers(servers::Command),
    /// Decisions that hold for good, and how to take them back.
    Decisions {
        /// Take those of this workspace back.
        #[arg(long)]
        forget: bool,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Run {
    name: String,
    /// Its parameters. A value that begins with @ is the text of a file.
    #[arg(value_name = "KEY=VALUE", conflicts_with = "json")]
    parameters: Vec<String>,
    /// Its parameters as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "PARAMS")]
    json: Option<String>,
    /// Permit this without asking (repeatable).
    #[arg(long, value_enum, value_name = "CLASS")]
    allow: Vec<Allowed>,
    /// The workspace. Default: the nearest folder above this one that looks like a project.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(flatten)]
    log: log::Log,
}

/// What a tool of today may have to be permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Allowed {
    Edit,
    Execute,
    Mcp,
}

impl Allowed {
    fn class(self) -> Class {
        match self {
            Self::Edit => Class::Edit,
            Self::Execute => Class::Execute,
            Self::Mcp => Class::Mcp,
        }
    }
}

pub fn run(command: Command) -> ExitCode {
    match command.action {
        Action::List { name, json } => super::end(list(name.as_deref(), json)),
        Action::Servers(command) => super::end(servers::run(&command)),
        Action::Decisions { forget, json } => super::end(tell_decisions(forget, json)),
        Action::Run(run) => match call(&run) {
            Ok(code) => code,
            Err(error) => super::end(Err(error)),
        },
    }
}

fn list(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    let here = workspace::here().into_iter().next();
    let tools = registry(here.as_deref());
    let chosen: Vec<&Tool> = match name {
        Some(name) => vec![tools.get(name).with_context(|| name.to_owned())?],
        None => tools.iter().collect(),
    };
    if json {
        println!("{:#}", chosen.iter().map(|tool| object(tool)).collect::<Value>());
        return Ok(());
    }
    for tool in &chosen {
        match name {
            None => {
                let description = escaped(tool.description()).replace('\n', " ");
                println!("{:<16}{:<8}{description}", tool.name(), tool.class().name());
            }
            Some(_) => print!("{}", escaped(&page(tool))),
        }
    }
    Ok(())
}

fn object(tool: &Tool) -> Value {
    json!({
        "name": tool.name(),
        "class": tool.class().name(),
        "description": tool.description(),
        "parameters": tool.parameters(),
    })
}

fn page(tool: &Tool) -> String {
    let schema = tool.parameters();
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut text = format!("{} ({})\n{}\n", tool.name(), tool.class().name(), tool.description());
    for (name, parameter) in schema["properties"].as_object().into_iter().flatten() {
        let kind = parameter["type"].as_str().unwrap_or("one of its values");
        let needed = if required.contains(&name.as_str()) { ", required" } else { "" };
        let told = parameter["description"].as_str().unwrap_or_default();
        text.push_str(&format!("  {name:<20}{kind}{needed}: {told}\n"));
        if let Some(values) = parameter["enum"].as_array() {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            text.push_str(&format!("{:<22}{}\n", "", values.join(", ")));
        }
    }
    text
}

fn call(run: &Run) -> anyhow::Result<ExitCode> {
    run.log.start()?;
    let root = run.root.clone().or_else(|| workspace::here().into_iter().next());
    let root = root.context("there is no current folder; name one with --root")?;
    let tools = registry(Some(&root));
    let wrong = |failure: &Failure| {
        eprintln!("trust-lsp: {}: {failure}", run.name);
        if let Failure::Parameters(_) = failure {
            eprintln!("trust-lsp: `trust-lsp tool list {}` says what it takes", run.name);
        }
        ExitCode::from(WRONG)
    };
    let tool = match tools.get(&run.name) {
        Ok(tool) => tool,
        Err(failure) => return Ok(wrong(&failure)),
    };
    let arguments = match &run.json {
        Some(text) => object_of(text)?,
        None => parameters(&run.parameters, tool.parameters())?,
    };
    if let Err(failure) = tool.check(&arguments) {
        return Ok(wrong(&failure));
    }
    let index = index::open(Some(&root), cache_folder())?;
    let engine = engine(tools, &root, index)?;
    let permitted = run.allow.iter().map(|allowed| allowed.class()).collect();
    let terminal = Terminal { permitted };
    let call = Call { name: &run.name, arguments: &arguments, whole: true };
    match engine.call(call, &terminal, &CancelToken::new()) {
        Ok(answer) => {
            print!("{}", answer.text);
            Ok(ExitCode::SUCCESS)
        }
        Err(failure @ Failure::Denied { .. }) => {
            bail!(
                "{}: {failure} (`--allow` permits it once, `trust-lsp tool decisions` tells what holds for good)",
                run.name
            )
        }
        Err(failure) => bail!("{}: {failure}", run.name),
    }
}

fn tell_decisions(forgotten: bool, json: bool) -> anyhow::Result<()> {
    let file = decisions().context("no home folder, so nothing is kept; set HOME")?;
    if forgotten {
        let here = workspace::here().into_iter().next().context("there is no current folder")?;
        let here = here.canonicalize()?;
        let count = forget(&file, |one| one.workspace == here).map_err(anyhow::Error::msg)?;
        println!("{count} taken back");
        return Ok(());
    }
    let all = stored(&file).map_err(anyhow::Error::msg)?;
    if json {
        println!("{:#}", serde_json::to_value(&all)?);
        return Ok(());
    }
    for one in &all {
        let what = if one.allow { "permitted" } else { "never" };
        println!("{}  {} ({}): {what}", one.workspace.display(), one.tool, one.class.name());
    }
    if all.is_empty() {
        println!("nothing is decided for good");
    }
    Ok(())
}
