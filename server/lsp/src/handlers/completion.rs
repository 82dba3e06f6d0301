//! `textDocument/completion`, for clients without inline completion: the same text as one item of the menu.

use super::Backend;
use super::inline_completion::{accepted, ask};
use crate::server::{Document, Way, to_position};
use tower_lsp::gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, InsertTextFormat, Range, TextEdit,
};
use tower_lsp::jsonrpc::Result;
use trust_complete::{Import, Outcome};

/// Characters of the label.
const LABEL: usize = 60;

pub async fn completion(backend: &Backend, params: CompletionParams) -> Result<Option<CompletionList>> {
    let encoding = backend.0.client().encoding;
    // The protocol does not tell typing from asking here: both are `Invoked`. Menus replace what is before the cursor.
    let place = params.text_document_position_params;
    let uri = place.text_document.uri.clone();
    let Some(answer) = ask(backend, place, false, false) else { return Ok(None) };
    let (document, offset, outcome) = answer.await;
    let completion = match outcome {
        Outcome::Show(completion) => Some(completion),
        Outcome::Quiet(_) => None,
    };
    let import = match &completion {
        Some(completion) => import_for(backend, &document, offset, completion.text.clone()).await,
        None => None,
    };
    let item = completion.map(|completion| {
        let way = Way::Menu(import.as_ref().map(|import| (import.at, import.text.clone())));
        let id = backend.0.showing(&uri, &document, offset, &completion, way);
        // The menu filters by the word that is being typed, so the edit replaces that word too.
        let line = document.text.line_range(document.text.line_of(offset)).start;
        let before = document.text.slice(line..offset);
        let word = before.len() - before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let new_text = format!("{}{}", &before[before.len() - word..], completion.text);
        let start = to_position(&document.text, offset - word, encoding);
        let end = to_position(&document.text, offset, encoding);
        CompletionItem {
            label: label(&new_text),
            kind: Some(CompletionItemKind::Text),
            detail: Some(format!("trust-lsp: {}", completion.source.name())),
            filter_text: Some(new_text.clone()),
            insert_text_format: Some(InsertTextFormat::PlainText),
            preselect: Some(true),
            additional_text_edits: import.map(|import| {
                let at = to_position(&document.text, import.at, encoding);
                vec![TextEdit { range: Range { start: at, end: at }, new_text: import.text }]
            }),
            text_edit: Some(TextEdit { range: Range { start, end }, new_text }.into()),
            command: Some(accepted(id)),
            ..CompletionItem::default()
        }
    });
    Ok(Some(CompletionList {
        is_incomplete: true,
        items: item.into_iter().collect(),
        ..CompletionList::default()
    }))
}

/// The import that the text needs. The protocol gives the items of inline completions one range: theirs comes later (`import.rs`).
async fn import_for(backend: &Backend, document: &Document, offset: usize, added: String) -> Option<Import> {
    let assistant = backend.0.assistant()?.clone();
    let (place, language) = (document.clone(), document.language?);
    let find = move || assistant.import_for(&place.path, language, &place.text, offset, &added);
    tokio::task::spawn_blocking(find).await.ok().flatten()
}

/// The first line, shortened; an ellipsis where there is more.
fn label(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let short: String = first.chars().take(LABEL).collect();
    if short.len() < text.trim().len() { format!("{short}…") } else { short }
}
