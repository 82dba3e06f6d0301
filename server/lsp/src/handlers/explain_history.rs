//! `trust/explainHistory`

use super::Backend;
use crate::protocol::{ExplainHistoryParams, HistoryExplanation};
use crate::repository::{Place, history};
use crate::server::{blocking, failed, path_of};
use tower_lsp::gen_lsp_types::Uri;
use tower_lsp::jsonrpc::Result;

/// How many changes are told where nobody says how many.
const USUAL: u32 = 30;
const MOST: u32 = 1_000;

pub async fn explain_history(backend: &Backend, params: ExplainHistoryParams) -> Result<HistoryExplanation> {
    let place = place(backend, &params.uri)?;
    let most = params.max_steps.unwrap_or(USUAL).clamp(1, MOST) as usize;
    blocking(move |cancel| {
        let told = history(&place, params.line, most, cancel)?;
        Ok(HistoryExplanation { markdown: told.markdown, facts: told.facts })
    })
    .await
}

/// The file that `uri` names, with its text if it is open.
pub fn place(backend: &Backend, uri: &Uri) -> Result<Place> {
    let (path, on_disk) = path_of(uri);
    if !on_disk {
        return Err(failed(format!("{} was never saved, so git does not know it", path.display())));
    }
    let text = backend.0.documents.get(uri).map(|document| document.text.to_string());
    Ok(Place { path, text })
}
