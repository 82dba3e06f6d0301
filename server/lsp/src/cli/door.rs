//! `trust-lsp door`: what `trust-net serve` starts.

use super::{layers, log};
use crate::assistant::{Assistant, cache_folder, state_folder};
use crate::door::{Door, Extra};
use crate::net;
use crate::setup::models;
use crate::stats::{Store, folder};
use anyhow::{Context, bail};
use clap::Args;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use trust_complete::{Completer, Gate, Stages};
use trust_config::{Config, Place};
use trust_wire::{Grant, Mode, Opening, write};

#[derive(Args)]
pub struct Command {
    /// The project that completions quote.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Where the token is to lie.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

impl Command {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

pub fn run(command: Command) -> ExitCode {
    if std::io::stdin().is_terminal() {
        eprintln!("trust-lsp door answers behind a door that trust-net keeps: trust-net serve --openai");
        return ExitCode::from(2);
    }
    super::end(command.log.start().and_then(|()| {
        // What it says goes to the program that asked, which tells it.
        opened(command).or_else(|error| {
            write(&mut std::io::stdout(), &Opening::Refused(format!("{error:#}"))).context("standard output")
        })
    }))
}

fn opened(command: Command) -> anyhow::Result<()> {
    let roots = match &command.workspace {
        Some(folder) => {
            let root = folder.canonicalize().with_context(|| folder.display().to_string())?;
            if !root.is_dir() {
                bail!("{} is no folder", folder.display());
            }
            vec![root]
        }
        None => Vec::new(),
    };
    let (flags, own) = (command.flags.clone(), roots.clone());
    let ask = move || {
        // The user's own word first: a workspace can only make it stricter.
        net::mode(&flags.inputs(Vec::new())).map_err(|by| strict(&by))?;
        let config = Config::load(&flags.inputs(own.clone()), None);
        match Mode::named(&config.settings(Place::default()).privacy) {
            Some(_) => Ok(config),
            None => Err(strict("as this workspace says")),
        }
    };
    let config = ask().map_err(anyhow::Error::msg)?;
    config.problems().iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    let settings = config.settings(Place::default());
    // Before a model is opened, which may ask an engine.
    net::obey(&settings.privacy);
    crate::audit::change(&settings);
    let file = command.token_file.or_else(|| state_folder().map(|folder| folder.join("door.token")));
    let file = std::path::absolute(file.context("no home folder; set HOME, or name --token-file")?)?;
    let token = Token::lay(&file)?;
    let models = models(&settings, command.flags.scripted(), &[]);
    let extra = Extra::default();
    let stages = Stages { context: Box::new(extra.clone()), ..Stages::default() };
    let assistant = Assistant::with(Completer::with(stages), roots, &models, Arc::new(|| ()));
    assistant.watch_files();
    if settings.adapt {
        let summary = cache_folder().map(|cache| Store::read(&folder(&cache))).unwrap_or_default();
        assistant.set_gate(Gate::adapted(&summary.recent, false));
    }
    let grant = Grant { token: token.text.clone(), token_file: file.clone() };
    let door = Door::new(assistant, extra, config, command.flags.scripted());
    write(&mut std::io::stdout(), &Opening::Open(grant)).context("standard output")?;
    if let Err(error) = door.serve(Box::new(ask)) {
        // Too late for an opening that is refused.
        tracing::error!(%error, "the door is closed");
    }
    Ok(())
}

fn strict(by: &str) -> String {
    format!(
        "the privacy mode is `strict` ({by}), in which there is no door for other programs; `trust-lsp config set privacy moderate` \
         allows one, which programs of this machine alone reach, and only with a token"
    )
}

/// A token in a file, which is gone with it.
struct Token {
    text: String,
    file: PathBuf,
}

impl Token {
    fn lay(file: &Path) -> anyhow::Result<Self> {
        let text =
            trust_audit::hex(&trust_audit::random::<24>().context("the system gives no random bytes")?);
        let told = || format!("{}: the token cannot be written", file.display());
        // What is there keeps its rights where it is replaced, and a link would be followed.
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(told);
            }
            _ => {}
        }
        trust_config::write_file(file, &format!("{text}\n"), true).with_context(told)?;
        Ok(Self { text, file: file.to_owned() })
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // A door that was opened since may have put its own there.
        let is_own = trust_config::read_file(&self.file)
            .is_ok_and(|text| text.is_some_and(|text| text.trim_end() == self.text));
        if is_own {
            let _ = std::fs::remove_file(&self.file);
        }
    }
}
