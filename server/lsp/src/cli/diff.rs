//! `trust-lsp diff explain`

use super::git::{Place, exit};
use super::pager::page;
use crate::repository::{Tree, changes};
use clap::{Args, Subcommand, ValueEnum};
use std::io::{BufWriter, IsTerminal};
use std::process::ExitCode;
use trust_assist::explain;
use trust_changes::Scope;
use trust_inference::CancelToken;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp diff explain                    what is changed and not staged
  trust-lsp diff explain --staged           what would be committed
  trust-lsp diff explain --staged --callers and who still calls what it renamed or gave other parameters
  trust-lsp diff explain HEAD~3..HEAD       two revisions; A...B counts from where the branches part
  trust-lsp diff explain v1.2 --format markdown
  trust-lsp diff explain --format json | jq '.files[].symbols[]?.sentence'

A sentence for every symbol, made from the facts. What the ignore rules and secret names exclude is named at most.";

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
struct Explain {
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

fn explain(command: &Explain) -> anyhow::Result<()> {
    let scope = match &command.revisions {
        Some(revisions) => Scope::parse(revisions),
        None if command.staged => Scope::Staged,
        None => Scope::Unstaged,
    };
    let index = command.place.index().filter(|_| scope == Scope::Staged);
    let tree = Tree { folder: &command.place.folder, index: index.as_deref() };
    let changes = changes(tree, scope, command.callers, None, &CancelToken::new(), &|_, _, _| ())?;
    let terminal = std::io::stdout().is_terminal();
    match command.format {
        Format::Json => explain::write_json(&changes, &mut BufWriter::new(std::io::stdout().lock()))?,
        Format::Markdown => print!("{}", explain::markdown(&changes, &|_| None)),
        Format::Terminal => {
            let text = explain::terminal(&changes, terminal, &|_| None);
            if !terminal || command.no_pager || !page(&text) {
                print!("{text}");
            }
        }
    }
    Ok(())
}
