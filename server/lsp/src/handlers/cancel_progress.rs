//! `window/workDoneProgress/cancel`

use super::Backend;
use tower_lsp::gen_lsp_types::WorkDoneProgressCancelParams;

/// Ends the build whose progress is shown; for another's token there is nothing to do.
pub async fn cancel_progress(backend: &Backend, params: WorkDoneProgressCancelParams) {
    if let Some(assistant) = backend.0.assistant().filter(|_| backend.0.progress.is(&params.token)) {
        tracing::info!("the client ended the build of the index");
        assistant.index().cancel_build();
    }
}
