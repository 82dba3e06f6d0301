//! `search_text`

use crate::lines::Lines;
use crate::{Answer, Context, Failure, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use trust_grammars::identifiers;
use trust_index::FileId;

const LIMIT: usize = 50;
/// Chunks that are shown where no line holds the text.
const CHUNKS: usize = 5;

/// Finds lines of the workspace's code that hold a text as it is written, capitals and all. Where none does, shows lines that
/// speak of the same names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchText {
    /// The text, within one line. No regular expression.
    #[schemars(length(min = 1, max = 400))]
    text: String,
    /// Only files whose path from the root holds this.
    path: Option<String>,
    /// How many lines at most. Default: 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

pub fn run(context: &Context, asked: SearchText) -> Result<Answer, Failure> {
    let (snapshot, reader) = (&context.snapshot, context.snapshot.reader());
    let text = asked.text.trim_matches(['\n', '\r']);
    if text.trim().is_empty() || text.contains('\n') {
        return Err(Failure::told("`text` must be something that stands in one line"));
    }
    let limit = asked.limit.unwrap_or(LIMIT);
    let wanted =
        |file: &FileId| asked.path.as_ref().is_none_or(|part| snapshot.relative(*file).contains(part));
    let (mut page, mut count, mut unread) = (Page::new(context.limit()), 0, 0);
    for file in candidates(context, text).into_iter().filter(wanted) {
        if context.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        if count >= limit {
            break;
        }
        let Some(content) = reader.text(file) else {
            unread += 1;
            continue;
        };
        if !content.contains(text) {
            continue;
        }
        let (path, lines) = (snapshot.relative(file), Lines::of(&content));
        for line in (1..=lines.count()).filter(|line| lines.line(*line).contains(text)).take(limit - count) {
            page.push(&format!("{path}:{line}: {}", lines.line(line).trim()));
            count += 1;
        }
    }
    if count == 0 {
        like(context, text, &wanted, &mut page);
    }
    let mut answer = page.finish("search for a longer text, or in one `path`");
    if count == limit {
        answer.text.push_str(&format!("the first {limit}; there may be more\n"));
    }
    if unread > 0 {
        answer.text.push_str(&format!("{unread} files were not looked at: too many, or changed meanwhile\n"));
    }
    Ok(answer)
}

/// The files that may hold the text, in the order of their paths: those that hold all names which it surely has whole, if
/// there are any.
fn candidates(context: &Context, text: &str) -> Vec<FileId> {
    let snapshot = &context.snapshot;
    // The first and the last may be parts of longer ones.
    let whole = identifiers(text).filter(|range| range.start > 0 && range.end < text.len());
    let mut files: Option<BTreeSet<FileId>> = None;
    for name in whole.map(|range| &text[range]) {
        let holders: BTreeSet<FileId> =
            snapshot.files_with(name).filter_map(|path| snapshot.file(path)).collect();
        files = Some(match files {
            Some(files) => files.intersection(&holders).copied().collect(),
            None => holders,
        });
    }
    let mut files: Vec<FileId> = files.map_or_else(|| snapshot.file_ids().collect(), Vec::from_iter);
    // A text that is one whole name somewhere is found there first.
    let named: BTreeSet<FileId> = snapshot.files_with(text).filter_map(|path| snapshot.file(path)).collect();
    files.sort_by_cached_key(|file| (!named.contains(file), snapshot.relative(*file)));
    files
}

fn like(context: &Context, text: &str, wanted: &dyn Fn(&FileId) -> bool, page: &mut Page) {
    let (snapshot, reader) = (&context.snapshot, context.snapshot.reader());
    let words: Vec<(&str, f32)> = identifiers(text).map(|range| (&text[range], 1.0)).collect();
    let chunks = snapshot.search(&words, None, 4 * CHUNKS);
    let mut chunks = chunks.into_iter().filter(|chunk| wanted(&chunk.file)).take(CHUNKS).peekable();
    page.push(match chunks.peek() {
        Some(_) => "no line holds this text; these speak of the same names:",
        None => "no line holds this text",
    });
    for chunk in chunks {
        let Some(content) = reader.text(chunk.file) else { continue };
        let (path, lines) = (snapshot.relative(chunk.file), Lines::of(&content));
        for line in chunk.lines.start + 1..=chunk.lines.end {
            let shown = lines.line(line);
            if words.iter().any(|(word, _)| shown.contains(word)) {
                page.push(&format!("{path}:{line}: {}", shown.trim()));
            }
        }
    }
}
