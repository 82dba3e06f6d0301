//! The command line. *Invariant:* what a command was asked for goes to stdout, everything else to stderr;
//! exit codes are 0 for done, 1 for failed, 2 for a command that was not understood, 3 for a
//! review that found what it was told to fail on.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where the command line prints")]

mod acp;
mod action;
mod asking;
mod audit;
mod chat;
mod commit_message;
mod complete;
mod config;
mod confirm;
mod consent;
mod diff;
mod doctor;
mod door;
mod edit;
mod gate;
mod git;
mod history;
mod hook;
mod index;
pub mod layers;
mod log;
mod map;
mod mcp;
mod meter;
mod models;
mod navigate;
mod own_model;
mod pager;
mod pr;
mod preview;
mod privacy;
mod profile;
mod review;
mod search;
mod stats;
mod team;
mod tool;
mod workflow;
mod workspace;

use crate::audit as log_of_use;
use crate::net;
use crate::server::{ServeOptions, serve};
use crate::setup::{use_index_threads, use_secret_rules};
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use trust_audit::By;
use trust_config::{Config, Place};

const EXAMPLES: &str = "\
Examples:
  trust-lsp --stdio                         serve an editor (what editors run)
  trust-lsp complete src/main.rs:12:9       complete at line 12, column 9
  trust-lsp complete src/main.rs:12:9 --json
  trust-lsp diff explain --staged           say what would be committed, symbol by symbol
  trust-lsp commit-message                  propose a message for it
  trust-lsp history src/main.rs:12          how what stands there came to be
  trust-lsp review --base origin/main       what a reviewer would point at first
  trust-lsp chat 'where is Widget used?'    ask about this project: cited places first, then a model's words
  trust-lsp edit test src/main.rs:12        have a model write tests for what stands there
  trust-lsp search Widget                   find what is called so
  trust-lsp map --tokens 2000               what a project leans on, in so many tokens
  trust-lsp tool list                       what models and agents may have done, and by hand
  trust-lsp workflow list                   steps of models, tools and verifiers (docs/workflows.md)
  trust-lsp mcp                             serve an agent such as Claude Code (docs/agents.md)
  trust-lsp acp                             be the agent of Zed, JetBrains or Neovim (docs/agents.md)
  trust-lsp index --stats                   how large a project is, and how long its index takes
  trust-lsp stats                           how many completions were shown, accepted and kept
  trust-lsp config show --origin            what is configured, and where each value comes from
  trust-lsp audit verify                    what was recorded here, and whether anybody has changed it
  trust-lsp privacy status                  what could leave this machine, and by which route
  trust-lsp models list                     the models that there are, and which one is used, and why
  trust-lsp doctor                          say what works here and what does not
  trust-lsp --stdio --model ~/qwen.gguf     use another model than the bundled one

Environment:
  RUST_LOG          what to log, such as `debug` or `trust_complete=debug` (default: warn)
  TRUST_LSP_...     every key of the configuration, such as TRUST_LSP_STATISTICS=false (docs/configuration.md)
  XDG_CACHE_HOME    where the bundled model, indexes and other things that can be made again are kept";

/// A language server that completes code with a model inside its own process. It has no network code.
#[derive(Parser)]
#[command(name = "trust-lsp", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Args)]
struct Serve {
    /// Serve an editor on standard input and output. The default when those are not a terminal.
    #[arg(long)]
    stdio: bool,
    #[command(flatten)]
    flags: layers::Flags,
    #[command(flatten)]
    log: log::Log,
    #[arg(long, hide = true)]
    debug_requests: bool,
    #[arg(long, hide = true, default_value_t = 20_000)]
    kept_after_ms: u64,
    #[arg(long, hide = true, default_value_t = 500)]
    progress_after_ms: u64,
    /// Some clients append the id of their process; it comes with `initialize` too.
    #[arg(long = "clientProcessId", hide = true)]
    client_process_id: Option<u32>,
}

#[derive(Subcommand)]
enum Command {
    /// Complete at one place of a file.
    #[command(after_help = complete::EXAMPLES)]
    Complete(complete::Complete),
    /// Ask about a project: a conversation in the terminal, or one question.
    #[command(after_help = chat::EXAMPLES)]
    Chat(chat::Command),
    /// Have a model edit a symbol, a comment's code or a name, or write tests; it is shown, and you are asked.
    #[command(after_help = action::EXAMPLES)]
    Edit(action::Command),
    /// Say what changed in git, symbol by symbol.
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Diff),
    /// Say how a symbol came to be, commit by commit.
    #[command(after_help = history::EXAMPLES)]
    History(history::History),
    /// Propose a commit message in the repository's own voice.
    #[command(after_help = commit_message::EXAMPLES)]
    CommitMessage(commit_message::CommitMessage),
    /// Review what is staged, or what a branch adds, by rules alone.
    #[command(after_help = review::EXAMPLES)]
    Review(review::ReviewCommand),
    /// Describe a pull request.
    #[command(after_help = pr::EXAMPLES)]
    Pr(pr::Pr),
    /// Set up git.
    #[command(after_help = git::EXAMPLES)]
    Git(git::Git),
    /// Index a folder, so that the next start is warm; say what is in it.
    #[command(after_help = index::EXAMPLES)]
    Index(index::Command),
    /// Find definitions by name, or lines by the names in them.
    #[command(after_help = search::EXAMPLES)]
    Search(search::Command),
    /// What the gate believes that shows completions or stays quiet.
    #[command(after_help = gate::EXAMPLES)]
    Gate(gate::Command),
    /// How completions fare on this machine: shown, accepted, kept, rejected.
    #[command(after_help = stats::EXAMPLES)]
    Stats(stats::Stats),
    /// Where the name at one place of a file is defined.
    #[command(after_help = navigate::EXAMPLES)]
    Definition(navigate::Command),
    /// Where it is used.
    #[command(after_help = navigate::EXAMPLES)]
    References(navigate::Command),
    /// A map of a project: the files and signatures that the rest leans on.
    #[command(after_help = map::EXAMPLES)]
    Map(map::Command),
    /// The tools that models and agents call, by hand.
    #[command(after_help = tool::EXAMPLES)]
    Tool(tool::Command),
    /// Steps of models, tools and verifiers that were written down: list, show, run.
    #[command(after_help = workflow::EXAMPLES)]
    Workflow(workflow::Command),
    /// Serve the tools that read to an agent (Model Context Protocol).
    #[command(after_help = mcp::EXAMPLES)]
    Mcp(mcp::Command),
    /// Serve as an agent to an editor that has a panel for agents (Agent Client Protocol).
    #[command(after_help = acp::EXAMPLES)]
    Acp(acp::Command),
    /// The models that there are: list, import, check, choose, and say what they are.
    #[command(after_help = models::EXAMPLES)]
    Models(models::Command),
    /// Show, set and check the configuration.
    #[command(after_help = config::EXAMPLES)]
    Config(config::Command),
    /// Named sets of configuration, and the one in use.
    #[command(after_help = profile::EXAMPLES)]
    Profile(profile::Command),
    /// What your team configured, and whether it is what was signed.
    #[command(after_help = team::EXAMPLES)]
    Team(team::Command),
    /// Which workspaces may set all of the configuration.
    #[command(after_help = workspace::EXAMPLES)]
    Workspace(workspace::Command),
    /// What was asked of this program on this machine, so that changing it shows.
    #[command(after_help = audit::EXAMPLES)]
    Audit(audit::Command),
    /// What could leave this machine, and what keeps it here.
    #[command(after_help = privacy::EXAMPLES)]
    Privacy(privacy::Command),
    /// Answer behind the door that `trust-net serve` keeps, which starts this.
    #[command(hide = true)]
    Door(door::Command),
    /// Say what works on this machine, what is missing, and what to do about it.
    Doctor(doctor::Doctor),
}

/// How long a command waits for the audit log to be written.
const RECORDED: Duration = Duration::from_secs(3);

pub fn main() -> ExitCode {
    let code = run(parsed());
    log_of_use::finish(RECORDED);
    code
}

/// What was typed; a mistake is answered by names of commands that people may know.
fn parsed() -> Cli {
    Cli::try_parse().unwrap_or_else(|mut error| {
        let hidden: Vec<String> = Cli::command()
            .get_subcommands()
            .filter(|command| command.is_hide_set())
            .map(|command| command.get_name().to_owned())
            .collect();
        let shown = match error.remove(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::String(name)) => vec![name],
            Some(ContextValue::Strings(names)) => names,
            _ => Vec::new(),
        };
        let shown: Vec<String> = shown.into_iter().filter(|name| !hidden.contains(name)).collect();
        if !shown.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(shown));
        }
        error.exit()
    })
}

/// Whoever reads the beginning of an answer and leaves (`| head`) is not told of a panic: it ends as by the signal that
/// says so elsewhere.
#[allow(clippy::exit, reason = "a panic hook has nobody to return to")]
fn end_with_the_reader() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(128 + 13);
        }
        report(panic);
    }));
}

fn run(cli: Cli) -> ExitCode {
    // What sends, where something may be sent, is started while it can still be given the right to.
    if let Some((purpose, flags)) = sends(&cli) {
        net::start(purpose, &flags.inputs(Vec::new()));
    }
    // Before there is a thread, and before a byte is read of what is not ours. The editor that `config edit` opens is the
    // user's own program, and would have to live without sockets too.
    if !matches!(&cli.command, Some(Command::Config(command)) if command.opens_an_editor()) {
        trust_sandbox::refuse_sockets();
    }
    // A server reads its configuration when its client has said what its folders are.
    if cli.command.is_some() {
        end_with_the_reader();
        let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
        let settings = config.settings(Place::default());
        // The other commands know flags that say more of it, and see to it themselves.
        if matches!(cli.command, Some(Command::Models(_))) {
            net::obey(&settings.privacy);
        }
        use_index_threads(&settings);
        if let Err(message) = use_secret_rules(&settings) {
            eprintln!("trust-lsp: {message}");
        }
        let by = if matches!(cli.command, Some(Command::Mcp(_))) { By::Agent } else { By::Person };
        let client = concat!("trust-lsp ", env!("CARGO_PKG_VERSION"), " on a command line");
        let trouble = Arc::new(|trouble| eprintln!("trust-lsp: {}", log_of_use::words(&trouble)));
        log_of_use::start(&settings, (client.into(), by), workspace::here().into_iter().next(), trouble);
    }
    match cli.command {
        Some(Command::Complete(command)) => complete::run(command),
        Some(Command::Chat(command)) => chat::run(command),
        Some(Command::Edit(command)) => action::run(command),
        Some(Command::Diff(command)) => diff::run(command),
        Some(Command::History(command)) => history::run(command),
        Some(Command::CommitMessage(command)) => commit_message::run(command),
        Some(Command::Review(command)) => review::run(command),
        Some(Command::Pr(command)) => pr::run(command),
        Some(Command::Git(command)) => git::run(command),
        Some(Command::Index(command)) => index::run(command),
        Some(Command::Search(command)) => search::run(command),
        Some(Command::Definition(command)) => navigate::definition(command),
        Some(Command::References(command)) => navigate::references(command),
        Some(Command::Map(command)) => map::run(command),
        Some(Command::Gate(command)) => gate::run(command),
        Some(Command::Stats(command)) => stats::run(command),
        Some(Command::Tool(command)) => tool::run(command),
        Some(Command::Workflow(command)) => workflow::run(command),
        Some(Command::Mcp(command)) => mcp::run(command),
        Some(Command::Acp(command)) => acp::run(command),
        Some(Command::Models(command)) => models::run(command),
        Some(Command::Config(command)) => config::run(command),
        Some(Command::Profile(command)) => profile::run(command),
        Some(Command::Team(command)) => team::run(command),
        Some(Command::Workspace(command)) => workspace::run(command),
        Some(Command::Audit(command)) => audit::run(command),
        Some(Command::Privacy(command)) => privacy::run(command),
        Some(Command::Door(command)) => door::run(command),
        Some(Command::Doctor(command)) => doctor::run(command),
        None => run_server(cli.serve),
    }
}

/// What `trust-net` would be started for, if anything.
fn sends(cli: &Cli) -> Option<(net::Purpose, layers::Flags)> {
    match &cli.command {
        Some(Command::Models(command)) => {
            command.needs_the_net().then(|| (net::Purpose::Command, layers::Flags::default()))
        }
        Some(Command::Chat(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Complete(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Edit(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::CommitMessage(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Diff(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Review(command)) => {
            command.asks_a_model().then(|| (net::Purpose::Model, command.flags().clone()))
        }
        Some(Command::Workflow(command)) => command.flags().map(|flags| (net::Purpose::Model, flags.clone())),
        Some(Command::Acp(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Doctor(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Door(command)) => Some((net::Purpose::Model, command.flags().clone())),
        Some(Command::Privacy(command)) => command.previews().map(|flags| (net::Purpose::Model, flags)),
        None => Some((net::Purpose::Model, cli.serve.flags.clone())),
        _ => None,
    }
}

/// The exit code of a command, and on stderr what went wrong.
fn end(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust-lsp: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_server(options: Serve) -> ExitCode {
    if !options.stdio && std::io::stdin().is_terminal() {
        eprintln!(
            "trust-lsp is a language server: an editor starts it and talks to it.\n\
             To try it by hand: trust-lsp complete FILE:LINE:COLUMN. To check this machine: trust-lsp doctor.\n\
             All commands: trust-lsp --help"
        );
        return ExitCode::from(2);
    }
    if let Err(error) = options.log.start() {
        eprintln!("trust-lsp: {error:#}");
        return ExitCode::FAILURE;
    }
    if let trust_sandbox::State::Unprotected(reason) = trust_sandbox::state() {
        tracing::warn!(%reason, "sockets are not refused to this process; none is opened all the same");
    }
    serve(ServeOptions {
        inputs: options.flags.inputs(Vec::new()),
        scripted: options.flags.scripted(),
        debug_requests: options.debug_requests,
        kept_after: Duration::from_millis(options.kept_after_ms),
        progress_after: Duration::from_millis(options.progress_after_ms),
    })
}
