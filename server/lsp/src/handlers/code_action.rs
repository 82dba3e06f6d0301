//! `textDocument/codeAction`: what git knows of the lines under the cursor, how findings of a review are mended, and the
//! next edit for clients that are not told of it.

use super::Backend;
use super::execute_command::{COMMIT_MESSAGE, EXPLAIN_CHANGE, EXPLAIN_HISTORY};
use super::explain_history::place;
use super::inline_completion::{accepted, look};
use super::next_edit::next_edit_action;
use super::resolve_action::offers;
use crate::repository::is_changed;
use crate::server::{Document, Piece, Published, Session, blocking, from_position, to_position};
use serde_json::{Value, json};
use std::collections::HashMap;
use tower_lsp::gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, CodeActionTriggerKind, Command, Range,
    TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use tower_lsp::jsonrpc::Result;

pub async fn code_action(
    backend: &Backend,
    params: CodeActionParams,
) -> Result<Option<Vec<CodeActionResponse>>> {
    let session = &backend.0;
    let (uri, range) = (params.text_document.uri.clone(), params.range);
    let Some(document) = session.documents.get(&uri).filter(|document| document.on_disk) else {
        return Ok(None);
    };
    if range.start == range.end {
        // Editors ask wherever the cursor rests.
        look(
            backend,
            TextDocumentPositionParams { text_document: params.text_document, position: range.start },
        );
    }
    let wants = |kind: CodeActionKind| {
        let only = params.context.only.as_ref();
        only.is_none_or(|only| only.contains(&CodeActionKind::Empty) || only.contains(&kind))
    };
    let mut actions = Vec::new();
    let literals = session.client().code_action_literals;
    if wants(CodeActionKind::QuickFix) && literals {
        let found = session.findings.at(&uri, range.start.line..=range.end.line);
        actions.extend(found.iter().filter_map(|published| mend(session, &uri, published, &document)));
        if !session.client().next_edits {
            let offset = document.text.offset(from_position(range.start), session.client().encoding);
            // A client that does not say so asks when somebody does.
            let is_shown = params.context.trigger_kind != Some(CodeActionTriggerKind::Automatic);
            let next = next_edit_action(backend, &uri, document.clone(), offset, is_shown).await;
            actions.extend(next.map(CodeActionResponse::from));
        }
    }
    let by_model = |kind: &CodeActionKind| {
        let said = |kind: &CodeActionKind| {
            serde_json::to_value(kind).ok().and_then(|kind| Some(kind.as_str()?.to_owned()))
        };
        let (only, kind) = (params.context.only.as_ref(), said(kind).unwrap_or_default());
        // A kind holds those that go on from it with a dot.
        let holds =
            |outer: String| outer.is_empty() || kind == outer || kind.starts_with(&format!("{outer}."));
        only.is_none_or(|only| only.iter().filter_map(said).any(holds))
    };
    let diagnostics = &params.context.diagnostics;
    actions.extend(offers(backend, (&uri, &document), range, diagnostics, by_model).await?);
    if !wants(CodeActionKind::Empty) {
        return Ok(Some(actions));
    }
    if is_commit_message(&document.path) {
        actions.push(command("Propose a commit message", COMMIT_MESSAGE, json!({ "uri": uri })));
        return Ok(Some(actions));
    }
    let (start, end) = (range.start.line, range.end.line);
    let there = place(backend, &uri)?;
    let changed = blocking(move |cancel| {
        // Outside of a repository there is nothing to explain, and nothing to complain of.
        Ok(is_changed(&there, &(start..end + 1), cancel).ok())
    })
    .await?;
    if changed == Some(true) {
        let arguments = json!({ "uri": uri, "range": range });
        actions.push(command("Explain this change", EXPLAIN_CHANGE, arguments));
    }
    if changed.is_some() {
        let arguments = json!({ "uri": uri, "line": start });
        actions.push(command("Explain this history", EXPLAIN_HISTORY, arguments));
    }
    Ok(Some(actions))
}

/// Whether it is the file that git opens for a commit's message.
pub fn is_commit_message(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name == "COMMIT_EDITMSG")
}

fn command(title: &str, name: &str, argument: Value) -> CodeActionResponse {
    let (title, command) = (title.to_owned(), name.to_owned());
    Command { title, tooltip: None, command, arguments: Some(vec![argument]) }.into()
}

/// The fix of a finding whose line still reads as it was reviewed.
fn mend(
    session: &Session,
    uri: &Uri,
    published: &Published,
    document: &Document,
) -> Option<CodeActionResponse> {
    let (text, encoding) = (&document.text, session.client().encoding);
    let fix = published.fix.as_ref()?;
    let lines = text.line_range(published.line as usize);
    if text.slice(lines.clone()).trim_end_matches(['\r', '\n']) != published.text {
        return None;
    }
    let (from, to) = if fix.whole {
        (lines.start, text.line_range(published.line as usize + 1).start.max(lines.end))
    } else {
        (lines.start + fix.columns.start, lines.start + fix.columns.end)
    };
    let range = Range { start: to_position(text, from, encoding), end: to_position(text, to, encoding) };
    let edits = vec![TextEdit { range, new_text: fix.text.to_owned() }];
    let (old, new) = (text.slice(from..to), fix.text.to_owned());
    let id = session.offer_fix(uri, Piece { range: from..to, old, new, text: text.clone() }, fix.title);
    let action = CodeAction {
        title: fix.title.into(),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![published.diagnostic.clone()]),
        is_preferred: Some(true),
        edit: Some(WorkspaceEdit {
            changes: Some(HashMap::from([(uri.clone(), edits)])),
            ..WorkspaceEdit::default()
        }),
        command: Some(accepted(id)),
        ..CodeAction::default()
    };
    Some(action.into())
}
