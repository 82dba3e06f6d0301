//! The explanation as JSON: every fact, never reduced. A place's lines count from 1.

use super::{Words, file_sentences, symbol_sentence, title};
use crate::Changes;
use serde_json::{Value, json};
use std::io::Write;
use trust_changes::{FileFacts, Hunk, Scope, SymbolChange};

/// With what a model said, where one was asked.
pub fn json(changes: &Changes, words: Option<&Words>) -> Value {
    let files = changes.files.iter().enumerate().map(|(at, facts)| file(at, facts, words));
    let files: Vec<Value> = files.collect();
    let mut told = around(changes, words);
    told["files"] = files.into();
    told
}

/// Writes the same file by file, so that a large change is not in memory once more.
///
/// # Errors
/// Those of `out`.
pub fn write_json(changes: &Changes, words: Option<&Words>, out: &mut dyn Write) -> std::io::Result<()> {
    let around = around(changes, words).to_string();
    write!(out, "{},\"files\":[", around.trim_end_matches('}'))?;
    for (at, facts) in changes.files.iter().enumerate() {
        write!(out, "{}{}", if at > 0 { "," } else { "" }, file(at, facts, words))?;
    }
    writeln!(out, "]}}")
}

/// All but the files.
fn around(changes: &Changes, words: Option<&Words>) -> Value {
    let (added, removed) = changes.lines();
    let mut told = json!({ "title": title(changes), "added": added, "removed": removed });
    if let Some(callers) = &changes.callers {
        told["callers"] = json!(callers);
    }
    if changes.scope == Scope::Unstaged {
        told["untracked"] = json!(changes.untracked);
    }
    if let Some(Words { model, overview, not_asked, note, .. }) = words {
        told["words"] = json!({ "model": model, "overview": overview, "notAsked": not_asked, "note": note });
    }
    told
}

fn file(at: usize, facts: &FileFacts, words: Option<&Words>) -> Value {
    let clause = |number| words.and_then(|words| words.of(at, number));
    let symbols = facts.symbols.as_ref().map(|symbols| {
        let told = symbols.iter().enumerate().map(|(number, one)| symbol(facts, one, clause(number)));
        told.collect::<Vec<_>>()
    });
    json!({
        "path": facts.change.path,
        "oldPath": facts.change.old_path,
        "status": facts.change.status,
        "language": facts.language.map(trust_grammars::Language::id),
        "added": facts.added,
        "removed": facts.removed,
        "notes": file_sentences(facts),
        "symbols": symbols,
        "hunks": facts.hunks.iter().map(hunk).collect::<Vec<_>>(),
    })
}

/// A model's clause stands in a field of its own, which is missing where there is none.
fn symbol(facts: &FileFacts, symbol: &SymbolChange, clause: Option<&str>) -> Value {
    let mut value = serde_json::to_value(symbol).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for (field, lines) in [("oldLines", &symbol.old_lines), ("newLines", &symbol.new_lines)] {
            let range = if lines.is_empty() { Value::Null } else { json!([lines.start + 1, lines.end]) };
            fields.insert(field.into(), range);
        }
        fields.insert("sentence".into(), symbol_sentence(facts, symbol).into());
        if let Some(clause) = clause {
            fields.insert("intent".into(), clause.into());
        }
    }
    value
}

fn hunk(hunk: &Hunk) -> Value {
    json!({
        "old": [hunk.old.start + 1, hunk.old.len()],
        "new": [hunk.new.start + 1, hunk.new.len()],
        "header": hunk.header,
    })
}
