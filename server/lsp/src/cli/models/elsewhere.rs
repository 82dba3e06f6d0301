//! `trust-lsp models show endpoint:NAME`: what an engine elsewhere says of its model. It renders the template and reads calls itself; what
//! its template shows of them is told as that of a file is.

use super::show::{chosen, dialect_object};
use crate::net::{facts, net};
use anyhow::{Context, Error};
use trust_dialect::{Dialect, hash};
use trust_wire::{Endpoint, Facts};

pub fn show(name: &str, json: bool) -> anyhow::Result<()> {
    let endpoint = net()?.endpoint(name).with_context(|| format!("no endpoint is called {name:?}"))?;
    let facts = facts(name).map_err(Error::msg)?;
    let template = facts.template.as_deref();
    let dialect = match template {
        Some(_) => Some(Dialect::chosen(template, "", "", &chosen()?)),
        None => None,
    };
    if json {
        println!("{:#}", object(endpoint, &facts, dialect.as_ref()));
        return Ok(());
    }
    for (what, value) in rows(endpoint, &facts, dialect.as_ref()) {
        println!("{what:<14}{value}");
    }
    Ok(())
}

fn rows(endpoint: &Endpoint, facts: &Facts, dialect: Option<&Dialect>) -> Vec<(&'static str, String)> {
    let not_said = || "(not said)".to_owned();
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut rows = vec![
        ("name", facts.model.clone().unwrap_or_else(not_said)),
        (
            "engine",
            format!("{} ({}) {}", endpoint.url, endpoint.class.name(), facts.version).trim().to_owned(),
        ),
        ("context", facts.context.map_or_else(not_said, |tokens| format!("{tokens} tokens"))),
        ("fills holes", yes(facts.fills)),
        ("told of tools", yes(endpoint.tools)),
    ];
    match (facts.template.as_deref(), dialect) {
        (Some(template), Some(dialect)) => rows.extend([
            ("template", format!("{} bytes, hash {:016x}", template.len(), hash(template))),
            ("dialect", format!("the engine's own; its template: {}", dialect.origin())),
            ("calls", dialect.calls().example()),
        ]),
        _ => rows.push(("dialect", "the engine's own; it does not tell its template".into())),
    }
    rows
}

fn object(endpoint: &Endpoint, facts: &Facts, dialect: Option<&Dialect>) -> serde_json::Value {
    serde_json::json!({
        "name": facts.model,
        "endpoint": endpoint.name,
        "url": endpoint.url,
        "class": endpoint.class,
        "version": facts.version,
        "contextLength": facts.context,
        "fillInTheMiddle": facts.fills,
        "tools": endpoint.tools,
        "templateHash": facts.template.as_deref().map(|text| format!("{:016x}", hash(text))),
        "dialect": dialect.map(dialect_object),
    })
}
