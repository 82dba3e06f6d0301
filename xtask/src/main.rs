//! Every chore of the project. `cargo xtask` alone explains them.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool for developers"
)]

mod apart;
mod bench;
mod debian;
mod demo;
mod docs;
mod editors;
mod emacs;
mod engines;
mod fuzz;
mod in_editors;
mod introductions;
mod kakoune;
mod memory;
mod new_language;
mod paint;
mod peer;
mod positions;
mod privacy;
mod reopen;
mod requirements;
mod session;
mod sessions;
mod settings;
mod soak;
mod statistics;
mod switch;
mod tally;
mod terminal;
mod test;
mod tools;
mod version;
mod vscode;
mod vsix;
mod workspace;
mod zed;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use paint::Paint;
use std::path::PathBuf;
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Every chore of the project", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    chore: Option<Chore>,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the server and watch it complete code of this repository
    Demo {
        /// Use the binary of an earlier build
        #[arg(long)]
        no_build: bool,
    },
    /// Run every check and test; the last line counts them
    Test {
        /// Only formatting, lints and the Rust unit tests
        #[arg(long)]
        quick: bool,
        /// Only these steps (repeatable)
        #[arg(long, value_name = "STEP", conflicts_with = "quick")]
        only: Vec<test::Step>,
        /// Drive these editors
        #[arg(long, value_enum, default_value_t)]
        editors: test::Editors,
    },
    /// Measure
    Bench {
        #[command(subcommand)]
        subject: Subject,
    },
    /// Begin a language that the index is to understand: its folder in grammars, ready to be filled
    NewLanguage {
        /// In lower case, as its folder and its grammar are called
        name: String,
    },
    /// Write what is made from the table of the configuration's keys: its page, its schema, the settings of VS Code
    Settings,
    /// Build the book of the documentation with mdBook, which is installed into the target folder where there is none
    Docs {
        /// Show it in a browser
        #[arg(long)]
        open: bool,
    },
    /// Pack the VS Code extension for this platform, with the programs in it, which are built for release
    Vsix {
        /// Instead of `trust-lsp-PLATFORM.vsix` in the target folder
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Read bytes that are made to break what reads them, led by coverage; needs no other tool, and a compiler for C++
    Fuzz {
        /// What is to read them
        subject: fuzz::Subject,
        /// How long
        #[arg(long, default_value_t = 60, value_name = "N")]
        seconds: u64,
        /// Write what covers all that was covered into fixtures/fuzz
        #[arg(long)]
        keep: bool,
    },
    /// Prove that no server opens a socket: the black-box tests without a network, every server under strace
    Privacy {
        /// Use the binary of an earlier build
        #[arg(long)]
        no_build: bool,
    },
    /// List what a build and the tests need, and what of it is here (installs nothing)
    Requirements,
}

#[derive(Subcommand)]
enum Subject {
    /// The time that completions take: cold, warm, and after more typing
    Complete {
        /// How many places to complete at
        #[arg(long, default_value_t = 20, value_name = "N")]
        positions: usize,
        /// Use the binary of an earlier build
        #[arg(long)]
        no_build: bool,
    },
    /// How fast the index is on the files below a directory, beside ctags and ast-grep
    Index {
        /// The directory
        #[arg(long, value_name = "DIR")]
        dir: std::path::PathBuf,
        /// Rounds that count; one before them fills the page cache
        #[arg(long, default_value_t = 5, value_name = "N")]
        rounds: usize,
        /// Instead: how soon a warm start answers on this many files, made from those of the directory
        #[arg(long, value_name = "N")]
        files: Option<usize>,
        /// Instead: what trees of 0.1, 1, 3 and 10 million lines take, made from the files of the directory
        #[arg(long)]
        growth: bool,
        /// Draw the growth into this SVG
        #[arg(long, value_name = "FILE", requires = "growth")]
        plot: Option<std::path::PathBuf>,
        /// Print a JSON object
        #[arg(long)]
        json: bool,
    },
    /// How commit messages and reviews do on the history of a repository (`--repo DIR [--repo DIR]... [--commits N] [--json]`)
    Git {
        /// What the measuring program is to do
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// How much of what a line needs the quoted context holds, beside windows by Jaccard similarity; half of the files
    /// are held out from the tuning
    Retrieval {
        /// The directory
        #[arg(long, value_name = "DIR")]
        dir: std::path::PathBuf,
        /// How many lines to ask about, with at least three names each
        #[arg(long, default_value_t = 4_000, value_name = "N")]
        lines: usize,
    },
    /// How well secrets are found among what is like them (`--seed N`, `--cases N`, `--dir DIR`, `--show`, `--json`)
    Secrets {
        /// What the measuring program is to do
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// What a key waits for: commits of a repository typed over the protocol, at a typist's pace
    Typing {
        /// The repository
        #[arg(long, value_name = "DIR")]
        repo: std::path::PathBuf,
        /// Keys to press, 1,000 if nothing is said; with --cold, places, 20 if nothing is said
        #[arg(long, value_name = "N")]
        keys: Option<usize>,
        /// Instead: how soon the first completion of a server that starts is there, with nothing kept of an earlier run and
        /// with what that kept
        #[arg(long, conflicts_with_all = ["peer", "pace"])]
        cold: bool,
        /// With --cold, only in files of at least so many lines
        #[arg(long, requires = "cold", value_name = "N")]
        lines: Option<usize>,
        /// Milliseconds from key to key, whether the answer is there or not
        #[arg(long, default_value_t = 120, value_name = "MS")]
        pace: u64,
        /// Instead: the time to the first token of each key, beside `llama-server` (or `llama-server=PATH`)
        #[arg(long, value_name = "PROGRAM")]
        peer: Option<String>,
        /// With --peer, only these models: bundled, 100M, 500M
        #[arg(long, value_delimiter = ',', requires = "peer", value_name = "NAME")]
        models: Vec<String>,
        /// With --peer, only contexts of 1024 or 4096 tokens
        #[arg(long, value_delimiter = ',', requires = "peer", value_name = "TOKENS")]
        contexts: Vec<u32>,
        /// With --peer, start it with --spm-infill
        #[arg(long, requires = "peer")]
        spm: bool,
        /// Print a JSON value
        #[arg(long)]
        json: bool,
        /// A server to measure as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// How long a key waits for ghost text in real editors, and what of that is theirs: the same commits, typed in them
    Editors {
        /// The repository
        #[arg(long, value_name = "DIR")]
        repo: std::path::PathBuf,
        /// Keys to press
        #[arg(long, default_value_t = 300, value_name = "N")]
        keys: usize,
        /// Only these
        #[arg(
            long,
            value_enum,
            value_delimiter = ',',
            default_value = "neovim,vscode",
            value_name = "EDITOR"
        )]
        editors: Vec<in_editors::Editor>,
        /// Milliseconds from key to key; Neovim waits 200 ms for the next one before it asks
        #[arg(long, default_value_t = 400, value_name = "MS")]
        pace: u64,
        /// A server to measure as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// What the server keeps resident on a directory, and what a second window on it adds
    Memory {
        /// The directory
        #[arg(long, value_name = "DIR")]
        dir: std::path::PathBuf,
        /// One of random weights instead of the bundled model: 100 M or 500 M
        #[arg(long, value_name = "SHAPE")]
        model: Option<String>,
        /// A server to measure as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// How long another model takes to take over while completions are asked for: 500 M and back
    Switch {
        /// A server to measure as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// How soon a server is there that was there before, beside one that begins from nothing: bundled, and 500 M
    Reopen {
        /// A server to measure as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// How soon the engine is idle when a request is cancelled while its prompt is read: the bundled model, and 500 M
    Cancel,
    /// How long a completion waits that is asked for in the middle of a model's answer in a conversation: 100 M and 500 M
    Meanwhile,
    /// Whether a long session of typing, cancelling, jumping and opening goes well: answers, memory, exit
    Soak {
        /// What is done
        #[arg(long, default_value_t = 100_000, value_name = "N")]
        events: u64,
        /// Which of the sessions: the same seed does the same
        #[arg(long, default_value_t = 1, value_name = "S")]
        seed: u64,
        /// A program to test as it is, instead of one that is built first
        #[arg(long, value_name = "PROGRAM")]
        server: Option<std::path::PathBuf>,
    },
    /// Whether answers that have a form fit it, also where the budget cuts them, and what that costs
    Tools {
        /// How many schemas to generate
        #[arg(long, default_value_t = 2_000, value_name = "N")]
        schemas: u64,
        /// Answers that each model gives
        #[arg(long, default_value_t = 200, value_name = "N")]
        answers: u64,
        /// A model to measure beside the bundled one, instead of one of 100 million random weights
        #[arg(long, value_name = "PATH")]
        model: Option<std::path::PathBuf>,
        /// Instead: the schemas of a file or folder, function-calling sets and MaskBench's files, known by their shape
        #[arg(long, value_name = "PATH", conflicts_with = "choices")]
        data: Option<std::path::PathBuf>,
        /// With --data, only each so manieth schema
        #[arg(long, value_name = "N", requires = "data")]
        every: Option<usize>,
        /// Instead: which tools are called, and with which arguments, for 200 hand-made tasks (fixtures/choices)
        #[arg(long)]
        choices: bool,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// How good completions are, on packages that no training has seen (`-- --help` tells more)
    Quality {
        /// What the measuring program is to do
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo                            see it work; ends with the lines for your editor
  cargo xtask test                            everything that has to pass before a change goes in
  cargo xtask test --quick                    formatting, lints and unit tests, while you work
  cargo xtask test --only build --only sessions
  cargo xtask test --editors all              Kakoune, Zed's extension and the real llama-server too
  cargo xtask bench complete --positions 20   latency and memory as a Markdown table
  cargo xtask bench index --dir ~/src         how fast the index is there, beside ctags and ast-grep
  cargo xtask bench quality --tasks 300       exact matches and more, beside simpler predictors
  cargo xtask bench typing --repo ~/project   what a key waits for, on commits typed anew
  cargo xtask bench editors --repo ~/project  from a key to ghost text in a real Neovim and VS Code
  cargo xtask bench soak                      100,000 events: one answer each, no growth of memory, a clean exit
  cargo xtask bench memory --dir ~/project --model '500 M'   what a second window adds to the first
  cargo xtask bench secrets                   2,000 secrets and 2,000 texts like them: what is found of each
  cargo xtask bench tools                     answers with a form: valid, also where cut; what that costs
  cargo xtask bench tools --choices --model ~/qwen.gguf      which tools a model calls, for 200 tasks
  cargo xtask bench git --repo ~/project      commit messages and reviews, on its last 1,000 commits
  cargo xtask fuzz gguf --seconds 3600        bytes made to break the check of models' files, for an hour
  cargo xtask privacy                         the black-box tests without a network, every server under strace
  cargo xtask docs --open                     the pages of docs and editors as a book
  cargo xtask settings                        after a change of a key in server/config/src/settings.rs
  cargo xtask requirements                    what a build needs and what is here

A chore that builds first installs what the build needs (cmake, a C++ compiler, make, libclang) with
apt on Debian and Ubuntu, and says so; elsewhere it tells what to install.";

fn main() -> ExitCode {
    let paint = Paint::for_stdout();
    match perform(Arguments::parse().chore, paint) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{} {error:#}", paint.red("error:"));
            ExitCode::FAILURE
        }
    }
}

/// False when a chore ran to its end and what it checked is not in order.
fn perform(chore: Option<Chore>, paint: Paint) -> Result<bool> {
    let Some(chore) = chore else {
        Arguments::command().print_help()?;
        return Ok(true);
    };
    let workspace = Workspace::find()?;
    match chore {
        Chore::Demo { no_build } => demo::demo(&workspace, !no_build, paint)?,
        Chore::Test { quick, only, editors } => return test::test(&workspace, quick, &only, editors, paint),
        Chore::Bench { subject: Subject::Complete { positions, no_build } } => {
            bench::complete(&workspace, positions, !no_build, paint)?;
        }
        Chore::Bench { subject: Subject::Index { dir, rounds, files, growth, plot, json } } => {
            let mut more = Vec::new();
            more.extend(files.into_iter().flat_map(|files| ["--files".to_owned(), files.to_string()]));
            more.extend(growth.then(|| "--growth".to_owned()));
            if let Some(plot) = plot {
                more.extend(["--plot".to_owned(), std::path::absolute(plot)?.to_string_lossy().into_owned()]);
            }
            bench::index(&workspace, &dir, rounds, &more, json)?;
        }
        Chore::Bench { subject: Subject::Retrieval { dir, lines } } => {
            bench::retrieval(&workspace, &dir, lines)?;
        }
        Chore::Bench {
            subject: Subject::Typing { repo, keys, peer: Some(peer), models, contexts, spm, json, server, .. },
        } => {
            let repo = std::path::absolute(repo)?;
            let server = bench::server(&workspace, server, paint)?;
            let keys = keys.unwrap_or(bench::KEYS);
            let peer = peer::Peer { peer, repo, keys, models, contexts, spm, json };
            peer::measure(&workspace, &server, &peer, paint)?;
        }
        Chore::Bench { subject: Subject::Typing { repo, keys, pace, cold, lines, json, server, .. } } => {
            let server = server.map(std::path::absolute).transpose()?;
            let typing = bench::Typing { keys, pace, cold, lines, json };
            bench::typing(&workspace, &repo, &typing, server, paint)?;
        }
        Chore::Bench { subject: Subject::Editors { repo, keys, editors, pace, server } } => {
            let repo = std::path::absolute(repo)?;
            in_editors::measure(&workspace, in_editors::Typing { editors, repo, keys, pace, server }, paint)?;
        }
        Chore::Bench { subject: Subject::Memory { dir, model, server } } => {
            return memory::memory(&workspace, &dir, model.as_deref(), server, paint);
        }
        Chore::Bench { subject: Subject::Switch { server } } => {
            return switch::switch(&workspace, server, paint);
        }
        Chore::Bench { subject: Subject::Reopen { server } } => {
            return reopen::reopen(&workspace, server, paint);
        }
        Chore::Bench { subject: Subject::Cancel } => bench::cancel(&workspace, paint)?,
        Chore::Bench { subject: Subject::Meanwhile } => bench::meanwhile(&workspace, paint)?,
        Chore::Bench { subject: Subject::Soak { events, seed, server } } => {
            return soak::soak(&workspace, events, seed, server, paint);
        }
        Chore::Bench { subject: Subject::Tools { schemas, answers, model, data, every, choices, json } } => {
            let tools = tools::Tools { schemas, answers, model, data, every, choices, json };
            tools::tools(&workspace, &tools, paint)?;
        }
        Chore::Bench { subject: Subject::Quality { options } } => {
            bench::quality(&workspace, &options, paint)?;
        }
        Chore::Bench { subject: Subject::Secrets { options } } => bench::secrets(&workspace, &options)?,
        Chore::Bench { subject: Subject::Git { options } } => bench::git(&workspace, &options)?,
        Chore::NewLanguage { name } => new_language::new_language(&workspace, &name, paint)?,
        Chore::Settings => settings::write(&workspace)?,
        Chore::Docs { open } => docs::build(&workspace, open, paint)?,
        Chore::Vsix { out } => vsix::build(&workspace, out)?,
        Chore::Fuzz { subject, seconds, keep } => {
            return fuzz::fuzz(&workspace, subject, seconds, keep, paint);
        }
        Chore::Privacy { no_build } => {
            let only = if no_build {
                vec![test::Step::Privacy]
            } else {
                vec![test::Step::Build, test::Step::Privacy]
            };
            return test::test(&workspace, false, &only, test::Editors::default(), paint);
        }
        Chore::Requirements => requirements::report(paint)?,
    }
    Ok(true)
}
