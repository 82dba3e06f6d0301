//! `workspace/textDocumentContent`: what a file would become by an edit that a model made.

use super::Backend;
use tower_lsp::gen_lsp_types::{TextDocumentContentParams, TextDocumentContentResult};
use tower_lsp::jsonrpc::{Error, Result};

pub async fn text_document_content(
    backend: &Backend,
    params: TextDocumentContentParams,
) -> Result<TextDocumentContentResult> {
    let text = backend.0.previews.text(&params.uri);
    let text = text.ok_or_else(|| Error::invalid_params("there is no such preview, or no longer"))?;
    Ok(TextDocumentContentResult { text })
}
