//! `trust/status`, `trust/lastCompletion`

use super::Backend;
use crate::protocol::{LastCompletion, Status};
use crate::server::status;
use tower_lsp::jsonrpc::{Error, Result};
use trust_complete::Outcome;

pub async fn status(backend: &Backend) -> Result<Status> {
    backend.0.assistant().map(|assistant| status::of(assistant)).ok_or_else(Error::internal_error)
}

pub async fn last_completion(backend: &Backend) -> Result<Option<LastCompletion>> {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    let why = backend.0.assistant().and_then(|assistant| assistant.why()).unwrap_or_default();
    Ok(backend.0.completions.last().map(|(outcome, elapsed)| match outcome {
        Outcome::Show(completion) => LastCompletion {
            source: Some(completion.source.name().into()),
            ms_first: milliseconds(completion.first),
            ms_total: milliseconds(completion.total),
            tokens: completion.tokens,
            prefilled: completion.prefilled,
            model: completion.model,
            quiet: None,
            why,
        },
        Outcome::Quiet(quiet) => LastCompletion {
            source: None,
            ms_first: milliseconds(elapsed),
            ms_total: milliseconds(elapsed),
            tokens: 0,
            prefilled: 0,
            model: None,
            quiet: Some(quiet.reason().into()),
            why,
        },
    }))
}
