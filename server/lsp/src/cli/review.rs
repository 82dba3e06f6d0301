//! `trust-lsp review`

use super::git::Place;
use super::layers;
use super::own_model::Own;
use crate::model_slot::Loaded;
use crate::repository::voice::judged;
use crate::repository::{Tree, changed_since, review_changes};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_assist::Changes;
use trust_assist::review::{
    Baseline, Finding, HouseRules, Judge, Judged, Options, RULES, Review, Severity, Since, report, rule,
};
use trust_changes::{Problem, Repository};
use trust_inference::CancelToken;
use trust_models::Task;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp review                                       what is staged
  trust-lsp review --base origin/main --fail-on warning  what this branch adds; exit code 3 for a finding
  trust-lsp review --base main --new-since 4f2c1ab       of it only what came after the commit that was reviewed last
  trust-lsp review --base main --format sarif > review.sarif
  trust-lsp review --base main --format rdjson | reviewdog -f=rdjson -reporter=github-pr-review
  trust-lsp review --base main --write-baseline known.txt, then --baseline known.txt
  trust-lsp review --base main --model qwen-7b           a model's findings too, marked as its own (model-says)
  trust-lsp review --explain new-panic                   what a rule means; `--explain all` for every one

A comment `trust-allow(RULE): reason` on the line, or on the one above, silences one finding.
Rules are switched off, and paths left out, in .trust/review.md of the revision that is compared with:
`- off: RULE`, `- warning: RULE` (or information, error), `- skip: FOLDER/, *.gen.ts`.
Exit codes: 0 done, 1 failed, 2 not understood, 3 a finding at or above --fail-on.";

/// How long a model may take to be loaded.
const PATIENCE: Duration = Duration::from_secs(120);
/// The exit code that a finding makes.
const FOUND: u8 = 3;

#[derive(Args)]
pub struct ReviewCommand {
    /// Everything since this branch or commit was left. Default: what is staged.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Report only what stands in lines that changed since this commit: the one that was reviewed last.
    #[arg(long, value_name = "REV", requires = "base")]
    new_since: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Fail where a finding is at least this severe.
    #[arg(long, value_enum, value_name = "LEVEL")]
    fail_on: Option<Level>,
    /// Report at most so many, the most severe.
    #[arg(long, value_name = "N")]
    max_findings: Option<usize>,
    /// A file of findings that are known, and not reported again.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings as known to this new file, those too that are not reported.
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Say what a rule means.
    #[arg(long, value_name = "RULE", exclusive = true)]
    explain: Option<String>,
    /// Ask a model too: that of the configuration, or the one that `--model` names.
    #[arg(long)]
    ask_model: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    flags: layers::Flags,
}

impl ReviewCommand {
    pub fn flags(&self) -> &layers::Flags {
        &self.flags
    }

    /// Whoever names a model wants it asked.
    pub fn asks_a_model(&self) -> bool {
        self.ask_model || self.flags.names_a_model()
    }

    fn loaded(&self, tree: Tree) -> anyhow::Result<Arc<Loaded>> {
        let root = Repository::open(tree.folder)?.root().to_owned();
        let own = Own { flags: &self.flags, in_hook: false, task: Task::Review };
        own.demand(&root, Instant::now() + PATIENCE).map_err(anyhow::Error::msg)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Markdown,
    Json,
    Sarif,
    Rdjson,
    Rdjsonl,
    Github,
    Gitlab,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Information,
    Warning,
    Error,
}

pub fn run(command: ReviewCommand) -> ExitCode {
    if let Some(id) = &command.explain {
        return explain(id);
    }
    match review(&command) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(FOUND),
        Err(error) => {
            eprintln!("trust-lsp: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn explain(id: &str) -> ExitCode {
    if id == "all" {
        RULES.iter().for_each(|rule| println!("{}\n", rule.documentation()));
        return ExitCode::SUCCESS;
    }
    let Some(rule) = rule(id) else {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        eprintln!("trust-lsp: there is no rule `{id}`; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    println!("{}", rule.documentation());
    ExitCode::SUCCESS
}

/// Has a model asked as for a review, and says nothing of the answer.
///
/// # Errors
/// There is no repository, no such revision, or no model that could be asked.
pub fn asked(command: ReviewCommand) -> anyhow::Result<()> {
    reviewed(&ReviewCommand { ask_model: true, ..command }).map(|_| ())
}

fn reviewed(command: &ReviewCommand) -> anyhow::Result<Review> {
    let mut options = Options { max_findings: command.max_findings, ..Options::default() };
    if let Some(path) = &command.baseline {
        #[allow(clippy::disallowed_methods, reason = "a file that the user named, no workspace file")]
        let text = std::fs::read_to_string(path);
        options.baseline = Baseline::parse(&text.with_context(|| path.display().to_string())?);
    }
    let index = command.place.index().filter(|_| command.base.is_none());
    let tree = Tree { folder: &command.place.folder, index: index.as_deref() };
    let cancel = CancelToken::new();
    if let Some(last) = &command.new_since {
        options.since = since(tree, last, &cancel)?;
    }
    let loaded = if command.asks_a_model() { Some(command.loaded(tree)?) } else { None };
    let failed = Cell::new(None);
    let judge = |changes: &Changes, house: &HouseRules| {
        let found = loaded.as_ref().map(|loaded| judged(loaded, changes, house, &cancel));
        found.unwrap_or(Ok(Judged::default())).unwrap_or_else(|reason| {
            failed.set(Some(reason));
            Judged::default()
        })
    };
    let judge = loaded.is_some().then_some(&judge as Judge<'_>);
    let review = review_changes(tree, command.base.as_deref(), options, judge, &cancel)?;
    if let Some(reason) = failed.take() {
        bail!("the model did not review: {reason}");
    }
    Ok(review)
}

/// True where a finding is severe enough to fail.
fn review(command: &ReviewCommand) -> anyhow::Result<bool> {
    let review = reviewed(command)?;
    if let Some(path) = &command.write_baseline {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        let file = file.as_mut().map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        std::io::Write::write_all(file, Baseline::write(&review).as_bytes())?;
    }
    print(&review, command.format);
    let least = command.fail_on.map(|level| match level {
        Level::Information => Severity::Information,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    });
    Ok(least.is_some_and(|least| review.findings.iter().any(|finding: &Finding| finding.severity >= least)))
}

/// What changed since a commit was reviewed; all counts where it is gone, as after a forced push.
fn since(tree: Tree, last: &str, cancel: &CancelToken) -> anyhow::Result<Option<Since>> {
    match changed_since(tree, last, cancel) {
        Ok(since) => Ok(Some(since)),
        Err(Problem::NoRevision(_)) => {
            eprintln!("trust-lsp: {last} is no commit here, so all is reviewed");
            Ok(None)
        }
        Err(problem) => Err(problem.into()),
    }
}

fn print(review: &Review, format: Format) {
    match format {
        Format::Markdown => print!("{}", report::markdown(review)),
        Format::Json => println!("{}", report::json(review)),
        Format::Sarif => println!("{}", report::sarif(review, env!("CARGO_PKG_VERSION"))),
        Format::Rdjson => println!("{}", report::rdjson(review)),
        Format::Rdjsonl => print!("{}", report::rdjsonl(review)),
        Format::Github => print!("{}", report::github(review)),
        Format::Gitlab => println!("{}", report::gitlab(review)),
    }
}
