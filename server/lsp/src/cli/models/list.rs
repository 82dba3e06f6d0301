//! `trust-lsp models list`: the bundled model and those of the store, and which one is in use.

use super::in_use::InUse;
use super::{size, weights};
use crate::library::{self, Row, object, rows};
use serde_json::{Value, json};
use trust_models::{Listing, Recorded};

pub fn list(json: bool) -> anyhow::Result<()> {
    let (in_use, store) = (InUse::here()?, library::store());
    let listing = match &store {
        Ok(store) => store.list()?,
        Err(error) => Listing { notices: vec![error.to_string()], ..Listing::default() },
    };
    let rows = rows(&listing, in_use.value())?;
    if json {
        let models: Vec<Value> = rows.iter().map(object).collect();
        let found = &in_use.found;
        let origin = json!({"layer": found.layer.name(), "source": found.source, "line": found.line});
        let folder = store.ok().map(|store| store.folder().to_owned());
        println!(
            "{:#}",
            json!({
                "models": models,
                "inUse": {"model": in_use.value(), "origin": origin},
                "folder": folder,
                "notices": listing.notices,
            })
        );
        return Ok(());
    }
    listing.notices.iter().for_each(|notice| eprintln!("trust-lsp: {notice}"));
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    for row in &rows {
        let star = if row.in_use { '*' } else { ' ' };
        let Recorded { parameters, quantisation, .. } = &row.facts;
        println!(
            "{star} {:width$}  {:>7}  {quantisation:<7} {:>8}  {:<20}  {}",
            row.name,
            weights(*parameters),
            size(row.size),
            able(row),
            row.origin
        );
    }
    println!("in use: {} ({})", in_use.value(), in_use.why());
    if !rows.iter().any(|row| row.in_use)
        && let Err(error) = library::open(in_use.value())
    {
        eprintln!("trust-lsp: {error}");
    }
    Ok(())
}

/// What a model can do, as far as its file says it; the bundled one was made for less.
pub fn able(row: &Row) -> &'static str {
    match (row.facts.fill_in_the_middle, row.facts.chat_template && row.entry.is_some()) {
        (true, true) => "fills holes, chats",
        (true, false) => "fills holes",
        (false, true) => "chats",
        (false, false) => "continues texts",
    }
}
