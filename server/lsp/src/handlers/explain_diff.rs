//! `trust/explainDiff`

use super::Backend;
use crate::protocol::{DiffExplanation, ExplainDiffParams};
use crate::repository::{changes, holders};
use crate::server::{News, folder_of, telling};
use serde_json::json;
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::explain::{file_markdown, json as facts, markdown};
use trust_assist::review::Holders;
use trust_changes::Scope;

pub async fn explain_diff(backend: &Backend, params: ExplainDiffParams) -> Result<DiffExplanation> {
    let assistant = backend.0.assistant().ok_or_else(Error::internal_error)?;
    let (roots, index) = (assistant.roots(), assistant.index());
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let scope = match (&params.revisions, params.staged) {
        (Some(revisions), _) => Scope::parse(revisions),
        (None, true) => Scope::Staged,
        (None, false) => Scope::Unstaged,
    };
    telling(&backend.0.lsp, params.tokens, "Explaining changes", move |cancel, teller| {
        let holders = holders(&index, &folder).filter(|_| params.callers);
        let holders = holders.as_ref().map(|holders| holders as Holders);
        let tree = folder.as_path().into();
        let changes = changes(tree, scope, params.callers, holders, cancel, &|file, at, of| {
            // Nobody listens any more where the request was given up.
            let part = json!({ "path": file.change.path, "markdown": file_markdown(file) });
            let _ = teller.send(News::Part(part));
            let _ = teller.send(News::Files(at, of));
        })?;
        Ok(DiffExplanation { markdown: markdown(&changes, &|_| None), facts: facts(&changes) })
    })
    .await
}
