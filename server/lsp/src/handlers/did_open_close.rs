//! `textDocument/didOpen`, `textDocument/didClose`

use super::Backend;
use super::inline_completion::look;
use tower_lsp::gen_lsp_types::{
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, Position, TextDocumentIdentifier,
    TextDocumentPositionParams,
};

pub async fn did_open(backend: &Backend, params: DidOpenTextDocumentParams) {
    backend.0.noticed();
    // Some clients open anew what they never closed.
    backend.0.closed(&params.text_document.uri);
    let text_document = TextDocumentIdentifier { uri: params.text_document.uri.clone() };
    let document = backend.0.documents.open(params.text_document);
    backend.0.index_open(&document);
    // Nobody says yet where the cursor is.
    look(backend, TextDocumentPositionParams { text_document, position: Position::default() });
}

pub async fn did_close(backend: &Backend, params: DidCloseTextDocumentParams) {
    backend.0.closed(&params.text_document.uri);
    let Some(document) = backend.0.documents.close(&params.text_document.uri) else { return };
    if let Some(assistant) = backend.0.assistant().filter(|_| document.on_disk) {
        assistant.index().set_closed(&document.path);
    }
}
