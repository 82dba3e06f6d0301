//! The explanation as Markdown.

use super::summary::of_file;
use super::{FileSummary, NOT_TRACKED, Wording, not_tracked, summary, title};
use crate::Changes;
use std::fmt::Write;
use trust_changes::FileFacts;

pub fn markdown(changes: &Changes, wording: &Wording) -> String {
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
    if let Some(intent) = wording(&text) {
        let _ = writeln!(text, "\n{intent}");
    }
    for file in &summary.files {
        text.push_str(&section(file));
    }
    if let Some(callers) = changes.callers.as_ref().filter(|callers| !callers.is_empty()) {
        text.push_str("\n## Callers left behind\n\n");
        callers.iter().for_each(|caller| text.push_str(&format!("- {caller}\n")));
    }
    text.push_str(&not_tracked(changes, &heading, "- "));
    if let Some(reduced) = &summary.reduced {
        let _ = writeln!(text, "\n{}", reduced.told());
    }
    text
}

/// One file alone, never reduced.
pub fn file_markdown(facts: &FileFacts) -> String {
    section(&of_file(facts))
}

fn section(file: &FileSummary) -> String {
    let notes = if file.notes.is_empty() { String::new() } else { format!(" ({})", file.notes.join("; ")) };
    let mut text = format!("\n## {}{notes} +{} -{}\n\n", file.path, file.added, file.removed);
    for (line, sentence) in &file.sentences {
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let _ = writeln!(text, "- {place}{sentence}");
    }
    text
}
