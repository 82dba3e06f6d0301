//! Black-box tests of the built binary: sessions over stdio, and the command line.
//!
//! They need `trust-lsp` built beforehand (`cargo build`), or named in `TRUST_LSP_BIN`. Models
//! are scripted, so no test depends on weights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "the helpers of tests may fail them, and write the files they need"
)]

mod architecture;
mod audit;
mod bad_input;
mod book;
mod canary;
mod cancelling;
mod capabilities;
mod chat;
mod chat_command;
mod clients;
mod command_line;
mod config_command;
mod configuration;
mod errors;
mod excluded;
mod git;
mod git_editor;
mod git_hook;
mod git_odd;
mod git_review;
mod git_words;
mod hostile;
mod items;
mod latency;
mod lifecycle;
mod matrix;
mod mcp;
mod model_actions;
mod model_store;
mod models;
mod mutated;
mod navigation;
mod net;
mod net_strict;
mod next_edit;
mod ordering;
mod privacy;
mod progress;
mod secrets;
mod servers;
mod soak;
mod stats;
mod switching;
mod team;
mod team_manifest;
mod templates;
mod tools;
mod watching;
mod workflow_command;
mod workspaces;

/// A place where the model is asked, since nothing can be copied there. Its scripted answer is [`ADDEND`].
const SUM: &str = "fn add(left: i32, right: i32) -> i32 {\n    left + ‸\n}\n";
const ADDEND: &str = "right";

/// A place where the file itself shows how the line goes on: with [`COPIED`].
const REPEATS: &str = "\
fn opened(event: &Event) -> Result<(), Error> {
    let document = documents.get(&event.uri)?;
    document.validate_permissions(&event.user)?;
    Ok(())
}

fn closed(event: &Event) -> Result<(), Error> {
    let document = documents.get(&event.uri)?;
    document.validate_p‸
    Ok(())
}
";
const COPIED: &str = "ermissions(&event.user)?;";

/// Error codes of JSON-RPC and of the protocol.
mod code {
    pub const PARSE_ERROR: i64 = -32700;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INTERNAL_ERROR: i64 = -32603;
    pub const NOT_INITIALIZED: i64 = -32002;
    pub const CANCELLED: i64 = -32800;
}
