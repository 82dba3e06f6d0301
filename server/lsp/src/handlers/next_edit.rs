//! `trust/nextEdit`, and the next edit as an inline completion where it is due at the cursor, or as a code action.

use super::Backend;
use crate::protocol::{NextEdit, NextEditNotification, NextEditParams};
use crate::server::{Document, blocking, from_position, path_of, to_position};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tower_lsp::gen_lsp_types::{
    CodeAction, CodeActionKind, InlineCompletionItem, Range, TextEdit, Uri, WorkspaceEdit,
};
use tower_lsp::jsonrpc::Result;
use trust_complete::NextQuery;
use trust_text::Text;

pub async fn next_edit(backend: &Backend, params: NextEditParams) -> Result<Option<NextEdit>> {
    let session = &backend.0;
    let (uri, version) = (params.text_document.text_document_identifier.uri, params.text_document.version);
    let Some(document) = session.documents.get(&uri).filter(|document| document.version == version) else {
        return Ok(None);
    };
    let offset = document.text.offset(from_position(params.position), session.client().encoding);
    find(backend, &uri, document, offset).await
}

/// The next edit where it replaces text around the cursor; one that is due elsewhere is sent to clients that can jump.
pub async fn next_edit_at(
    backend: &Backend,
    uri: &Uri,
    document: Document,
    offset: usize,
) -> Option<InlineCompletionItem> {
    let text = document.text.clone();
    let encoding = backend.0.client().encoding;
    let found = find(backend, uri, document, offset).await.ok().flatten()?;
    let at = to_position(&text, offset, encoding);
    let Range { start, end } = found.range;
    let around = start.line == at.line && end.line == at.line && start <= at && at <= end;
    if found.uri == *uri && around {
        let offset = |position| text.offset(from_position(position), encoding);
        return Some(InlineCompletionItem {
            // The item is about what stands there, not about what will.
            filter_text: Some(text.slice(offset(start)..offset(end))).filter(|old| !old.is_empty()),
            insert_text: found.new_text.into(),
            range: Some(found.range),
            command: None,
        })
        .filter(|item| item.filter_text.is_some() || start == end);
    }
    if backend.0.client().next_edits {
        let lsp = backend.0.lsp.clone();
        tokio::spawn(async move { lsp.send_notification::<NextEditNotification>(found).await });
    }
    None
}

/// The next edit as a code action, for clients that are not told of it: what is chosen is done where it is due.
pub async fn next_edit_action(
    backend: &Backend,
    uri: &Uri,
    document: Document,
    offset: usize,
) -> Option<CodeAction> {
    let found = find(backend, uri, document, offset).await.ok().flatten()?;
    let line = found.range.start.line + 1;
    let place = match path_of(&found.uri).0.file_name() {
        Some(name) if found.uri != *uri => format!("{}, line {line}", name.to_string_lossy()),
        _ => format!("line {line}"),
    };
    let edits = vec![TextEdit { range: found.range, new_text: found.new_text }];
    Some(CodeAction {
        title: format!("Next edit, {place}: {}", found.why),
        kind: Some(CodeActionKind::QuickFix),
        edit: Some(WorkspaceEdit {
            changes: Some(HashMap::from([(found.uri, edits)])),
            ..WorkspaceEdit::default()
        }),
        ..CodeAction::default()
    })
}

async fn find(backend: &Backend, uri: &Uri, document: Document, offset: usize) -> Result<Option<NextEdit>> {
    let Some(assistant) = backend.0.assistant().cloned() else { return Ok(None) };
    if document.edits.is_empty() {
        return Ok(None);
    }
    let encoding = backend.0.client().encoding;
    let open = backend.0.documents.on_disk();
    let own = (uri.clone(), Some(document.version));
    blocking(move |cancel| {
        let shown = |path: &Path| open.iter().find(|(uri, ..)| same_file(uri, path));
        let query = NextQuery {
            path: &document.path,
            language: document.language,
            text: &document.text,
            offset,
            log: &document.edits,
            open: &|path| shown(path).map(|(.., text)| text.clone()),
            cancel,
        };
        Ok(assistant.next_edit(query).and_then(|found| {
            let position = |text: &Text, offset| to_position(text, offset, encoding);
            let (uri, version) = match &found.path {
                None => own,
                Some(path) => match shown(path) {
                    Some((uri, version, _)) => (uri.clone(), Some(*version)),
                    None => (Uri::from_file_path(path).ok()?, None),
                },
            };
            let range = Range {
                start: position(&found.text, found.range.start),
                end: position(&found.text, found.range.end),
            };
            Some(NextEdit { uri, version, range, new_text: found.new_text, why: found.why })
        }))
    })
    .await
}

/// Whether `uri` names the file whose canonical path is `path`.
fn same_file(uri: &Uri, path: &Path) -> bool {
    let (own, _): (PathBuf, bool) = path_of(uri);
    own == path || own.file_name() == path.file_name() && own.canonicalize().is_ok_and(|own| own == path)
}
