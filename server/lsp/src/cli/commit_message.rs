//! `trust-lsp commit-message`

use super::git::{Place, exit};
use super::layers;
use super::own_model::Own;
use crate::repository::voice::{First, Voice, Words};
use crate::repository::{Asked, Tree, commit_message};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use trust_assist::commit::{Form, SIGNED, written};
use trust_changes::{Problem, Repository};
use trust_inference::CancelToken;
use trust_models::Task;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp commit-message                       for what is staged, in this repository's own style
  trust-lsp commit-message --amend --style plain
  trust-lsp commit-message --candidates 3 --json
  trust-lsp commit-message --split               which of it belongs together, with a message for each part
  trust-lsp commit-message --model qwen-7b       the description in that model's words
  trust-lsp commit-message --no-model            by code alone
  git commit -m \"$(trust-lsp commit-message)\"

Every name, path and number in a message is in the diff. A model that is configured and follows instructions words the
description (git.model), and is checked; the bundled one is not asked. Fields of --json: messages (a list of subject, body, type,
scope, source), parts (how many have nothing to do with each other), with --split groups (a list of files, message), of a model that
was asked model, notShown and note.";

/// How long a commit waits for its message: until when it is looked at what changed, and at the history, and when the commit
/// goes on in any case.
const LOOKING: Duration = Duration::from_millis(2_500);
const HOOK: Duration = Duration::from_secs(3);
/// In the hook a model has to be done a little before.
const SPARE: Duration = Duration::from_millis(200);
/// How long somebody who asks by hand waits for a model's words.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Args)]
pub struct CommitMessage {
    /// For what is staged. The default.
    #[arg(long, conflicts_with = "amend")]
    staged: bool,
    /// For the last commit together with what is staged.
    #[arg(long)]
    amend: bool,
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    style: Style,
    /// How many different messages.
    #[arg(long, visible_alias = "candidates", value_name = "N", default_value_t = 1)]
    count: usize,
    /// Propose how to split what is staged.
    #[arg(long)]
    split: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    /// Put the message into this file, unless it has one; the commit goes on in any case.
    #[arg(long, hide = true, value_name = "FILE")]
    hook: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    flags: layers::Flags,
}

impl CommitMessage {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Style {
    /// As most of the last 200 messages are.
    Auto,
    /// type(scope): description
    Conventional,
    Plain,
}

pub fn run(command: CommitMessage) -> ExitCode {
    if let Some(file) = command.hook.clone() {
        let comment =
            Repository::open(&command.place.folder).map_or_else(|_| "#".into(), |own| own.comment());
        let propose = || in_time((LOOKING, HOOK), move |cancel| propose(&command, cancel));
        // A commit goes on without a message of ours.
        if let Err(error) = fill(&file, &comment, propose) {
            eprintln!("trust-lsp: {error:#}");
        }
        return ExitCode::SUCCESS;
    }
    exit(propose(&command, &CancelToken::new()).map(|text| println!("{text}")))
}

/// Has a model asked as for a message, and says nothing of the answer.
///
/// # Errors
/// There is no repository, or nothing to commit.
pub fn asked(command: CommitMessage) -> anyhow::Result<()> {
    // What a model leaves unsaid is no news where none answers.
    propose(&CommitMessage { json: true, hook: None, ..command }, &CancelToken::new()).map(|_| ())
}

/// What comes of `work`, whose token is raised after the one time; after the other it is left to itself.
fn in_time<T: Send + 'static>(
    (soon, late): (Duration, Duration),
    work: impl FnOnce(&CancelToken) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, outcome) = channel();
    let cancel = CancelToken::new();
    let own = cancel.clone();
    std::thread::spawn(move || done.send(work(&own)));
    if let Ok(outcome) = outcome.recv_timeout(soon) {
        return outcome;
    }
    cancel.cancel();
    let outcome = outcome.recv_timeout(late.saturating_sub(soon));
    outcome.unwrap_or_else(|_| bail!("there was no message in time"))
}

fn propose(command: &CommitMessage, cancel: &CancelToken) -> anyhow::Result<String> {
    let form = match command.style {
        Style::Auto => None,
        Style::Conventional => Some(Form::Conventional),
        Style::Plain => Some(Form::Plain),
    };
    let count = command.count.max(1);
    let asked = Asked { amend: command.amend, form, count, split: command.split };
    let index = command.place.index();
    let tree = Tree { folder: &command.place.folder, index: index.as_deref() };
    let in_hook = command.hook.is_some();
    let deadline = Instant::now() + if in_hook { LOOKING.saturating_sub(SPARE) } else { PATIENCE };
    // In a hook nothing is loaded: an engine elsewhere may be quick enough.
    let model = |root: &Path| Own { flags: &command.flags, in_hook, task: Task::Chat }.load(root, deadline);
    let first: First<'_> = &|_| ();
    let voice = (!command.split).then_some((Voice { model: &model, deadline }, first));
    let proposal = commit_message(tree, asked, voice, cancel)?;
    let Some(best) = proposal.drafts.first() else {
        bail!("nothing is staged; `git add` what belongs in the commit");
    };
    if command.json {
        let groups: Vec<_> = proposal
            .groups
            .iter()
            .map(|(files, draft)| serde_json::json!({ "files": files, "message": draft }))
            .collect();
        let mut answer = serde_json::json!({ "messages": proposal.drafts, "parts": proposal.parts });
        let Words { model, not_shown, note } = &proposal.words;
        if model.is_some() || note.is_some() {
            answer["model"] = serde_json::json!(model);
            answer["notShown"] = serde_json::json!(not_shown);
            answer["note"] = serde_json::json!(note);
        }
        if command.split {
            answer["groups"] = groups.into();
        }
        return Ok(answer.to_string());
    }
    if command.split {
        if proposal.groups.len() < 2 {
            return Ok(format!("All of it belongs together:\n\n{}", best.message()));
        }
        let part = |(files, draft): &(Vec<String>, trust_assist::commit::Draft)| {
            let files: Vec<String> = files.iter().map(|file| format!("  {file}")).collect();
            format!("{}\n{}", draft.subject, files.join("\n"))
        };
        return Ok(proposal.groups.iter().map(part).collect::<Vec<_>>().join("\n\n"));
    }
    said(&proposal.words);
    if proposal.parts > 1 && !in_hook && std::io::stderr().is_terminal() {
        let parts = proposal.parts;
        eprintln!(
            "trust-lsp: {parts} parts of it have nothing to do with each other; --split has a message for each"
        );
    }
    let messages: Vec<String> = proposal.drafts.iter().map(trust_assist::commit::Draft::message).collect();
    Ok(messages.join("\n\n---\n\n"))
}

/// What there is to say of a model beside its words.
pub(super) fn said(words: &Words) {
    if let Some(note) = &words.note {
        let who = words.model.as_deref().unwrap_or("a model");
        eprintln!("trust-lsp: {who} has no say in this: {note}");
    }
    if !words.not_shown.is_empty() {
        eprintln!("trust-lsp: the model was not shown all of {}", words.not_shown.join(", "));
    }
}

/// Puts a message before what git wrote into the file of a commit that has none yet; otherwise none is made.
fn fill(file: &Path, comment: &str, propose: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    #[allow(clippy::disallowed_methods, reason = "git's own file, no workspace file")]
    let present = std::fs::read(file).with_context(|| file.display().to_string())?;
    // `git commit --signoff` has signed it already, and nothing else.
    let signed = |line: &[u8]| line.starts_with(SIGNED.as_bytes());
    if !written(&present, comment).all(signed) {
        return Ok(());
    }
    let message = propose()?;
    let twice = written(&present, comment).any(signed);
    let message: Vec<&str> = message.lines().filter(|line| !(twice && line.starts_with(SIGNED))).collect();
    let message = message.join("\n");
    let temporary = file.with_extension(format!("tmp-{}", std::process::id()));
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    new.write_all(message.trim_end().as_bytes())?;
    new.write_all(b"\n")?;
    new.write_all(&present)?;
    new.sync_all()?;
    std::fs::rename(&temporary, file).map_err(|error| Problem::Unreadable(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_no_longer_than_it_should() {
        let (soon, late) = (Duration::from_millis(50), Duration::from_millis(400));
        let wait = |cancel: &CancelToken| {
            while !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        assert_eq!(in_time((soon, late), |_| Ok("at once")).ok(), Some("at once"));
        let plainer = in_time((soon, late), move |cancel| {
            wait(cancel);
            Ok("plainer")
        });
        assert_eq!(plainer.ok(), Some("plainer"));
        let start = std::time::Instant::now();
        let never = in_time((soon, late), |_| -> anyhow::Result<()> {
            loop {
                std::thread::park();
            }
        });
        assert!(never.is_err() && start.elapsed() < Duration::from_secs(20));
    }
}
