//! `workspace/executeCommand`: what our own requests do, for clients that know only the protocol's. The answer is that
//! of the request; since such a client shows none, its gist comes as a message too.

use super::code_action::is_commit_message;
use super::model_edit::Proposed;
use super::{
    Backend, audit, chat, commit_message, explain_diff, explain_history, import, model_edit, models, review,
    tool,
};
use crate::protocol::UseModelParams;
use crate::repository::explain_region;
use crate::server::{blocking, failed, folder_of};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{
    ApplyWorkspaceEditResult, ExecuteCommandParams, LspAny, MessageType, Position, Range, TextEdit, Uri,
    WorkspaceEdit,
};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::commit::written;
use trust_changes::Repository;

pub const EXPLAIN_CHANGE: &str = "trust.explainChange";
pub const EXPLAIN_HISTORY: &str = "trust.explainHistory";
pub const COMMIT_MESSAGE: &str = "trust.commitMessage";
pub const CHAT: &str = "trust.chat";
pub const EDIT: &str = "trust.edit";
pub const REVIEW: &str = "trust.review";
pub const CLEAR_REVIEW: &str = "trust.clearReview";
pub const MODELS: &str = "trust.models";
pub const USE_MODEL: &str = "trust.useModel";
pub const AUDIT: &str = "trust.audit";
pub const TOOL: &str = "trust.tool";

/// An inline completion was inserted; its argument is the completion's number.
pub const ACCEPTED: &str = "trust.accepted";

/// All of them. Each but the last takes one object, or nothing.
pub const COMMANDS: [&str; 12] = [
    EXPLAIN_CHANGE,
    EXPLAIN_HISTORY,
    COMMIT_MESSAGE,
    CHAT,
    EDIT,
    REVIEW,
    CLEAR_REVIEW,
    MODELS,
    USE_MODEL,
    AUDIT,
    TOOL,
    ACCEPTED,
];

/// The longest message that is shown, in lines, and the longest line of it, in characters.
const LINES: usize = 40;
const LINE: usize = 400;

#[derive(Deserialize)]
struct Region {
    uri: Uri,
    range: Range,
}

pub async fn execute_command(backend: &Backend, params: ExecuteCommandParams) -> Result<Option<LspAny>> {
    let mut argument =
        params.arguments.and_then(|arguments| arguments.into_iter().next()).unwrap_or_else(|| json!({}));
    match params.command.as_str() {
        EXPLAIN_CHANGE if argument.get("range").is_some() => {
            let Region { uri, range } = read(argument)?;
            let place = explain_history::place(backend, &uri)?;
            let lines = range.start.line..range.end.line.saturating_add(1);
            let text = blocking(move |cancel| explain_region(&place, &lines, cancel)).await?;
            show(backend, &text);
            Ok(Some(json!({ "markdown": text })))
        }
        EXPLAIN_CHANGE => {
            let told = explain_diff::explain_diff(backend, read(argument)?).await?;
            show(backend, &told.markdown);
            answer(told)
        }
        EXPLAIN_HISTORY => {
            let told = explain_history::explain_history(backend, read(argument)?).await?;
            show(backend, &told.markdown);
            answer(told)
        }
        CHAT => {
            let told = chat::chat(backend, read(argument)?).await?;
            show(backend, &[&told.facts, told.wording.as_deref().unwrap_or_default()].join("\n"));
            answer(told)
        }
        EDIT => {
            let applies = backend.0.client().applies_edits;
            let Proposed { edit, id, .. } = model_edit::make(backend, read(argument)?, applies).await?;
            let told = answer(&edit)?;
            if applies {
                apply(backend, edit, "the edit", Some(id));
            }
            Ok(told)
        }
        TOOL => {
            let told = tool::tool(backend, read(argument)?).await?;
            if let Some(text) = told["text"].as_str() {
                show(backend, text);
            }
            Ok(Some(told))
        }
        COMMIT_MESSAGE => {
            let uri: Option<Uri> = argument.get("uri").cloned().and_then(|uri| read(uri).ok());
            let proposed = commit_message::commit_message(backend, read(argument)?).await?;
            match proposed.messages.first().map(|draft| draft.message()) {
                None => show(backend, "Nothing is staged; `git add` what belongs in the commit."),
                Some(message) => insert(backend, uri, message).await?,
            }
            answer(proposed)
        }
        REVIEW => {
            if let Some(fields) = argument.as_object_mut() {
                fields.entry("publish").or_insert_with(|| true.into());
            }
            let found = review::review(backend, read(argument)?).await?;
            let count = found["findings"].as_array().map_or(0, Vec::len);
            show(backend, &format!("{count} findings in {} files", found["files"]));
            Ok(Some(found))
        }
        CLEAR_REVIEW => {
            review::clear(backend);
            Ok(None)
        }
        MODELS => {
            let listed = models::models(backend).await?;
            let names = listed.models.iter().filter_map(|model| model["name"].as_str());
            let names: Vec<&str> = names.collect();
            show(backend, &format!("Models: {}. Now it is {}.", names.join(", "), listed.configured));
            answer(listed)
        }
        USE_MODEL => {
            let mut wanted: UseModelParams = read(argument)?;
            if wanted.model.is_none() {
                wanted.model = models::ask_for_model(backend).await?;
                if wanted.model.is_none() {
                    return Ok(None);
                }
            }
            let used = models::use_model(backend, wanted).await?;
            show(backend, &format!("{} answers from now on.", used.name.as_deref().unwrap_or("No model")));
            answer(used)
        }
        AUDIT => {
            let told = audit::audit(backend, read(argument)?).await?;
            show(backend, &told.markdown);
            answer(told)
        }
        ACCEPTED => match argument.as_u64() {
            Some(id) => {
                backend.0.accepted(id);
                import::bring(backend, id);
                Ok(None)
            }
            None => Err(Error::invalid_params("the argument is the number of a completion")),
        },
        other => Err(Error::invalid_params(format!(
            "there is no command {other}; there are {}",
            COMMANDS.join(", ")
        ))),
    }
}

fn read<T: DeserializeOwned>(argument: LspAny) -> Result<T> {
    serde_json::from_value(argument).map_err(|error| Error::invalid_params(error.to_string()))
}

fn answer(told: impl serde::Serialize) -> Result<Option<LspAny>> {
    serde_json::to_value(told).map(Some).map_err(|error| failed(error.to_string()))
}

/// A message to whoever asked. Sent from a task of its own, as all that goes to the client is.
fn show(backend: &Backend, text: &str) {
    let text = text.trim();
    let mut lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let short = |line: &str| match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    let mut shown = lines.into_iter().map(short).collect::<Vec<_>>().join("\n");
    if more > 0 {
        shown.push_str(&format!("\n… and {more} more lines; the command line of trust-lsp prints them all"));
    }
    let lsp = backend.0.lsp.clone();
    tokio::spawn(async move { lsp.show_message(MessageType::Info, shown).await });
}

/// Puts a message where git waits for one, if that is the open document and nothing is written there yet.
async fn insert(backend: &Backend, uri: Option<Uri>, message: String) -> Result<()> {
    let session = &backend.0;
    let open = uri.and_then(|uri| Some((session.documents.get(&uri)?, uri)));
    let waiting =
        open.filter(|(document, _)| session.client().applies_edits && is_commit_message(&document.path));
    let Some((document, uri)) = waiting else {
        show(backend, &message);
        return Ok(());
    };
    let folder = folder_of(Some(&uri), &[])?;
    let is_empty = blocking(move |_| {
        let comment = Repository::open(&folder)?.comment();
        Ok(written(document.text.to_string().as_bytes(), &comment).next().is_none())
    });
    if !is_empty.await? {
        show(backend, &message);
        return Ok(());
    }
    let start = Position { line: 0, character: 0 };
    let edits = vec![TextEdit { range: Range { start, end: start }, new_text: message }];
    let edit = WorkspaceEdit { changes: Some(HashMap::from([(uri, edits)])), ..WorkspaceEdit::default() };
    apply(backend, edit, "the message", None);
    Ok(())
}

/// Sends the client an edit, which has this number if it is one that was offered.
fn apply(backend: &Backend, edit: WorkspaceEdit, what: &'static str, offered: Option<u64>) {
    let session = Arc::clone(&backend.0);
    tokio::spawn(async move {
        match session.lsp.apply_edit(edit).await {
            Ok(ApplyWorkspaceEditResult { applied, .. }) => match offered {
                Some(id) if applied => session.accepted(id),
                Some(id) => session.dismissed(id),
                None => {}
            },
            Err(error) => tracing::warn!(%error, what, "the client did not take it"),
        }
    });
}
