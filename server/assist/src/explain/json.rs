//! The explanation as JSON: every fact, never reduced. A place's lines count from 1.

use super::{file_sentences, symbol_sentence, title};
use crate::Changes;
use serde_json::{Value, json};
use std::io::Write;
use trust_changes::{FileFacts, Hunk, Scope, SymbolChange};

pub fn json(changes: &Changes) -> Value {
    let files: Vec<Value> = changes.files.iter().map(file).collect();
    let mut told = around(changes);
    told["files"] = files.into();
    told
}

/// Writes the same file by file, so that a large change is not in memory once more.
///
/// # Errors
/// Those of `out`.
pub fn write_json(changes: &Changes, out: &mut dyn Write) -> std::io::Result<()> {
    let around = around(changes).to_string();
    write!(out, "{},\"files\":[", around.trim_end_matches('}'))?;
    for (at, facts) in changes.files.iter().enumerate() {
        write!(out, "{}{}", if at > 0 { "," } else { "" }, file(facts))?;
    }
    writeln!(out, "]}}")
}

/// All but the files.
fn around(changes: &Changes) -> Value {
    let (added, removed) = changes.lines();
    let mut told = json!({ "title": title(changes), "added": added, "removed": removed });
    if let Some(callers) = &changes.callers {
        told["callers"] = json!(callers);
    }
    if changes.scope == Scope::Unstaged {
        told["untracked"] = json!(changes.untracked);
    }
    told
}

fn file(facts: &FileFacts) -> Value {
    let symbols =
        facts.symbols.as_ref().map(|symbols| symbols.iter().map(|s| symbol(facts, s)).collect::<Vec<_>>());
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

fn symbol(facts: &FileFacts, symbol: &SymbolChange) -> Value {
    let mut value = serde_json::to_value(symbol).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for (field, lines) in [("oldLines", &symbol.old_lines), ("newLines", &symbol.new_lines)] {
            let range = if lines.is_empty() { Value::Null } else { json!([lines.start + 1, lines.end]) };
            fields.insert(field.into(), range);
        }
        fields.insert("sentence".into(), symbol_sentence(facts, symbol).into());
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
