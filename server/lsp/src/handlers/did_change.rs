//! `textDocument/didChange`

use super::Backend;
use crate::server::Refused;
use tower_lsp::gen_lsp_types::DidChangeTextDocumentParams;

pub async fn did_change(backend: &Backend, params: DidChangeTextDocumentParams) {
    backend.0.noticed();
    let (session, version) = (&backend.0, params.text_document.version);
    let uri = params.text_document.text_document_identifier.uri;
    match session.documents.change(&uri, version, params.content_changes, session.client().encoding) {
        Ok(document) => {
            session.index_open(&document);
            session.edited(&uri, &document);
            session.completions.edited(&uri, &document.text);
        }
        Err(Refused::NotOpen) => {
            session.warn(format!("{uri} was changed but is not open; the change is ignored"))
        }
        Err(Refused::Older(current)) => session.warn(format!(
            "{uri} was changed to version {version} but is at {current} already; the change is ignored"
        )),
    }
}
