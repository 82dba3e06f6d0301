//! `trust-lsp models`: what a model's file says of itself, and how the model is talked to.

use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use trust_dialect::{Dialect, Origin, hash};
use trust_gguf::{Facts, inspect};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp models show                     the bundled model
  trust-lsp models show ~/qwen.gguf
  trust-lsp models show ~/qwen.gguf --json

The dialect is how a model is told of tools and how it calls them. It is read off the chat template in the file, and
tried at once; a model that knows no tools is told of them in words.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is known of a model.
    Show {
        /// A GGUF file; the bundled model without it.
        path: Option<PathBuf>,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: Command) -> ExitCode {
    let Action::Show { path, json } = command.command;
    super::end(show(path, json))
}

fn show(path: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    let facts = match path {
        Some(path) => inspect(&path).with_context(|| path.display().to_string())?,
        None => {
            let file = trust_models::bundled(crate::assistant::cache_folder().as_deref())?;
            inspect(file.path())?
        }
    };
    let template = facts.metadata.str("tokenizer.chat_template");
    let dialect = Dialect::of(template, "", "");
    if json {
        println!("{:#}", object(&facts, template, &dialect));
        return Ok(());
    }
    for (name, value) in rows(&facts, template, &dialect) {
        println!("{name:<14}{value}");
    }
    Ok(())
}

fn rows(facts: &Facts, template: Option<&str>, dialect: &Dialect) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("name", facts.name.clone().unwrap_or_else(|| "(none)".into())),
        ("architecture", facts.architecture.clone()),
        ("weights", format!("{} ({}, {} layers)", facts.parameters, facts.quantisation, facts.block_count)),
        ("size", format!("{} bytes", facts.size_bytes)),
        ("context", format!("{} tokens", facts.context_length)),
        ("vocabulary", format!("{} tokens", facts.vocabulary)),
        ("fills holes", if facts.fim.is_some() { "yes" } else { "no" }.into()),
        ("licence", facts.metadata.str("general.license").unwrap_or("(not said)").into()),
        (
            "template",
            template
                .map_or("(none)".into(), |text| format!("{} bytes, hash {:016x}", text.len(), hash(text))),
        ),
        ("dialect", dialect.origin().to_string()),
        ("calls", dialect.calls().example()),
    ];
    if let Some((open, close)) = dialect.reasoning() {
        rows.push(("thoughts", format!("{open} ... {close}")));
    }
    rows
}

fn object(facts: &Facts, template: Option<&str>, dialect: &Dialect) -> serde_json::Value {
    let origin = match dialect.origin() {
        Origin::Known(_) => "known",
        Origin::Rendered => "rendered",
        Origin::Injected(_) => "injected",
    };
    serde_json::json!({
        "name": facts.name,
        "architecture": facts.architecture,
        "parameters": facts.parameters,
        "quantisation": facts.quantisation,
        "sizeBytes": facts.size_bytes,
        "contextLength": facts.context_length,
        "vocabulary": facts.vocabulary,
        "fillInTheMiddle": facts.fim.is_some(),
        "license": facts.metadata.str("general.license"),
        "templateHash": template.map(|text| format!("{:016x}", hash(text))),
        "dialect": {
            "origin": origin,
            "why": dialect.origin().to_string(),
            "call": dialect.calls().example(),
            "reasoning": dialect.reasoning().map(|(open, close)| [open, close]),
            "parallel": dialect.calls().parallel,
        },
    })
}
