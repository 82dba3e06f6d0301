//! `trust-lsp diff explain`

use super::git::{Place, exit};
use super::layers;
use super::own_model::{Own, loaded};
use super::pager::Screen;
use crate::repository::voice::Voice;
use crate::repository::{Tree, changes, in_words};
use crate::setup::ModelSetup;
use clap::{Args, Subcommand, ValueEnum};
use std::cell::Cell;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_assist::{Changes, explain};
use trust_changes::{Problem, Repository, Scope};
use trust_inference::CancelToken;
use trust_models::Task;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp diff explain                    what is changed and not staged
  trust-lsp diff explain --staged           what would be committed
  trust-lsp diff explain --staged --callers and who still calls what it renamed or gave other parameters
  trust-lsp diff explain HEAD~3..HEAD       two revisions; A...B counts from where the branches part
  trust-lsp diff explain v1.2 --format markdown
  trust-lsp diff explain --format json | jq '.files[].symbols[]?.sentence'

A sentence for every symbol, made from the facts. A model that is configured and follows instructions says beside it what a
change is for, where it is sure (git.model; --no-model leaves it out); the bundled one is not asked. What the ignore rules and secret names exclude is named at most.";

/// How long a model's words are waited for.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Args)]
pub struct Diff {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what changed, symbol by symbol.
    #[command(after_help = EXAMPLES)]
    Explain(Explain),
}

#[derive(Args)]
pub struct Explain {
    /// A commit, or two revisions. Default: what is changed and not staged.
    #[arg(value_name = "REV[..REV]", conflicts_with = "staged")]
    revisions: Option<String>,
    /// What would be committed.
    #[arg(long, visible_alias = "cached")]
    staged: bool,
    /// Look through all tracked files for calls that what changed leaves behind.
    #[arg(long)]
    callers: bool,
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
    /// Print everything at once.
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    flags: layers::Flags,
}

impl Diff {
    pub fn flags(&self) -> &layers::Flags {
        let Command::Explain(command) = &self.command;
        &command.flags
    }
}

impl Explain {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }

    /// Which model is asked, if one is.
    fn model(&self, root: &Path) -> Option<ModelSetup> {
        Own { flags: &self.flags, in_hook: false, task: Task::Chat }.chosen(root)
    }

    fn scope(&self) -> Scope {
        match &self.revisions {
            Some(revisions) => Scope::parse(revisions),
            None if self.staged => Scope::Staged,
            None => Scope::Unstaged,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Markdown,
    Json,
}

pub fn run(command: Diff) -> ExitCode {
    let Command::Explain(command) = command.command;
    exit(explain(&command))
}

/// Has a model asked as for an explanation, and says nothing of the answer.
///
/// # Errors
/// There is no repository, or no such revision.
pub fn asked(command: &Explain) -> anyhow::Result<()> {
    let (scope, cancel) = (command.scope(), CancelToken::new());
    let index = command.place.index().filter(|_| scope == Scope::Staged);
    let tree = Tree { folder: &command.place.folder, index: index.as_deref() };
    let changes = changes(tree, scope, false, None, &cancel, &|_, _, _| ())?;
    said(tree, &changes, command.model(Repository::open(tree.folder)?.root()), &cancel, &mut |_, _| ())
        .map(|_| ())
}

fn explain(command: &Explain) -> anyhow::Result<()> {
    let scope = command.scope();
    let index = command.place.index().filter(|_| scope == Scope::Staged);
    let tree = Tree { folder: &command.place.folder, index: index.as_deref() };
    let cancel = CancelToken::new();
    // The repository is asked for first: where there is none, nobody wants to hear of models.
    let repository = Repository::open(tree.folder)?;
    let model = command.model(repository.root());
    let screen = || Screen::open(!command.no_pager, repository.pager(), &cancel);
    if command.format == Format::Terminal && model.is_none() {
        return running(command, tree, scope, screen(), &cancel);
    }
    let changes = changes(tree, scope, command.callers, None, &cancel, &|_, _, _| ())?;
    if command.format == Format::Terminal {
        return shown(tree, &changes, model, screen(), &cancel);
    }
    let words = said(tree, &changes, model, &cancel, &mut |_, _| ())?;
    match command.format {
        Format::Json => {
            explain::write_json(&changes, words.as_ref(), &mut BufWriter::new(std::io::stdout().lock()))?;
        }
        _ => print!("{}", explain::markdown(&changes, words.as_ref())),
    }
    Ok(())
}

/// Each file as soon as it is compared.
fn running(
    command: &Explain,
    tree: Tree,
    scope: Scope,
    screen: Screen,
    cancel: &CancelToken,
) -> anyhow::Result<()> {
    let running = explain::Running::of(&scope, screen.has_colours());
    let told = Mutex::new((running, screen));
    let found = changes(tree, scope, command.callers, None, cancel, &|file, _, _| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let (running, screen) = &mut *told;
        let text = running.file(file);
        screen.show(&text);
    });
    let (running, mut screen) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Ok(changes) = &found {
        screen.show(&running.tail(changes));
    }
    screen.close();
    match found {
        Err(Problem::Cancelled) => Ok(()),
        found => Ok(found.map(drop)?),
    }
}

/// Each file as soon as a model has said what it says of it and those before it.
fn shown(
    tree: Tree,
    changes: &Changes,
    model: Option<ModelSetup>,
    mut screen: Screen,
    cancel: &CancelToken,
) -> anyhow::Result<()> {
    let page = explain::Page::of(changes, screen.has_colours());
    screen.show(&page.head());
    let (mut next, all) = (0, changes.files.len());
    let words = said(tree, changes, model, cancel, &mut |at, words| {
        screen.show(&page.file(at, Some(words)));
        next = at + 1;
    });
    let words = match words {
        Ok(words) => words,
        Err(error) => {
            screen.close();
            return if cancel.is_cancelled() { Ok(()) } else { Err(error) };
        }
    };
    (next..all).for_each(|at| screen.show(&page.file(at, words.as_ref())));
    screen.show(&page.tail(words.as_ref()));
    screen.close();
    Ok(())
}

/// What a model says, where one is to be asked.
fn said(
    tree: Tree,
    changes: &Changes,
    model: Option<ModelSetup>,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(usize, &explain::Words),
) -> anyhow::Result<Option<explain::Words>> {
    let (model, deadline) = (Cell::new(model), Instant::now() + PATIENCE);
    let model = |root: &Path| model.take().map(|setup| loaded(setup, root, deadline)).transpose();
    Ok(in_words(tree, changes, &Voice { model: &model, deadline }, cancel, tell)?)
}
