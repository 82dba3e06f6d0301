//! `trust-lsp complete FILE:LINE:COL`

use super::{layers, log};
use crate::assistant::{Assistant, cache_folder};
use crate::audit::{self, Event};
use crate::model_slot::ModelState;
use crate::root;
use crate::setup::{manner, model_setup};
use crate::stats::{Store, folder};
use anyhow::{Context, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_audit::{Action, Feature};
use trust_complete::{Gate, Outcome, Query, Quiet};
use trust_grammars::Language;
use trust_index::FileBroker;
use trust_inference::CancelToken;
use trust_models::Task;
use trust_text::{Encoding, Position, Text};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp complete src/main.rs:12:9
  trust-lsp complete src/main.rs:12:9 --json | jq -r .text
  trust-lsp complete src/main.rs:12:9 --why       why it is shown while you type, or not

Prints the text to insert; nothing where it would rather stay quiet (the reason is on standard error).
Fields of --json: text, source (type-through, copy, model, mixed or null), ms_first, ms_total, tokens, model,
quiet (why there is no text, or null); with --why also why.";

/// How long the index may take before the completion goes on without the rest of it.
const INDEX: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(60);

#[derive(Args)]
pub struct Complete {
    /// Where: line and column count from 1, the column in characters.
    #[arg(value_name = "FILE:LINE:COL")]
    place: Place,
    /// The project's folder. Default: the nearest folder above the file that looks like one.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    /// Answer as to somebody who types, and say why so.
    #[arg(long)]
    why: bool,
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
}

/// A place in a file, as compilers print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    pub position: Position,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.rsplitn(3, ':');
        let mut number =
            || parts.next().and_then(|part| part.parse::<u32>().ok()).and_then(|n| n.checked_sub(1));
        let (column, line) = (number(), number());
        match (parts.next(), line, column) {
            (Some(file), Some(line), Some(column)) if !file.is_empty() => {
                Ok(Self { file: file.into(), position: Position::new(line, column) })
            }
            _ => Err("expected FILE:LINE:COL, with line and column counted from 1".into()),
        }
    }
}

impl Complete {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

pub fn run(command: Complete) -> ExitCode {
    super::end(command.log.start().and_then(|()| complete(command)).map(|answered| print(&answered)))
}

/// Has a model asked as for a completion, and says nothing of the answer.
///
/// # Errors
/// There is no such place, or it may not be read.
pub fn asked(command: Complete) -> anyhow::Result<()> {
    command.log.start()?;
    complete(command).map(|_| ())
}

/// What there is to print.
struct Answered {
    outcome: Outcome,
    elapsed: Duration,
    json: bool,
    why: Option<String>,
}

fn complete(command: Complete) -> anyhow::Result<Answered> {
    let named = &command.place.file;
    let path = std::path::absolute(named).with_context(|| named.display().to_string())?;
    let path = path.canonicalize().with_context(|| named.display().to_string())?;
    if path.is_dir() {
        bail!("{} is a folder; name a file in it", named.display());
    }
    let root = match command.root {
        Some(root) => Some(root.canonicalize().with_context(|| root.display().to_string())?),
        None => root::of(&path),
    };
    let roots: Vec<PathBuf> = root.iter().cloned().collect();
    let source = FileBroker::new(roots.clone()).read(&path).with_context(|| named.display().to_string())?;
    let text = Text::new(&source);
    if command.place.position.line as usize >= text.line_count() {
        bail!("{} has {} lines", named.display(), text.line_count());
    }
    let settings = command.flags.settings(roots.clone(), Some(&path));
    crate::net::obey(&settings.privacy);
    let setup = model_setup(&settings, command.flags.scripted(), Task::Completion);
    let assistant = Assistant::new(roots, &setup.into(), Arc::new(|| ()));
    assistant.model().load(None);
    if let ModelState::Failed(reason) = assistant.model().state().as_ref() {
        eprintln!("trust-lsp: going on without a model: {reason}");
    }
    if !assistant.index().wait_ready(INDEX) {
        eprintln!("trust-lsp: the project is large; going on with what is indexed so far");
    }
    let (repository, relative) = assistant.relative(&path);
    let own = relative.clone();
    let offset = text.offset(command.place.position, Encoding::Utf32);
    let language = Language::from_path(&path);
    let query = Query {
        path,
        relative,
        repository,
        language,
        text,
        offset,
        invoked: !command.why,
        may_replace: false,
        deadline: Instant::now() + ANSWER,
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    };
    if command.why {
        let summary = cache_folder().map(|cache| Store::read(&folder(&cache))).unwrap_or_default();
        let recent = if settings.adapt { summary.recent } else { Vec::new() };
        assistant.set_gate(Gate::adapted(&recent, false));
    }
    let start = Instant::now();
    // Who asks by a command asks; only to somebody who types, the rest is as it is configured.
    let outcome = match command.why && !settings.completion_enable {
        true => Outcome::Quiet(Quiet::Off),
        false => assistant.complete(query, manner(&settings)),
    };
    if let Outcome::Show(completion) = &outcome {
        audit::record(
            Event::new(Feature::Completion, Action::Shown)
                .within(root)
                .model(completion.model.clone())
                .files(audit::files_of(&assistant.index(), completion.quoted.iter().cloned().chain([own])))
                .tokens(completion.prefilled, completion.tokens)
                .took(completion.total)
                .sent(assistant.sent_since())
                .said("", &completion.text)
                .note(completion.source.name()),
        );
    }
    let (elapsed, why) = (start.elapsed(), assistant.why().filter(|_| command.why));
    Ok(Answered { outcome, elapsed, json: command.json, why })
}

fn print(Answered { outcome, elapsed, json, why }: &Answered) {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    if *json {
        let mut answer = match outcome {
            Outcome::Show(completion) => serde_json::json!({
                "text": completion.text,
                "source": completion.source.name(),
                "ms_first": milliseconds(completion.first),
                "ms_total": milliseconds(completion.total),
                "tokens": completion.tokens,
                "model": completion.model,
                "quiet": null,
            }),
            Outcome::Quiet(quiet) => serde_json::json!({
                "text": "", "source": null, "ms_first": null, "ms_total": milliseconds(*elapsed), "tokens": 0,
                "model": null, "quiet": quiet.reason(),
            }),
        };
        if let Some(why) = why {
            answer["why"] = why.as_str().into();
        }
        println!("{answer}");
        return;
    }
    match outcome {
        Outcome::Show(completion) => println!("{}", completion.text),
        Outcome::Quiet(quiet) if why.is_none() => eprintln!("trust-lsp: no completion: {}", quiet.reason()),
        Outcome::Quiet(_) => {}
    }
    if let Some(why) = why {
        eprintln!("trust-lsp: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place =
            |file: &str, line, column| Ok(Place { file: file.into(), position: Position::new(line, column) });
        assert_eq!("a.rs:1:1".parse::<Place>(), place("a.rs", 0, 0));
        assert_eq!("dir:x/a.rs:12:9".parse::<Place>(), place("dir:x/a.rs", 11, 8));
        for bad in ["", "a.rs", "a.rs:1", "a.rs:0:1", "a.rs:1:0", "a.rs:x:1", ":1:1", "a.rs:1:99999999999"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
