//! `textDocument/codeLens`: who changed each symbol last, where that is asked for.

use super::Backend;
use super::execute_command::EXPLAIN_HISTORY;
use super::explain_history::place;
use crate::repository::last_change;
use crate::server::{blocking, to_position};
use serde_json::json;
use tower_lsp::gen_lsp_types::{CodeLens, CodeLensParams, Command, Range};
use tower_lsp::jsonrpc::Result;
use trust_changes::Commit;
use trust_grammars::{Definition, DefinitionKind, outline};

/// The longest subject that is shown whole, in characters.
const SUBJECT: usize = 50;

pub async fn code_lens(backend: &Backend, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
    let (session, uri) = (backend.0.clone(), params.text_document.uri);
    let document = session.documents.get(&uri).filter(|document| document.on_disk);
    // The client may ask for what was switched off meanwhile.
    let Some(document) = document.filter(|_| session.configuration.settings().last_change_lens) else {
        return Ok(None);
    };
    let Some(language) = document.language else { return Ok(None) };
    let (there, encoding) = (place(backend, &uri)?, session.client().encoding);
    blocking(move |cancel| {
        let text = document.text.to_string();
        let mut found = outline(language, &text).definitions;
        found.retain(|one| !matches!(one.kind, DefinitionKind::Field | DefinitionKind::Variant));
        let line = |offset: usize| document.text.line_of(offset) as u32;
        let lines = |one: &Definition| line(one.item.start)..line(one.item.end) + 1;
        let ranges: Vec<_> = found.iter().map(lines).collect();
        let blame = |repository: &_, broker: &_, head: &str| {
            session.blames.of(repository, broker, &there.path, head, cancel)
        };
        // A file without a history has no lenses, and nobody is to be told so at each key.
        let commits = last_change(&there, &ranges, &blame, cancel).unwrap_or_default();
        let lens = |(one, commit): (&Definition, Option<Commit>)| {
            let start = to_position(&document.text, one.name.start, encoding);
            let end = to_position(&document.text, one.name.end, encoding);
            let arguments = json!({ "uri": uri, "line": start.line });
            let command = Command {
                title: commit.map_or_else(|| "not committed yet".into(), |commit| title(&commit)),
                tooltip: None,
                command: EXPLAIN_HISTORY.into(),
                arguments: Some(vec![arguments]),
            };
            CodeLens { range: Range { start, end }, command: Some(command), data: None }
        };
        Ok(Some(found.iter().zip(commits).map(lens).collect()))
    })
    .await
}

fn title(commit: &Commit) -> String {
    let subject: String = commit.subject.chars().take(SUBJECT).collect();
    let more = if subject.len() < commit.subject.len() { "…" } else { "" };
    format!("{} {}: {subject}{more}", commit.date, commit.author)
}
