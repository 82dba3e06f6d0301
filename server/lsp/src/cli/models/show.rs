//! `trust-lsp models show`: what a model's file says of itself, and how the model is talked to.

use crate::library;
use anyhow::Context;
use trust_dialect::{Dialect, Origin, hash};
use trust_gguf::Facts;

pub fn show(model: &str, json: bool) -> anyhow::Result<()> {
    let model = library::open(&library::spelled(model))?.context("`none` is no model")?;
    let facts = &model.facts;
    let template = facts.metadata.str("tokenizer.chat_template");
    let dialect = Dialect::of(template, "", "");
    if json {
        let mut object = object(facts, template, &dialect);
        object["path"] = model.path.to_string_lossy().into();
        println!("{object:#}");
        return Ok(());
    }
    for (name, value) in rows(facts, template, &dialect) {
        println!("{name:<14}{value}");
    }
    Ok(())
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

fn object(facts: &Facts, template: Option<&str>, dialect: &Dialect) -> serde_json::Value {
    let origin = match dialect.origin() {
        Origin::Known(_) => "known",
        Origin::Rendered => "rendered",
        Origin::Injected(_) => "injected",
    };
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
        "dialect": {
            "origin": origin,
            "why": dialect.origin().to_string(),
            "call": dialect.calls().example(),
            "reasoning": dialect.reasoning().map(|(open, close)| [open, close]),
            "parallel": dialect.calls().parallel,
        },
    })
}
