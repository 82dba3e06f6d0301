//! The import of an inline completion that was inserted, as an edit of the workspace.

use super::Backend;
use crate::server::{Document, Session, to_position};
use std::collections::HashMap;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{
    ApplyWorkspaceEditResult, DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier, Range,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use trust_complete::Import;

/// Sends the client the import that completion `id` needs, which it has inserted; nothing where none is missing, or it is not clear
/// which, or the client applies no edits. From a task of its own, as all that goes to the client is.
pub fn bring(backend: &Backend, id: u64) {
    let session = Arc::clone(&backend.0);
    let Some(place) = session.inserted(id) else { return };
    let Some(document) = session.documents.get(&place.uri) else { return };
    let Some((assistant, language)) = session.assistant().cloned().zip(document.language) else { return };
    let (uri, path, text) = (place.uri.clone(), document.path.clone(), document.text.clone());
    tokio::spawn(async move {
        let find = move || {
            let (taken, without) = place.taken(&text)?;
            assistant.import_for(&path, language, &without, place.offset, &taken)
        };
        let Ok(Some(import)) = tokio::task::spawn_blocking(find).await else { return };
        // Whoever typed on below has moved nothing.
        let now = session.documents.get(&uri);
        let before = |document: &Document| document.text.slice(0..import.at);
        let Some(now) = now.filter(|now| before(now) == before(&document)) else { return };
        let edit = edit(&session, &uri, &now, &import);
        session.imports.send(&uri, import);
        match session.lsp.apply_edit(edit).await {
            Ok(ApplyWorkspaceEditResult { applied: true, .. }) => {}
            Ok(_) => session.imports.forget(&uri),
            Err(error) => {
                session.imports.forget(&uri);
                tracing::warn!(%error, "the client did not take an import");
            }
        }
    });
}

/// Of the version that `document` has, where the client can be told of one.
fn edit(session: &Session, uri: &Uri, document: &Document, import: &Import) -> WorkspaceEdit {
    let client = session.client();
    let at = to_position(&document.text, import.at, client.encoding);
    let edit = TextEdit { range: Range { start: at, end: at }, new_text: import.text.clone() };
    if !client.versioned_edits {
        let changes = HashMap::from([(uri.clone(), vec![edit])]);
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let text_document = OptionalVersionedTextDocumentIdentifier {
        version: Some(document.version),
        text_document_identifier: TextDocumentIdentifier { uri: uri.clone() },
    };
    let change = TextDocumentEdit { text_document, edits: vec![Edit::TextEdit(edit)] };
    let changes = vec![DocumentChange::TextDocumentEdit(change)];
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}
