//! `textDocument/completion`, for clients without inline completion: the same text as one item of the menu.

use super::Backend;
use super::inline_completion::ask;
use crate::server::to_position;
use tower_lsp::gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, InsertTextFormat, Range, TextEdit,
};
use tower_lsp::jsonrpc::Result;

/// Characters of the label.
const LABEL: usize = 60;

pub async fn completion(backend: &Backend, params: CompletionParams) -> Result<Option<CompletionList>> {
    let encoding = backend.0.client().encoding;
    // The protocol does not tell typing from asking here: both are `Invoked`.
    let Some(answer) = ask(backend, params.text_document_position_params, false) else { return Ok(None) };
    let (document, offset, completion) = answer.await;
    let item = completion.map(|completion| {
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
            text_edit: Some(TextEdit { range: Range { start, end }, new_text }.into()),
            ..CompletionItem::default()
        }
    });
    Ok(Some(CompletionList {
        is_incomplete: true,
        items: item.into_iter().collect(),
        ..CompletionList::default()
    }))
}

/// The first line, shortened; an ellipsis where there is more.
fn label(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let short: String = first.chars().take(LABEL).collect();
    if short.len() < text.trim().len() { format!("{short}…") } else { short }
}
