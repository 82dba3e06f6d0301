//! The explanation for a terminal, in git's colours.

use super::{NOT_TRACKED, Wording, not_tracked, summary, title};
use crate::Changes;
use std::fmt::Write;

const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[m";

pub fn terminal(changes: &Changes, colour: bool, wording: &Wording) -> String {
    let summary = summary(changes);
    let paint =
        |code: &str, text: &str| if colour { format!("{code}{text}{RESET}") } else { text.to_owned() };
    let counts = |added: u64, removed: u64| {
        format!("{} {}", paint(GREEN, &format!("+{added}")), paint(RED, &format!("-{removed}")))
    };
    let mut text = String::new();
    if summary.files.is_empty() {
        let _ = writeln!(text, "{}: nothing differs.", title(changes));
        return text + &not_tracked(changes, &paint(BOLD, NOT_TRACKED), "  ");
    }
    let lines = counts(summary.added, summary.removed);
    let _ = writeln!(text, "{}: {} files, {lines}", paint(BOLD, &title(changes)), changes.files.len());
    if let Some(intent) = wording(&text) {
        let _ = writeln!(text, "{intent}");
    }
    for (kind, count) in &summary.kinds {
        let _ = writeln!(text, "  {count:>5} {kind}");
    }
    for file in &summary.files {
        let _ = writeln!(text, "\n{} {}", paint(BOLD, &file.path), counts(file.added, file.removed));
        for note in &file.notes {
            let _ = writeln!(text, "  {note}");
        }
        for (line, sentence) in &file.sentences {
            let place = line.map_or_else(|| " ".repeat(6), |line| paint(CYAN, &format!("{line:>6}")));
            let _ = writeln!(text, "  {place}  {sentence}");
        }
    }
    if let Some(callers) = changes.callers.as_ref().filter(|callers| !callers.is_empty()) {
        let _ = writeln!(text, "\n{}", paint(BOLD, "Callers left behind"));
        for caller in callers {
            let _ = writeln!(text, "  {caller}");
        }
    }
    text.push_str(&not_tracked(changes, &paint(BOLD, NOT_TRACKED), "  "));
    if let Some(reduced) = &summary.reduced {
        let _ = writeln!(text, "\n{}", reduced.told());
    }
    text
}
