//! `textDocument/hover`: signature and documentation of a symbol, the line that binds a local name.

use super::Backend;
use crate::server::{Question, off_task};
use tower_lsp::gen_lsp_types::{Hover, HoverParams, MarkupContent, MarkupKind};
use tower_lsp::jsonrpc::Result;
use trust_index::{Target, plain_documentation};

/// Bytes of a signature, and of documentation.
const SIGNATURE: usize = 800;
const DOCUMENTATION: usize = 4_000;
/// How many other definitions are counted.
const MOST: usize = 40;

pub async fn hover(backend: &Backend, params: HoverParams) -> Result<Option<Hover>> {
    let place = params.text_document_position_params;
    let markdown = backend.0.client().markdown;
    let Some(question) = Question::new(&backend.0, place.text_document.uri) else { return Ok(None) };
    off_task(move |_| {
        let place = question.place(place.position)?;
        let reader = question.reader();
        let targets = reader.definitions_at(&place, MOST);
        let target = targets.first()?;
        let origin = (target.path != place.path).then(|| reader.snapshot().relative_to_root(&target.path));
        let value = words(target, origin.as_deref(), targets.len() - 1, markdown);
        let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        Some(Hover { contents: MarkupContent { kind, value }.into(), range: None })
    })
    .await
}

fn words(target: &Target, origin: Option<&str>, others: usize, markdown: bool) -> String {
    let signature = unindented(shortened(&target.text[target.signature.clone()], SIGNATURE));
    let mut parts = Vec::new();
    if markdown {
        let fence = "`".repeat(3.max(longest_run(&signature) + 1));
        let language = target.language.map_or("", trust_grammars::Language::id);
        parts.push(format!("{fence}{language}\n{signature}\n{fence}"));
    } else {
        parts.push(signature);
    }
    if let Some(range) = &target.documentation {
        let text = plain_documentation(&target.text[range.clone()]);
        parts.push(shortened(&text, DOCUMENTATION).to_owned());
    }
    let code = |text: &str| if markdown { format!("`{text}`") } else { text.to_owned() };
    let mut place = Vec::new();
    if let (Some(kind), Some(container)) = (target.kind, &target.container) {
        place.push(format!("{} of {}", kind.name(), code(container)));
    }
    place.extend(origin.map(|origin| format!("in {}", code(origin))));
    match others {
        0 => {}
        1 => place.push("one other definition of this name".into()),
        _ => place.push(format!("{others} other definitions of this name")),
    }
    if !place.is_empty() {
        parts.push(place.join(", "));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn shortened(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Without the indentation that all lines but the first have.
fn unindented(text: &str) -> String {
    let later = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let shared = later.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines = text.lines().enumerate();
    let lines = lines.map(|(at, line)| if at == 0 { line } else { line.get(shared..).unwrap_or_default() });
    lines.collect::<Vec<_>>().join("\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
