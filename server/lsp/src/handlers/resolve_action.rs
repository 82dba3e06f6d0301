//! `codeAction/resolve`: the model makes the edit only when its action was chosen; and which of these actions are offered.

use super::Backend;
use super::execute_command::CHAT;
use crate::assistant::Assistant;
use crate::audit::{self, Event, File};
use crate::model_slot::{ModelChoice, ModelState};
use crate::server::{Document, Session, failed, off_task, to_position};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::ops::Range as Bytes;
use std::sync::Arc;
use std::time::Instant;
use tower_lsp::gen_lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, CodeAction, CodeActionKind, CodeActionResponse, CodeActionTag,
    Command, Diagnostic, DocumentChange, Edit, LspAny, Message, OptionalVersionedTextDocumentIdentifier,
    Range, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use trust_assist::actions::{self, ActionError, Site, Wish, make, target};
use trust_audit::{Action, Feature};
use trust_index::{FileBroker, Language, Refusal};

/// The protocol's "content modified": the document is another one by now.
const CONTENT_MODIFIED: i64 = -32801;
/// Findings of checkers that are offered to be mended, at most, and the longest title.
const FIXES: usize = 3;
const TITLE: usize = 60;

/// What an action asks for, kept by the client until it is chosen.
#[derive(Debug, Serialize, Deserialize)]
struct Chosen {
    wish: Kind,
    uri: Uri,
    version: i32,
    range: Range,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Document,
    Simplify,
    Fix,
    Rewrite,
}

/// The actions of the model for the symbol around `range`, of the kinds that are wanted.
pub async fn offers(
    backend: &Backend,
    (uri, document): (&Uri, &Document),
    range: Range,
    diagnostics: &[Diagnostic],
    wants: impl Fn(&CodeActionKind) -> bool,
) -> Result<Vec<CodeActionResponse>> {
    let session = &backend.0;
    let Some(assistant) = session.assistant().filter(|_| is_on(session)) else { return Ok(Vec::new()) };
    if ![CodeActionKind::QuickFix, CodeActionKind::RefactorRewrite, CodeActionKind::Empty].iter().any(&wants)
    {
        return Ok(Vec::new());
    }
    let own = Arc::clone(session);
    let (assistant, there, encoding) = (assistant.clone(), document.clone(), session.client().encoding);
    let found = off_task(move |_| {
        let (language, text, selection) = readable(&assistant, &there, range, encoding).ok()?;
        Some((target(language, &text, &selection)?, own.configuration.user_actions()))
    });
    let Some((symbol, (user_actions, problems))) = found.await? else { return Ok(Vec::new()) };
    problems.into_iter().for_each(|problem| session.warn(problem));
    let tags = session.client().tags_actions.then(|| vec![CodeActionTag::LLMGenerated]);
    let version = document.version;
    let offer = |title: String, wish: Kind, message: &str, diagnostic: Option<&Diagnostic>| {
        let kind = if wish == Kind::Fix { CodeActionKind::QuickFix } else { CodeActionKind::RefactorRewrite };
        let message = message.to_owned();
        let range = diagnostic.map_or(range, |one| one.range);
        let chosen = Chosen { wish, uri: uri.clone(), version, range, message };
        let data = serde_json::to_value(chosen).ok();
        let diagnostics = diagnostic.map(|one| vec![one.clone()]);
        CodeAction { title, kind: Some(kind), diagnostics, data, tags: tags.clone(), ..CodeAction::default() }
            .into()
    };
    let mut offered: Vec<CodeActionResponse> = Vec::new();
    if wants(&CodeActionKind::QuickFix) {
        offered.extend(diagnostics.iter().take(FIXES).map(|one| {
            let message = words_of(one);
            let title: String = message.lines().next().unwrap_or_default().chars().take(TITLE).collect();
            offer(format!("Fix with the model: {title}"), Kind::Fix, message, Some(one))
        }));
    }
    if wants(&CodeActionKind::RefactorRewrite) {
        if !symbol.documented {
            offered.push(offer(
                format!("Document `{}` with the model", symbol.name),
                Kind::Document,
                "",
                None,
            ));
        }
        offered.push(offer(format!("Simplify `{}` with the model", symbol.name), Kind::Simplify, "", None));
        offered.extend(
            user_actions.into_iter().map(|own| offer(own.title, Kind::Rewrite, &own.instruction, None)),
        );
    }
    if wants(&CodeActionKind::Empty) {
        let title = format!("Explain `{}` with the model", symbol.name);
        let asked =
            json!({ "message": format!("What does `{}` do?", symbol.name), "uri": uri, "range": range });
        let (command, arguments) = (CHAT.to_owned(), Some(vec![asked]));
        let command = Command { title: title.clone(), tooltip: None, command, arguments };
        offered.push(CodeAction { title, command: Some(command), tags, ..CodeAction::default() }.into());
    }
    Ok(offered)
}

fn words_of(diagnostic: &Diagnostic) -> &str {
    match &diagnostic.message {
        Message::String(text) => text,
        Message::MarkupContent(content) => &content.value,
    }
}

/// Whether there is a model that may make edits, and a client that asks for them late.
fn is_on(session: &Session) -> bool {
    let settings = session.configuration.settings();
    let Some(assistant) = session.assistant() else { return false };
    let ready = matches!(assistant.model().state().as_ref(), ModelState::Ready(_) | ModelState::Resting(_));
    let follows =
        !matches!(*assistant.model().choice(), ModelChoice::Bundled) || settings.actions_bundled_model;
    settings.actions_model && ready && follows && session.client().resolves_actions
}

pub async fn resolve_action(backend: &Backend, action: CodeAction) -> Result<CodeAction> {
    let session = &backend.0;
    let chosen = action.data.clone().map(serde_json::from_value::<Chosen>);
    let Some(Ok(Chosen { wish, uri, version, range, message })) = chosen else {
        return Err(Error::invalid_params("the action is not one that this server offered"));
    };
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    if !is_on(session) {
        return Err(failed("code actions of the model are off".into()));
    }
    let document =
        session.documents.get(&uri).filter(|document| document.version == version).ok_or_else(modified)?;
    let (there, encoding) = (document.clone(), session.client().encoding);
    let wish = match wish {
        Kind::Document => Wish::Document,
        Kind::Simplify => Wish::Simplify,
        Kind::Fix => Wish::Fix(message),
        Kind::Rewrite => Wish::Rewrite(message),
    };
    let made = off_task(move |cancel| {
        let (language, text, selection) = readable(&assistant, &there, range, encoding)?;
        let target = target(language, &text, &selection).ok_or("there is no symbol")?;
        let model = assistant.wait_for_model(cancel).ok_or("there is no model")?;
        let path = assistant.relative(&there.path).1;
        let site = Site { path: &path, language, text: &text, target: &target };
        let start = Instant::now();
        let made = make(&wish, &site, model.model(), cancel);
        let action = if made.is_ok() { Action::Shown } else { Action::Failed };
        let (asked, word) = match &wish {
            Wish::Fix(said) => (said.as_str(), "fix"),
            Wish::Rewrite(said) => (said.as_str(), "rewrite"),
            Wish::Document => ("", "document"),
            Wish::Simplify => ("", "simplify"),
        };
        let answer = made.as_ref().map_or("", |edit| edit.text.as_str());
        audit::record(
            Event::new(Feature::Action, action)
                .within(assistant.root_of(&there.path))
                .model(Some(model.model().card().name.clone()))
                .files(vec![File::Open(path.clone(), there.text.clone())])
                .took(start.elapsed())
                .said(asked, answer)
                .note(word),
        );
        made.map_err(|error: ActionError| error.to_string())
    });
    let actions::Edit { range, text, .. } = made.await?.map_err(failed)?;
    // Whoever went on typing meanwhile gets no edit of what was.
    if session.documents.get(&uri).is_none_or(|now| now.version != version) {
        return Err(modified());
    }
    let position = |offset| to_position(&document.text, offset, encoding);
    let range = Range { start: position(range.start), end: position(range.end) };
    let edit = TextEdit { range, new_text: text };
    Ok(CodeAction { edit: Some(annotated(session, uri, version, edit)), data: None, ..action })
}

/// The text of a document that a model may be shown, its language, and the bytes of a range.
fn readable(
    assistant: &Assistant,
    document: &Document,
    range: Range,
    encoding: trust_text::Encoding,
) -> std::result::Result<(Language, String, Bytes<usize>), String> {
    let language = document.language.ok_or("its language is not known")?;
    let index = assistant.index();
    if let Err(refusal @ Refusal::Excluded { .. }) = index.broker().allows(&document.path) {
        return Err(refusal.to_string());
    }
    let text = document.text.to_string();
    FileBroker::check_text(&text).map_err(|refusal| refusal.to_string())?;
    let offset = |at| document.text.offset(crate::server::from_position(at), encoding);
    let (start, end) = (offset(range.start), offset(range.end));
    Ok((language, text, start..end.max(start)))
}

fn annotated(session: &Session, uri: Uri, version: i32, edit: TextEdit) -> WorkspaceEdit {
    const NOTE: &str = "trust-model";
    let client = session.client();
    if !client.versioned_edits {
        return WorkspaceEdit {
            changes: Some(HashMap::from([(uri, vec![edit])])),
            ..WorkspaceEdit::default()
        };
    }
    let text_document = OptionalVersionedTextDocumentIdentifier {
        version: Some(version),
        text_document_identifier: TextDocumentIdentifier { uri },
    };
    let (edit, notes) = match client.annotates_edits {
        false => (Edit::TextEdit(edit), None),
        true => {
            let note = ChangeAnnotation {
                label: "Made by a model".into(),
                needs_confirmation: Some(true),
                description: Some("parsed without a new syntax error; not run".into()),
            };
            let edit = AnnotatedTextEdit { annotation_id: NOTE.into(), text_edit: edit };
            (Edit::AnnotatedTextEdit(edit), Some(HashMap::from([(NOTE.to_owned(), note)])))
        }
    };
    let change = DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits: vec![edit] });
    WorkspaceEdit { changes: None, document_changes: Some(vec![change]), change_annotations: notes }
}

fn modified() -> Error {
    let message = "the document has changed since".into();
    Error { code: ErrorCode::ServerError(CONTENT_MODIFIED), message, data: None::<LspAny> }
}
