//! `trust-lsp stats`

use crate::assistant::cache_folder;
use crate::stats::{BOUNDS, Counts, Store, Summary, folder, page, plots, title};
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp stats
  trust-lsp stats --html stats.html         a page with plots, for a browser: no script, nothing fetched
  trust-lsp stats --json | jq '.rows[] | select(.language == \"rust\")'

Counted on this machine by the servers that editors started, and sent nowhere: how many inline completions were shown,
accepted (by whatever key, or typed to their end), still there after 20 seconds, and rejected by typing something else; the same by
feature and model (inline completions, items of the menu, next edits, code actions); how long answers took, those apart that were
never shown; their tokens, and the memory that was held.
`trust-lsp config set statistics false` turns it off; removing the folder named below removes it.";

#[derive(Args)]
pub struct Stats {
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    /// Write a page with plots to this file, in place of what is there.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    html: Option<PathBuf>,
}

pub fn run(command: Stats) -> ExitCode {
    let Some(folder) = cache_folder().map(|cache| folder(&cache)) else {
        eprintln!("trust-lsp: no home folder, so nothing is counted; set HOME");
        return ExitCode::FAILURE;
    };
    let summary = Store::read(&folder);
    if let Some(file) = &command.html {
        let written = trust_config::write_file(file, &page(&summary), true);
        return super::end(written.with_context(|| file.display().to_string()));
    }
    if command.json {
        println!("{}", json(&summary));
    } else if summary.is_empty() {
        println!("Nothing was counted so far (in {}).", folder.display());
    } else {
        if !summary.counts.is_empty() {
            table(&summary);
        }
        if !summary.fates.is_empty() {
            fates(&summary);
        }
        print!("{}", plots(&summary, width()));
        println!("\nin {}", folder.display());
    }
    ExitCode::SUCCESS
}

fn json(summary: &Summary) -> serde_json::Value {
    let row = |((language, source), counts): (&(String, String), &Counts)| {
        serde_json::json!({
            "language": language, "source": source, "shown": counts.shown, "accepted": counts.accepted,
            "kept": counts.kept, "rejected": counts.rejected,
        })
    };
    let fate = |((feature, model), counts): (&(String, String), &Counts)| {
        serde_json::json!({
            "feature": feature, "model": model, "shown": counts.shown, "accepted": counts.accepted,
            "kept": counts.kept, "rejected": counts.rejected,
        })
    };
    let answers = summary.work.iter().map(|((feature, model), work)| {
        serde_json::json!({
            "feature": feature, "model": model, "answers": work.answers(), "milliseconds": work.milliseconds,
            "promptTokens": work.prompt, "answerTokens": work.answer, "bounds": BOUNDS, "buckets": work.buckets,
        })
    });
    let memory = summary.memory.iter().map(|(model, memory)| {
        serde_json::json!({
            "model": model, "resident": memory.resident, "weights": memory.weights, "kv": memory.kv,
        })
    });
    serde_json::json!({
        "rows": summary.counts.iter().map(row).collect::<Vec<_>>(),
        "fates": summary.fates.iter().map(fate).collect::<Vec<_>>(),
        "answers": answers.collect::<Vec<_>>(), "memory": memory.collect::<Vec<_>>(),
    })
}

/// Columns of the terminal, as a shell tells them; 80 where it does not.
fn width() -> usize {
    #[allow(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.filter(|columns| (20..=500).contains(columns)).unwrap_or(80)
}

fn table(summary: &Summary) {
    println!(
        "{:<16}{:<8}{:>9}{:>10}{:>8}{:>10}{:>11}",
        "language", "source", "shown", "accepted", "kept", "rejected", "accepted %"
    );
    for ((language, source), counts) in &summary.counts {
        let share = counts.accepted_share();
        let Counts { shown, accepted, kept, rejected } = counts;
        println!("{language:<16}{source:<8}{shown:>9}{accepted:>10}{kept:>8}{rejected:>10}{share:>11.1}");
    }
}

/// The same by feature and model: of completions those in the menu, too, and what else is offered.
fn fates(summary: &Summary) {
    println!(
        "\n{:<14}{:<26}{:>9}{:>10}{:>8}{:>10}{:>11}",
        "feature", "model", "shown", "accepted", "kept", "rejected", "accepted %"
    );
    for ((feature, model), counts) in &summary.fates {
        let Counts { shown, accepted, kept, rejected } = counts;
        let (feature, share) = (title(feature), counts.accepted_share());
        println!("{feature:<14}{model:<26}{shown:>9}{accepted:>10}{kept:>8}{rejected:>10}{share:>11.1}");
    }
}
