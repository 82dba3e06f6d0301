//! Entries of the log as they are shown: a line each, or whole for programs; at the command line and in editors.

use serde_json::{Value, json};
use std::collections::VecDeque;
use trust_audit::{Action, AuditError, Content, Reader, Row, rfc3339};

/// The newest entries, the oldest of them first.
///
/// # Errors
/// The log cannot be read.
pub fn newest(reader: &Reader, last: usize) -> Result<Vec<Row>, AuditError> {
    let mut rows = VecDeque::new();
    reader.each(|row| {
        rows.push_back(row);
        if rows.len() > last {
            rows.pop_front();
        }
        Ok(())
    })?;
    Ok(rows.into())
}

/// An entry for programs, with what was said where that is kept and wanted.
pub fn object(row: &Row, content: Option<&Content>) -> Value {
    let record = row.record.as_deref().and_then(|record| serde_json::from_str::<Value>(record).ok());
    let mut value = record.unwrap_or_else(|| json!({ "seq": row.seq, "erased": true }));
    value["leaf"] = row.leaf.as_str().into();
    if let Some(content) = content {
        value["said"] = json!({ "asked": content.asked, "answer": content.answer });
    }
    value
}

/// An entry in a line: its number, when, what, and of which files.
pub fn line(row: &Row) -> String {
    let Some(entry) = &row.entry else {
        let why = if row.record.is_some() { "of a form that this program does not know" } else { "erased" };
        return format!("{:>7}  {why}", row.seq);
    };
    let mut line = format!("{:>7}  {}", row.seq, &rfc3339(entry.time)[..19].replace('T', " "));
    line += &format!("  {} {}", entry.feature.name(), entry.action.name());
    if let Some(tool) = &entry.tool {
        line += &format!("  {} ({}, {})", tool.name, tool.class, tool.permission.name());
    }
    if let Some(model) = &entry.model {
        line += &format!("  by {}", model.name);
    }
    if let Some(request) = &entry.request {
        line += &format!("  {}: {} ({})", request.purpose, request.host, request.class);
        if let Some(bytes) =
            entry.sent_bytes.filter(|_| matches!(entry.action, Action::Sent | Action::Summed))
        {
            line += &format!(", {bytes} bytes");
        }
    }
    match entry.files.as_slice() {
        [] => {}
        [file] => line += &format!("  {}", file.path),
        [file, more @ ..] => line += &format!("  {} and {} more", file.path, more.len()),
    }
    let counts: Vec<String> = entry.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    line += &counts.iter().map(|count| format!("  {count}")).collect::<String>();
    if let Some(note) = &entry.note {
        line += &format!("  {}", note.replace('\n', " "));
    }
    line
}
