//! `trust-lsp edit ACTION FILE:LINE`: what code actions do in an editor, at a terminal.

use super::asking::Terminal;
use super::chat::Interrupts;
use super::{layers, log};
use crate::acting::{OpenTexts, Performed, Site, perform};
use crate::assistant::Assistant;
use crate::model_slot::{ModelChoice, ModelState};
use crate::root;
use crate::setup::model_setup;
use crate::stats::Fate;
use crate::tools::{engine_of, model_edit};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use trust_assist::actions::{Changed, Made, Wish};
use trust_grammars::Language;
use trust_index::FileBroker;
use trust_models::Task;
use trust_text::{Encoding, Position, Text};
use trust_tools::{Class, Failure, Plan, unified};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp edit test src/parse.rs:12              tests for the symbol there, where its language keeps them
  trust-lsp edit annotate tools/build.py:30        type annotations, and nothing else (Python, TypeScript)
  trust-lsp edit name src/parse.rs:12:9            a better name for what is called so, wherever it is meant
  trust-lsp edit code src/parse.rs:20              the code that the comment there announces
  trust-lsp edit rewrite src/parse.rs:12 'return an iterator'
  trust-lsp edit document src/parse.rs:12 --dry-run      show the difference, change nothing
  trust-lsp edit simplify src/parse.rs:12 --allow edit   ask nobody
  trust-lsp edit test src/parse.rs:12 --json --dry-run | jq -r '.changes[].diff'

Needs a model that follows instructions; the bundled one completes code and does not. Its answer is parsed and checked, and
it is asked again twice at most. Fields of --json: action, attempts, written, changes (path, created, diff).";

/// How long the index may take.
const INDEX: Duration = Duration::from_secs(120);

#[derive(Args)]
pub struct Command {
    /// document, simplify, rewrite, fix, annotate, code, name or test.
    action: String,
    /// Where: counted from 1, the column in characters; without one, where the line's text begins.
    #[arg(value_name = "FILE:LINE[:COL]")]
    place: At,
    /// What is to be done, for `rewrite`; what is wrong, for `fix`.
    instruction: Option<String>,
    /// Show the difference and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Permit this without asking.
    #[arg(long, value_enum, value_name = "CLASS")]
    allow: Option<Allowed>,
    /// The project's folder. Default: the nearest folder above the file that looks like one.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Print a JSON object.
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
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct At {
    file: PathBuf,
    line: u32,
    column: Option<u32>,
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u32>().ok().and_then(|n| n.checked_sub(1));
        let wrong = "expected FILE:LINE or FILE:LINE:COL, with line and column counted from 1";
        let (rest, last) = text.rsplit_once(':').ok_or(wrong)?;
        let last = number(last).ok_or(wrong)?;
        let (file, line, column) = match rest.rsplit_once(':').map(|(file, line)| (file, number(line))) {
            Some((file, Some(line))) => (file, line, Some(last)),
            _ => (rest, last, None),
        };
        if file.is_empty() { Err(wrong.into()) } else { Ok(Self { file: file.into(), line, column }) }
    }
}

impl Command {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

pub fn run(command: Command) -> ExitCode {
    super::end(command.log.start().and_then(|()| edit(&command)))
}

fn edit(command: &Command) -> anyhow::Result<()> {
    let wish = Wish::of(&command.action, command.instruction.as_deref().unwrap_or_default());
    let wish = wish.map_err(anyhow::Error::msg)?;
    if command.instruction.is_some() && wish.instruction().is_empty() {
        bail!("`{}` takes no instruction; `rewrite` does what it is told", wish.word());
    }
    let named = || command.place.file.display().to_string();
    let path = command.place.file.canonicalize().with_context(named)?;
    let root = match &command.root {
        Some(root) => root.canonicalize().with_context(|| root.display().to_string())?,
        None => root::of(&path).with_context(|| {
            format!("{}: the home folder is no project; --root names the folder that is meant", named())
        })?,
    };
    let source = FileBroker::new(vec![root.clone()]).read(&path).with_context(named)?;
    let text = Text::new(&source);
    if command.place.line as usize >= text.line_count() {
        bail!("{} has {} lines", named(), text.line_count());
    }
    let language =
        Language::from_path(&path).with_context(|| format!("{}: its language is not known", named()))?;
    let line = source.split('\n').nth(command.place.line as usize).unwrap_or_default();
    let first = line.chars().take_while(|c| c.is_whitespace()).count() as u32;
    let column = command.place.column.unwrap_or(first);
    let offset = text.offset(Position::new(command.place.line, column), Encoding::Utf32);
    let assistant = ready(&command.flags, &root)?;
    let site = Site { path, language, text: source.into(), version: None, selection: offset..offset };
    let interrupts = Interrupts::until_undone()?;
    let made = interrupts.during(|cancel| perform(&assistant, &wish, &site, &OpenTexts::default(), cancel));
    let performed: Performed = made.map_err(anyhow::Error::msg)?;
    let made = &performed.made;
    let plan = Plan { changes: made.changes.iter().map(Changed::change).collect() };
    if command.dry_run {
        if !command.json {
            print!("{}", unified(&plan.changes));
        }
    } else {
        let engine = engine_of(assistant.index(), &root)?;
        let offered = performed.offer();
        let permitted = command.allow.map(|Allowed::Edit| Class::Edit).into_iter().collect();
        let done = interrupts
            .during(|cancel| engine.carry_out(&model_edit(), &plan, &Terminal { permitted }, cancel));
        match &done {
            Ok(_) => offered.fared(Fate::Accepted),
            Err(Failure::Denied { .. }) => offered.fared(Fate::Rejected),
            Err(_) => {}
        }
        done.map_err(|failure| {
            anyhow::anyhow!("{failure} (`--dry-run` only shows it, `--allow edit` permits it without asking)")
        })?;
        if !command.json {
            for change in &made.changes {
                println!("{}{}", if change.before.is_none() { "made " } else { "changed " }, change.shown);
            }
        }
    }
    if command.json {
        println!("{}", told(&wish, made, !command.dry_run));
    }
    Ok(())
}

fn told(wish: &Wish, made: &Made, written: bool) -> serde_json::Value {
    let change = |change: &Changed| {
        let diff = unified(&[change.change()]);
        json!({ "path": change.shown, "created": change.before.is_none(), "diff": diff })
    };
    let changes: Vec<_> = made.changes.iter().map(change).collect();
    json!({ "action": wish.word(), "attempts": made.attempts, "written": written, "changes": changes })
}

/// The folder's index, and a model that follows instructions.
pub fn ready(flags: &layers::Flags, root: &std::path::Path) -> anyhow::Result<Arc<Assistant>> {
    let settings = flags.settings(vec![root.to_owned()], None);
    crate::net::obey(&settings.privacy);
    let setup = model_setup(&settings, flags.scripted(), Task::Chat);
    if matches!(setup.choice, ModelChoice::Bundled) && !settings.actions_bundled_model {
        bail!(
            "the bundled model completes code and was not made to follow instructions; `model.chat` or --model names a \
             model that can (`trust-lsp models list`)"
        );
    }
    let assistant = Assistant::new(vec![root.to_owned()], &setup.into(), Arc::new(|| ()));
    assistant.model().load(None);
    match assistant.model().state().as_ref() {
        ModelState::Failed(reason) => bail!("no model can be asked: {reason}"),
        ModelState::None => bail!("no model is in use; `model.chat` or --model names one"),
        _ => {}
    }
    if !assistant.index().wait_ready(INDEX) {
        bail!("{} takes too long to be indexed", root.display());
    }
    Ok(assistant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_lines_and_may_have_columns() {
        let at = |file: &str, line, column| Ok(At { file: file.into(), line, column });
        assert_eq!("a.rs:3".parse(), at("a.rs", 2, None));
        assert_eq!("a.rs:3:9".parse(), at("a.rs", 2, Some(8)));
        assert_eq!("C:a.rs:3".parse(), at("C:a.rs", 2, None));
        for bad in ["a.rs", "a.rs:0", ":3", "a.rs:x", "a.rs:3:0", ""] {
            assert!(bad.parse::<At>().is_err(), "{bad}");
        }
    }
}
