//! `trust/review`

use super::Backend;
use crate::protocol::ReviewParams;
use crate::repository::{holders, placed, review_telling, scope_of};
use crate::server::{News, folder_of, telling};
use tower_lsp::gen_lsp_types::{Diagnostic, LspAny, Uri};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::review::{Holders, Options, report};

pub async fn review(backend: &Backend, params: ReviewParams) -> Result<LspAny> {
    let session = &backend.0;
    let assistant = session.assistant().ok_or_else(Error::internal_error)?;
    let (roots, index) = (assistant.roots(), assistant.index());
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let most = params.max_findings.map(|most| most as usize);
    let options = Options { max_findings: most, ..Options::default() };
    let scope = scope_of(params.base.as_deref(), params.unstaged);
    let (answer, placed) =
        telling(&session.lsp, params.tokens, "Reviewing changes", move |cancel, teller| {
            let read = |at, of| drop(teller.send(News::Files(at, of)));
            let found = |findings: &[_]| drop(teller.send(News::Part(report::findings(findings))));
            let holders = holders(&index, &folder);
            let holders = holders.as_ref().map(|holders| holders as Holders);
            let (review, changes, root) =
                review_telling(&folder, scope, options, holders, cancel, &read, &found)?;
            Ok((report::json(&review), placed(&review, &changes, &root)))
        })
        .await?;
    if params.publish {
        publish(backend, session.findings.replace(placed, &session.documents, session.client().encoding));
    }
    Ok(answer)
}

/// Takes all diagnostics of reviews away.
pub fn clear(backend: &Backend) {
    let session = &backend.0;
    publish(backend, session.findings.replace(Vec::new(), &session.documents, session.client().encoding));
}

fn publish(backend: &Backend, all: Vec<(Uri, Vec<Diagnostic>)>) {
    let lsp = backend.0.lsp.clone();
    tokio::spawn(async move {
        for (uri, diagnostics) in all {
            lsp.publish_diagnostics(uri, diagnostics, None).await;
        }
    });
}
