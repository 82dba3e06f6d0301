//! Entries for other programs: the records as they are hashed, a table, or log records of OpenTelemetry.

use crate::entry::{Content, Entry, Feature, FileUsed};
use crate::time::rfc3339;
use crate::{AuditError, Filter, Reader, Row};
use serde_json::{Value, json};
use std::io::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line of JSON an entry: its leaf, and its record byte by byte as the leaf was made of it.
    Jsonl,
    Csv,
    /// A line of JSON an entry, as the file exporter of OTLP writes logs.
    Otel,
}

const COLUMNS: [&str; 28] = [
    "seq",
    "time",
    "id",
    "user",
    "client",
    "by",
    "feature",
    "action",
    "of",
    "workspace",
    "model",
    "model_sha256",
    "privacy",
    "files",
    "prompt_tokens",
    "answer_tokens",
    "asked_bytes",
    "answer_bytes",
    "milliseconds",
    "tool",
    "tool_class",
    "permission",
    "host",
    "host_class",
    "purpose",
    "sent_bytes",
    "counts",
    "note",
];

/// Writes the entries that `filter` takes, with what was said in them if `contents`; how many. What is erased is left out, but
/// for JSON lines of the whole log: there the leaf stays.
///
/// # Errors
/// They cannot be read or written.
pub fn export(
    reader: &Reader,
    filter: &Filter,
    format: Format,
    contents: bool,
    out: &mut dyn Write,
) -> Result<u64, AuditError> {
    let failed = |error: std::io::Error| AuditError::Told(format!("cannot be written: {error}"));
    let mut count = 0;
    if format == Format::Csv {
        let more = if contents { ",asked,answer" } else { "" };
        writeln!(out, "{}{more}", COLUMNS.join(",")).map_err(failed)?;
    }
    reader.each(|row| {
        let line = match (&row.entry, &row.record) {
            (Some(entry), Some(record)) if filter.takes(row.seq, entry) => {
                let content = if contents { reader.content(&row)? } else { None };
                match format {
                    Format::Jsonl => jsonl(&row, record, content.as_ref())?,
                    Format::Csv => csv(row.seq, entry, contents.then_some(content.unwrap_or_default())),
                    Format::Otel => otel(row.seq, entry, content.as_ref()).to_string(),
                }
            }
            (_, None) if format == Format::Jsonl && *filter == Filter::default() => {
                format!("{{\"leaf\":\"{}\",\"record\":null}}", row.leaf)
            }
            _ => return Ok(()),
        };
        count += 1;
        writeln!(out, "{line}").map_err(failed)
    })?;
    Ok(count)
}

fn jsonl(row: &Row, record: &str, content: Option<&Content>) -> Result<String, AuditError> {
    let said = match content {
        Some(content) => format!(",\"said\":{}", serde_json::to_string(content)?),
        None => String::new(),
    };
    Ok(format!("{{\"leaf\":\"{}\",\"record\":{record}{said}}}", row.leaf))
}

fn csv(seq: u64, entry: &Entry, content: Option<Content>) -> String {
    let model = entry.model.as_ref();
    let file = |file: &FileUsed| format!("{} {}", file.path, file.sha256.as_deref().unwrap_or("-"));
    let files: Vec<String> = entry.files.iter().map(file).collect();
    let counts: Vec<String> = entry.counts.iter().map(|(what, count)| format!("{what}={count}")).collect();
    let (sizes, request) = (&entry.sizes, entry.request.as_ref());
    let mut cells = vec![
        seq.to_string(),
        rfc3339(entry.time),
        entry.id.clone(),
        entry.actor.user.clone(),
        entry.actor.client.clone(),
        entry.actor.by.name().into(),
        entry.feature.name().into(),
        entry.action.name().into(),
        entry.of.clone().unwrap_or_default(),
        entry.workspace.clone().unwrap_or_default(),
        model.map(|model| model.name.clone()).unwrap_or_default(),
        model.and_then(|model| model.sha256.clone()).unwrap_or_default(),
        entry.privacy.clone(),
        files.join("; "),
        sizes.prompt_tokens.to_string(),
        sizes.answer_tokens.to_string(),
        sizes.asked_bytes.to_string(),
        sizes.answer_bytes.to_string(),
        sizes.milliseconds.to_string(),
        entry.tool.as_ref().map(|tool| tool.name.clone()).unwrap_or_default(),
        entry.tool.as_ref().map(|tool| tool.class.clone()).unwrap_or_default(),
        entry.tool.as_ref().map(|tool| tool.permission.name().to_owned()).unwrap_or_default(),
        request.map(|request| request.host.clone()).unwrap_or_default(),
        request.map(|request| request.class.clone()).unwrap_or_default(),
        request.map(|request| request.purpose.clone()).unwrap_or_default(),
        entry.sent_bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        counts.join("; "),
        entry.note.clone().unwrap_or_default(),
    ];
    if let Some(Content { asked, answer }) = content {
        cells.extend([asked.unwrap_or_default(), answer.unwrap_or_default()]);
    }
    cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")
}

/// As RFC 4180 has it; and what a spreadsheet would take for a formula begins with a sign that makes it text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

/// Names are those of the semantic conventions for generative AI where they have one; the rest is under `trust.`.
fn otel(seq: u64, entry: &Entry, content: Option<&Content>) -> Value {
    let mut attributes = Vec::new();
    let mut text = |key: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes.push(json!({ "key": key, "value": { "stringValue": value } }));
        }
    };
    text("gen_ai.operation.name", operation(entry.feature));
    text("gen_ai.request.model", entry.model.as_ref().map(|model| model.name.as_str()));
    text("trust.model.sha256", entry.model.as_ref().and_then(|model| model.sha256.as_deref()));
    text("gen_ai.tool.name", entry.tool.as_ref().map(|tool| tool.name.as_str()));
    text("trust.tool.class", entry.tool.as_ref().map(|tool| tool.class.as_str()));
    text("trust.tool.permission", entry.tool.as_ref().map(|tool| tool.permission.name()));
    text("server.address", entry.request.as_ref().map(|request| request.host.as_str()));
    text("trust.request.class", entry.request.as_ref().map(|request| request.class.as_str()));
    text("trust.request.purpose", entry.request.as_ref().map(|request| request.purpose.as_str()));
    text("enduser.id", Some(&entry.actor.user));
    text("trust.client", Some(&entry.actor.client));
    text("trust.by", Some(entry.actor.by.name()));
    text("trust.feature", Some(entry.feature.name()));
    text("trust.action", Some(entry.action.name()));
    text("trust.id", Some(&entry.id));
    text("trust.of", entry.of.as_deref());
    text("trust.workspace", entry.workspace.as_deref());
    text("trust.privacy", Some(&entry.privacy));
    text("trust.note", entry.note.as_deref());
    text("gen_ai.input.messages", content.and_then(|content| content.asked.as_deref()));
    text("gen_ai.output.messages", content.and_then(|content| content.answer.as_deref()));
    if !entry.files.is_empty() {
        // In the same order; empty where it is not known.
        let mut list = |key: &str, of: fn(&FileUsed) -> &str| {
            let values = entry.files.iter().map(|file| json!({ "stringValue": of(file) }));
            let values: Vec<Value> = values.collect();
            attributes.push(json!({ "key": key, "value": { "arrayValue": { "values": values } } }));
        };
        list("trust.files", |file| &file.path);
        list("trust.files.sha256", |file| file.sha256.as_deref().unwrap_or_default());
    }
    let sizes = &entry.sizes;
    let numbers = [
        ("gen_ai.usage.input_tokens", sizes.prompt_tokens),
        ("gen_ai.usage.output_tokens", sizes.answer_tokens),
        ("trust.milliseconds", sizes.milliseconds),
        ("trust.seq", seq),
    ];
    let sent = entry.sent_bytes.map(|bytes| ("trust.sent_bytes", bytes));
    attributes.extend(
        numbers
            .into_iter()
            .chain(sent)
            .map(|(key, value)| json!({ "key": key, "value": { "intValue": value.to_string() } })),
    );
    let counts = entry.counts.iter();
    attributes.extend(counts.map(|(what, count)| {
        json!({ "key": format!("trust.count.{what}"), "value": { "intValue": count.to_string() } })
    }));
    let body = format!("{} {}", entry.feature.name(), entry.action.name());
    let record = json!({
        "timeUnixNano": (u128::from(entry.time) * 1000).to_string(),
        "severityNumber": 9,
        "severityText": "INFO",
        "body": { "stringValue": body },
        "attributes": attributes,
    });
    let service = json!([{ "key": "service.name", "value": { "stringValue": "trust-lsp" } }]);
    let scope = json!({ "scope": { "name": "trust-lsp.audit" }, "logRecords": [record] });
    json!({ "resourceLogs": [{ "resource": { "attributes": service }, "scopeLogs": [scope] }] })
}

fn operation(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::Completion => Some("text_completion"),
        Feature::Chat => Some("chat"),
        Feature::Action => Some("generate_content"),
        Feature::Tool => Some("execute_tool"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests/exporting.rs"]
mod tests;
