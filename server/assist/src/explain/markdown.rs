//! The explanation as Markdown.

use super::summary::of_file;
use super::{FileSummary, NOT_TRACKED, Words, beside, not_tracked, summary, title};
use crate::Changes;
use std::fmt::Write;
use trust_changes::FileFacts;

/// With what a model said, where one was asked.
pub fn markdown(changes: &Changes, words: Option<&Words>) -> String {
    let summary = summary(changes);
    let mut text = format!("# {}\n\n", title(changes));
    let heading = format!("## {NOT_TRACKED}\n");
    if summary.files.is_empty() {
        text.push_str("Nothing differs.\n");
        return text + &not_tracked(changes, &heading, "- ");
    }
    let kinds: Vec<String> = summary.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!("; symbols: {}", kinds.join(", ")) };
    let _ = writeln!(text, "{} files, +{} -{}{kinds}.", changes.files.len(), summary.added, summary.removed);
    if let Some((words, overview)) = words.and_then(|words| Some((words, words.overview.as_ref()?))) {
        let _ = writeln!(text, "\n{}: {overview}.", words.model);
    }
    for file in &summary.files {
        text.push_str(&section(file, changes, words));
    }
    if let Some(callers) = changes.callers.as_ref().filter(|callers| !callers.is_empty()) {
        text.push_str("\n## Callers left behind\n\n");
        callers.iter().for_each(|caller| text.push_str(&format!("- {caller}\n")));
    }
    text.push_str(&not_tracked(changes, &heading, "- "));
    if let Some(reduced) = &summary.reduced {
        let _ = writeln!(text, "\n{}", reduced.told());
    }
    if let Some(told) = words.and_then(Words::told) {
        let _ = writeln!(text, "\n{told}");
    }
    text
}

/// One file alone, never reduced.
pub fn file_markdown(facts: &FileFacts) -> String {
    let file = of_file(0, facts);
    let mut text = heading(&file);
    file.sentences.iter().for_each(|sentence| text.push_str(&item(sentence.line, &sentence.text)));
    text
}

/// What a model said of one file, by its place among those that changed; empty where it said nothing.
pub fn words_markdown(changes: &Changes, at: usize, words: &Words) -> String {
    let clauses: String = changes
        .files
        .get(at)
        .map(|file| words.of_file(at).map(|clause| beside(file, clause, "- ")).collect())
        .unwrap_or_default();
    match changes.files.get(at).filter(|_| !clauses.is_empty()) {
        Some(file) => format!("\n## {}, says {}\n\n{clauses}", file.change.path, words.model),
        None => String::new(),
    }
}

fn heading(file: &FileSummary) -> String {
    let notes = if file.notes.is_empty() { String::new() } else { format!(" ({})", file.notes.join("; ")) };
    format!("\n## {}{notes} +{} -{}\n\n", file.path, file.added, file.removed)
}

fn item(line: Option<u32>, text: &str) -> String {
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("- {place}{text}\n")
}

fn section(file: &FileSummary, changes: &Changes, words: Option<&Words>) -> String {
    let mut text = heading(file);
    for sentence in &file.sentences {
        text.push_str(&item(sentence.line, &sentence.text));
        let clause = sentence.of.and_then(|symbol| words?.of(file.of.start, symbol));
        if let Some((words, clause)) = words.zip(clause) {
            let _ = writeln!(text, "  - {}: {clause}", words.model);
        }
    }
    if let Some(words) = words {
        words.left(file, changes).for_each(|line| {
            let _ = writeln!(text, "- {line}");
        });
    }
    text
}
