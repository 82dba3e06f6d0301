//! `trust/review`

use super::Backend;
use crate::protocol::ReviewParams;
use crate::repository::review_changes;
use crate::server::{blocking, folder_of};
use tower_lsp::gen_lsp_types::LspAny;
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::review::{Options, report};

pub async fn review(backend: &Backend, params: ReviewParams) -> Result<LspAny> {
    let roots = backend.0.assistant().ok_or_else(Error::internal_error)?.roots();
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let options =
        Options { max_findings: params.max_findings.map(|most| most as usize), ..Options::default() };
    blocking(move |cancel| {
        let review = review_changes(&folder, params.base.as_deref(), &options, cancel)?;
        Ok(report::json(&review))
    })
    .await
}
