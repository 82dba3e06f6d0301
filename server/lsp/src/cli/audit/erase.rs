//! `trust-lsp audit erase` and `retention`

use super::{Which, folder, reader};
use crate::audit;
use crate::cli::confirm::confirmed;
use crate::cli::{layers, workspace};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use trust_audit::{Cutoff, Feature, Filter, What, now, rfc3339};
use trust_config::{Config, Place};

const DAY: u64 = 24 * 60 * 60 * 1_000_000;

#[derive(Args)]
pub struct Erase {
    /// All entries.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
    /// Only what was said in them; that they were there, and what of, stays.
    #[arg(long)]
    content: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub struct Retention {
    /// Erase what is older now; servers do it once a day.
    #[arg(long)]
    run: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Erase) -> anyhow::Result<()> {
    let which = command.which.filter()?;
    let chosen = which != Filter::default();
    if chosen == command.all {
        bail!("say which entries, with --before, --file or another, or --all");
    }
    let folder = folder()?;
    let Some(found) = reader(&folder)? else { return Ok(()) };
    let mut count = 0;
    found.each(|row| {
        let takes = |entry| entry_is_of_use(entry) && which.takes(row.seq, entry);
        count += u64::from(row.entry.as_ref().is_some_and(takes));
        Ok(())
    })?;
    drop(found);
    let what = if command.content { "what was said in up to" } else { "what is known of" };
    if !command.yes && !confirmed(&format!("Erase {what} {count} entries for good"))? {
        bail!("nothing was erased");
    }
    let what = if command.content { What::Content } else { What::Records };
    tell(&Cutoff { what, which, asked: true })
}

/// Entries about the log itself stay.
fn entry_is_of_use(entry: &trust_audit::Entry) -> bool {
    entry.feature != Feature::Audit
}

fn tell(cutoff: &Cutoff) -> anyhow::Result<()> {
    let done = trust_audit::erase(&folder()?, cutoff, &audit::eraser())?;
    println!("{} erased; that they were there can still be proved", done.entries);
    if done.entries > 0 && !done.settled {
        eprintln!(
            "trust-lsp: somebody is reading the log, so what was erased may still be in the file beside the database; \
             it goes with the next erasure, or when the last server ends"
        );
    }
    Ok(())
}

pub fn retention(command: &Retention) -> anyhow::Result<()> {
    let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
    let days = config.settings(Place::default()).audit_retention_days;
    let before = now().checked_sub(days.saturating_mul(DAY)).filter(|_| days > 0);
    let Some(found) = reader(&folder()?)? else { return Ok(()) };
    let (mut older, mut oldest) = (0u64, None);
    found.each(|row| {
        if let Some(entry) = row.entry.filter(entry_is_of_use) {
            oldest = oldest.or(Some(entry.time));
            older += u64::from(before.is_some_and(|before| entry.time < before));
        }
        Ok(())
    })?;
    drop(found);
    if command.run {
        let before = before.context("entries are kept for good: `audit.retentionDays` is 0")?;
        let which = Filter { before: Some(before), ..Filter::default() };
        return tell(&Cutoff { what: What::Records, which, asked: false });
    }
    if command.json {
        let oldest = oldest.map(rfc3339);
        println!("{}", json!({ "days": days, "older": older, "oldest": oldest }));
        return Ok(());
    }
    match before {
        Some(_) => println!("entries are kept for {days} days (`audit.retentionDays`); {older} are older"),
        None => println!("entries are kept for good (`audit.retentionDays` is 0)"),
    }
    if let Some(oldest) = oldest {
        println!("the oldest is of {}", &rfc3339(oldest)[..10]);
    }
    Ok(())
}
