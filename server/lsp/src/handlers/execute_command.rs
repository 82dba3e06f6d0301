//! `workspace/executeCommand`

use super::Backend;
use tower_lsp::gen_lsp_types::{ExecuteCommandParams, LspAny};
use tower_lsp::jsonrpc::{Error, Result};

/// An inline completion was inserted; its argument is the completion's number.
pub const ACCEPTED: &str = "trust.accepted";

pub async fn execute_command(backend: &Backend, params: ExecuteCommandParams) -> Result<LspAny> {
    let id = params.arguments.as_ref().and_then(|arguments| arguments.first()).and_then(LspAny::as_u64);
    match (params.command.as_str(), id) {
        (ACCEPTED, Some(id)) => {
            backend.0.accepted(id);
            Ok(LspAny::Null)
        }
        (ACCEPTED, None) => Err(Error::invalid_params("the argument is the number of a completion")),
        (other, _) => Err(Error::invalid_params(format!("there is no command {other}"))),
    }
}
