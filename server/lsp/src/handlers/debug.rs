//! `trust/debug/*`: for tests, and only with `--debug-requests`.

use super::Backend;
use tower_lsp::gen_lsp_types::{LspAny, TextDocumentIdentifier};
use tower_lsp::jsonrpc::Result;

/// The server's own idea of a document.
pub async fn text(backend: &Backend, document: TextDocumentIdentifier) -> Result<LspAny> {
    Ok(match backend.0.documents.get(&document.uri) {
        Some(document) => {
            serde_json::json!({ "version": document.version, "text": document.text.to_string() })
        }
        None => serde_json::json!({ "version": null, "text": "" }),
    })
}

#[allow(clippy::panic, reason = "what it is for")]
pub async fn panic(_: &Backend, _: Option<LspAny>) -> Result<LspAny> {
    panic!("a handler panics because a test asked it to")
}

#[allow(clippy::panic, reason = "what it is for")]
pub async fn panic_notification(_: &Backend, _: Option<LspAny>) {
    panic!("a notification's handler panics because a test asked it to")
}
