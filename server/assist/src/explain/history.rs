//! How a symbol came to be, in words: a line for each commit that changed it, the newest first.

use super::symbol_sentence;
use serde_json::{Value, json};
use std::fmt::Write;
use trust_changes::{Commit, Step, Trace};

/// How much of a commit's name is shown, in characters.
const SHORT: usize = 10;

pub fn history_markdown(trace: &Trace, place: &str) -> String {
    let mut text = match &trace.symbol {
        Some(symbol) => format!("# How `{symbol}` came to be\n\n"),
        None => format!("# How {place} came to be\n\n"),
    };
    if trace.steps.is_empty() {
        text.push_str("No commit that is here changed it.\n");
    }
    for step in &trace.steps {
        let sentence = sentence(step);
        let _ = match &step.commit {
            None => writeln!(text, "- not committed yet: {sentence}"),
            Some(Commit { id, author, date, subject, .. }) => {
                let id: String = id.chars().take(SHORT).collect();
                writeln!(text, "- {date} {id} {author}: {sentence} ({subject})")
            }
        };
    }
    if !trace.complete {
        text.push_str("\nIts history goes on before that.\n");
    }
    text
}

/// The same as data. A step's line counts from 1, and is null where nothing is left of it.
pub fn history_json(trace: &Trace) -> Value {
    let step = |step: &Step| {
        json!({
            "commit": step.commit,
            "path": step.file.change.path,
            "line": (!step.lines.is_empty()).then_some(step.lines.start + 1),
            "sentence": sentence(step),
        })
    };
    json!({
        "symbol": trace.symbol,
        "steps": trace.steps.iter().map(step).collect::<Vec<_>>(),
        "complete": trace.complete,
    })
}

fn sentence(step: &Step) -> String {
    let path = &step.file.change.path;
    let from = step.file.change.old_path.as_ref().map(|old| format!(", the file was {old}"));
    let told = match &step.symbol {
        Some(symbol) => symbol_sentence(&step.file, symbol),
        None if step.file.removed == 0 => format!("adds lines of {path}"),
        None => format!("changes lines of {path}"),
    };
    told + &from.unwrap_or_default()
}
