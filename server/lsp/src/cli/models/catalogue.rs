//! `trust-lsp models catalogue`: models that others publish, whether they would fit here, and how to get them.

use super::recommend::Asked;
use super::{size, weights};
use crate::library;
use serde_json::{Value, json};
use std::path::Path;
use trust_models::{Listed, Listing, Machine};

pub fn catalogue(asked: Option<Asked>, json: bool) -> anyhow::Result<()> {
    let listing = library::store().ok().and_then(|store| store.list().ok()).unwrap_or_default();
    let available = Machine::available();
    let all = trust_models::catalogue(asked.map(Asked::task));
    if json {
        let entries: Vec<_> = all.map(|listed| object(listed, available, &listing)).collect();
        println!("{}", serde_json::to_string_pretty(&entries)?);
        return Ok(());
    }
    for listed in all {
        println!(
            "{:<28} {:<12} {:>7}  {:<7} about {:>8}  {:<15} {}",
            listed.name,
            if listed.tasks.contains(&Asked::Completion.task()) { "completion" } else { "chat, review" },
            weights(listed.parameters),
            listed.quantisation,
            size(listed.about_bytes),
            fits(listed, available),
            verified(listed),
        );
        println!("    {}, licence: {}", listed.source, listed.license);
        println!(
            "    {}",
            match stored(listed, &listing) {
                Some(name) => format!("in the store, as {name}"),
                None => get(listed),
            }
        );
    }
    println!(
        "in `strict` nothing is fetched (docs/models.md); an unverified model has no hash here, and its size is about\n\
         whether one fits counts its weights alone: what its cache takes is known of its file"
    );
    Ok(())
}

/// What fetches it.
pub fn get(listed: &Listed) -> String {
    format!("trust-lsp models pull {}", listed.name)
}

/// What it is called in the store, where it was fetched by its name or from its place.
pub fn stored<'a>(listed: &Listed, listing: &'a Listing) -> Option<&'a str> {
    let is_it = |entry: &&trust_models::Entry| match listed.sha256 {
        Some(hash) => entry.sha256 == hash,
        None => entry.origin.as_deref() == Some(Path::new(listed.source)),
    };
    listing.entries.iter().find(is_it).map(|entry| entry.name.as_str())
}

pub fn verified(listed: &Listed) -> &'static str {
    if listed.sha256.is_some() { "sha256 known" } else { "unverified" }
}

fn fits(listed: &Listed, available: Option<u64>) -> &'static str {
    match available.map(|available| listed.fits(available)) {
        Some(true) => "fits",
        Some(false) => "too large",
        None => "fit not known",
    }
}

fn object(listed: &Listed, available: Option<u64>, listing: &Listing) -> Value {
    let tasks = Asked::ALL.into_iter().filter(|asked| listed.tasks.contains(&asked.task()));
    json!({
        "name": listed.name,
        "tasks": tasks.map(Asked::name).collect::<Vec<_>>(),
        "parameters": listed.parameters,
        "quantisation": listed.quantisation,
        "license": listed.license,
        "source": listed.source,
        "approximateBytes": listed.about_bytes,
        "sha256": listed.sha256,
        "verified": listed.sha256.is_some(),
        "weightsFit": available.map(|available| listed.fits(available)),
        "stored": stored(listed, listing),
        "pull": get(listed),
    })
}
