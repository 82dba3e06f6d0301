//! `trust/explainDiff`

use super::Backend;
use crate::protocol::{DiffExplanation, ExplainDiffParams};
use crate::repository::changes;
use crate::server::{blocking, folder_of};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::explain::{json, markdown};
use trust_changes::Scope;

pub async fn explain_diff(backend: &Backend, params: ExplainDiffParams) -> Result<DiffExplanation> {
    let roots = backend.0.assistant().ok_or_else(Error::internal_error)?.roots();
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let scope = match (&params.revisions, params.staged) {
        (Some(revisions), _) => Scope::parse(revisions),
        (None, true) => Scope::Staged,
        (None, false) => Scope::Unstaged,
    };
    blocking(move |cancel| {
        let changes = changes(&folder, scope, cancel)?;
        Ok(DiffExplanation { markdown: markdown(&changes, &|_| None), facts: json(&changes) })
    })
    .await
}
