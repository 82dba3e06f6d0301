//! The binary: the language server on stdin and stdout, and the same engine on the command line.

mod acp;
mod acting;
mod assistant;
mod audit;
mod chat;
mod cli;
mod door;
mod handlers;
mod library;
mod mcp;
mod model_slot;
mod net;
mod offered;
mod prompts;
mod protocol;
mod repository;
mod root;
mod server;
mod servers;
mod setup;
mod stats;
mod tools;
mod workflows;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
