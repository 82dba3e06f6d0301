//! `trust-lsp models list`: the bundled model and those of the store, and which one is in use.

use super::in_use::InUse;
use super::{size, weights};
use crate::library::{self, Row, object, rows};
use serde_json::{Value, json};
use trust_models::{Listing, Recorded, Task};

pub fn list(json: bool) -> anyhow::Result<()> {
    let (in_use, store) = (InUse::here()?, library::store());
    let listing = match &store {
        Ok(store) => store.list()?,
        Err(error) => Listing { notices: vec![error.to_string()], ..Listing::default() },
    };
    let rows = rows(&listing, &in_use.chosen)?;
    if json {
        let models: Vec<Value> = rows.iter().map(object).collect();
        let one = |task: Task| {
            let found = &in_use.found[task as usize];
            let origin = json!({"layer": found.layer.name(), "source": found.source, "line": found.line});
            json!({"model": in_use.value(task), "said": in_use.said(task), "why": in_use.chosen.of(task).why, "origin": origin})
        };
        let mut in_use_here = one(Task::Completion);
        (in_use_here["chat"], in_use_here["review"]) = (one(Task::Chat), one(Task::Review));
        let folder = store.ok().map(|store| store.folder().to_owned());
        println!(
            "{:#}",
            json!({
                "models": models,
                "inUse": in_use_here,
                "folder": folder,
                "notices": listing.notices,
            })
        );
        return Ok(());
    }
    listing.notices.iter().for_each(|notice| eprintln!("trust-lsp: {notice}"));
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    for row in &rows {
        let star = if row.tasks.is_empty() { ' ' } else { '*' };
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
    for task in Task::ALL {
        match task {
            Task::Completion => print!("in use"),
            task if in_use.is_apart(task) => print!("for {}", task.name()),
            _ => continue,
        }
        println!(": {} ({})", in_use.value(task), in_use.why(task));
        if !rows.iter().any(|row| row.tasks.contains(&task))
            && let Err(error) = library::open(in_use.value(task))
        {
            eprintln!("trust-lsp: {error}");
        }
    }
    Ok(())
}

/// What a model can do, as far as its file says it; the bundled one was made for less.
pub fn able(row: &Row) -> &'static str {
    match (row.facts.fill_in_the_middle, row.facts.chat_template && !row.facts.is_of_bundled()) {
        (true, true) => "fills holes, chats",
        (true, false) => "fills holes",
        (false, true) => "chats",
        (false, false) => "continues texts",
    }
}
