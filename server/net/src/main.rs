//! `trust-net`: the only program here that opens sockets. `trust-lsp` starts it, in the privacy modes `moderate` and `open`
//! only, and talks to it over its standard input and output; the end of its input is its end. A user starts it by hand for a
//! door: `trust-net serve`.

mod door;
mod egress;
mod engine;
mod pull;
mod session;

use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::process::ExitCode;

/// The program that opens sockets, where the user wants some. Without a command it is trust-lsp that starts it.
#[derive(Parser)]
#[command(name = "trust-net", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer programs of this machine that speak HTTP.
    #[command(after_help = door::EXAMPLES)]
    Serve(door::Serve),
}

#[allow(clippy::print_stderr, reason = "what it says to somebody who starts it by hand")]
fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Some(Command::Serve(options)) => door::serve(options),
        None if std::io::stdin().is_terminal() => {
            eprintln!(
                "trust-net is started by trust-lsp, in the privacy modes `moderate` and `open`: see `trust-lsp privacy status`. \
                 By hand: trust-net serve --help"
            );
            return ExitCode::from(2);
        }
        None => session::run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust-net: {error}");
            ExitCode::FAILURE
        }
    }
}
