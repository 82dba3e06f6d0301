//! `trust/nextEdit`, and the next edit as an inline completion where it is due at the cursor, or as a code action.

use super::Backend;
use super::inline_completion::accepted;
use crate::protocol::{NextEdit, NextEditNotification, NextEditParams};
use crate::server::{Document, Piece, blocking, from_position, path_of, to_position};
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
    let found = find(backend, &uri, document.clone(), offset).await?;
    Ok(found.map(|found| {
        offer(backend, (&uri, &document), &found, true);
        found.edit
    }))
}

/// A next edit, as the protocol has it, and what it does to its document's text.
struct Found {
    edit: NextEdit,
    piece: Piece,
}

/// It is offered: its number, unless the document that it was looked for in is another one by now.
fn offer(
    backend: &Backend,
    (uri, document): (&Uri, &Document),
    found: &Found,
    is_shown: bool,
) -> Option<u64> {
    let session = &backend.0;
    let is_current = session.documents.get(uri).is_some_and(|now| now.is_same_as(document));
    is_current.then(|| session.offer_next(uri, &found.edit.uri, found.piece.clone(), is_shown))
}

/// The next edit where it replaces text around the cursor; one that is due elsewhere is sent to clients that can jump.
pub async fn next_edit_at(
    backend: &Backend,
    uri: &Uri,
    document: Document,
    offset: usize,
) -> Option<InlineCompletionItem> {
    let encoding = backend.0.client().encoding;
    let found = find(backend, uri, document.clone(), offset).await.ok().flatten()?;
    let at = to_position(&document.text, offset, encoding);
    let Range { start, end } = found.edit.range;
    let around = start.line == at.line && end.line == at.line && start <= at && at <= end;
    if found.edit.uri == *uri && around {
        let old = found.piece.old.clone();
        if old.is_empty() && start != end {
            return None;
        }
        let id = offer(backend, (uri, &document), &found, true);
        return Some(InlineCompletionItem {
            // The item is about what stands there, not about what will.
            filter_text: Some(old).filter(|old| !old.is_empty()),
            insert_text: found.edit.new_text.into(),
            range: Some(found.edit.range),
            command: id.map(accepted),
        });
    }
    if backend.0.client().next_edits {
        offer(backend, (uri, &document), &found, true);
        let lsp = backend.0.lsp.clone();
        tokio::spawn(async move { lsp.send_notification::<NextEditNotification>(found.edit).await });
    }
    None
}

/// The next edit as a code action, for clients that are not told of it: what is chosen is done where it is due. `is_shown`: somebody
/// asked for the list.
pub async fn next_edit_action(
    backend: &Backend,
    uri: &Uri,
    document: Document,
    offset: usize,
    is_shown: bool,
) -> Option<CodeAction> {
    let found = find(backend, uri, document.clone(), offset).await.ok().flatten()?;
    let id = offer(backend, (uri, &document), &found, is_shown);
    let found = found.edit;
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
        command: id.map(accepted),
        ..CodeAction::default()
    })
}

async fn find(backend: &Backend, uri: &Uri, document: Document, offset: usize) -> Result<Option<Found>> {
    let asked = document.clone();
    let found = look(backend, uri, document, offset).await?;
    let session = &backend.0;
    if found.is_none() && session.documents.get(uri).is_some_and(|now| now.is_same_as(&asked)) {
        session.no_next(uri);
    }
    Ok(found)
}

async fn look(backend: &Backend, uri: &Uri, document: Document, offset: usize) -> Result<Option<Found>> {
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
            let piece = Piece {
                old: found.text.slice(found.range.clone()),
                range: found.range,
                new: found.new_text.clone(),
                text: found.text,
            };
            let edit = NextEdit { uri, version, range, new_text: found.new_text, why: found.why };
            Some(Found { edit, piece })
        }))
    })
    .await
}

/// Whether `uri` names the file whose canonical path is `path`.
fn same_file(uri: &Uri, path: &Path) -> bool {
    let (own, _): (PathBuf, bool) = path_of(uri);
    own == path || own.file_name() == path.file_name() && own.canonicalize().is_ok_and(|own| own == path)
}
