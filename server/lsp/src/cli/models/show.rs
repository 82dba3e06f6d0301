//! `trust-lsp models show`: what a model's file says of itself, how the model is talked to, and what was measured of it here.

use super::bench::{held, known, speeds};
use crate::library;
use crate::tools::own_settings;
use anyhow::Context;
use std::time::{SystemTime, UNIX_EPOCH};
use trust_dialect::{Chosen, Dialect, Origin, hash};
use trust_gguf::Facts;
use trust_models::Measured;

pub fn show(typed: &str, json: bool) -> anyhow::Result<()> {
    let said = library::spelled(typed);
    let model = library::open(&said)?.context("`none` is no model")?;
    let measured = known(&said, &model);
    let facts = &model.facts;
    let template = facts.metadata.str("tokenizer.chat_template");
    let dialect = Dialect::chosen(template, "", "", &chosen()?);
    if json {
        let mut object = object(facts, template, &dialect);
        object["path"] = model.path.to_string_lossy().into();
        object["measured"] = serde_json::to_value(&measured)?;
        println!("{object:#}");
        return Ok(());
    }
    let rows = rows(facts, template, &dialect).into_iter().chain(match &measured {
        Some(measured) => told(measured),
        None => vec![("measured", format!("not on this machine; `trust-lsp models bench {typed}` does"))],
    });
    for (name, value) in rows {
        println!("{name:<14}{value}");
    }
    Ok(())
}

/// What was measured, and when.
fn told(measured: &Measured) -> Vec<(&'static str, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let ago = match now.saturating_sub(measured.measured) / 86_400 {
        0 => "less than a day ago".into(),
        1 => "a day ago".into(),
        days => format!("{days} days ago"),
    };
    let version = &measured.version;
    let mut rows = vec![("measured", format!("on this machine by version {version}, {ago}"))];
    rows.extend(speeds(measured));
    rows.push(held(measured));
    rows
}

/// What the user says of templates; what is wrong there is an error here.
pub(super) fn chosen() -> anyhow::Result<Vec<Chosen>> {
    let said = own_settings().model_dialects;
    let read = |one: &String| one.parse().map_err(|why| anyhow::anyhow!("model.dialects: {why}"));
    said.iter().map(read).collect()
}

fn rows(facts: &Facts, template: Option<&str>, dialect: &Dialect) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("name", facts.name.clone().unwrap_or_else(|| "(none)".into())),
        ("architecture", facts.architecture.clone()),
        ("weights", format!("{} ({}, {} layers)", facts.parameters, facts.quantisation, facts.block_count)),
        ("size", format!("{} bytes", facts.size_bytes)),
        ("context", format!("{} tokens", facts.context_length)),
        ("vocabulary", format!("{} tokens", facts.vocabulary)),
        (
            "cache",
            match (facts.kv_bytes_per_token(), facts.kv_bytes_at_most()) {
                (Some(bytes), _) => format!("{bytes} bytes a token"),
                (None, Some(most)) => {
                    format!("(not known of this architecture; at most {most} bytes a token)")
                }
                (None, None) => "(not known of this architecture)".into(),
            },
        ),
        ("fills holes", if facts.fim.is_some() { "yes" } else { "no" }.into()),
        ("licence", facts.metadata.str("general.license").unwrap_or("(not said)").into()),
        (
            "template",
            template
                .map_or("(none)".into(), |text| format!("{} bytes, hash {:016x}", text.len(), hash(text))),
        ),
        ("dialect", dialect.origin().to_string()),
        ("calls", dialect.calls().example()),
    ];
    if let Some((open, close)) = dialect.reasoning() {
        rows.push(("thoughts", format!("{open} ... {close}")));
    }
    rows
}

/// How calls are made, and why it is known.
pub(super) fn dialect_object(dialect: &Dialect) -> serde_json::Value {
    let origin = match dialect.origin() {
        Origin::Known(_) => "known",
        Origin::Chosen(_) => "chosen",
        Origin::Rendered => "rendered",
        Origin::Injected(_) => "injected",
    };
    serde_json::json!({
        "origin": origin,
        "why": dialect.origin().to_string(),
        "call": dialect.calls().example(),
        "reasoning": dialect.reasoning().map(|(open, close)| [open, close]),
        "parallel": dialect.calls().parallel,
    })
}

fn object(facts: &Facts, template: Option<&str>, dialect: &Dialect) -> serde_json::Value {
    serde_json::json!({
        "name": facts.name,
        "architecture": facts.architecture,
        "parameters": facts.parameters,
        "quantisation": facts.quantisation,
        "sizeBytes": facts.size_bytes,
        "contextLength": facts.context_length,
        "vocabulary": facts.vocabulary,
        "kvBytesPerToken": facts.kv_bytes_per_token(),
        "kvBytesAtMost": facts.kv_bytes_at_most(),
        "fillInTheMiddle": facts.fim.is_some(),
        "license": facts.metadata.str("general.license"),
        "templateHash": template.map(|text| format!("{:016x}", hash(text))),
        "dialect": dialect_object(dialect),
    })
}
