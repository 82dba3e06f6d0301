//! `trust-net`: the only program here that opens sockets. `trust-lsp` starts it, in the privacy modes `moderate` and `open`
//! only, and talks to it over its standard input and output; the end of its input is its end.

mod egress;
mod engine;
mod pull;
mod session;

use std::io::IsTerminal;
use std::process::ExitCode;

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it says to somebody who starts it by hand"
)]
fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--version") {
        println!("trust-net {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    if std::io::stdin().is_terminal() {
        eprintln!(
            "trust-net is started by trust-lsp, in the privacy modes `moderate` and `open`: see `trust-lsp privacy status`"
        );
        return ExitCode::from(2);
    }
    match session::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust-net: {error}");
            ExitCode::FAILURE
        }
    }
}
