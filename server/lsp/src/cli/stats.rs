//! `trust-lsp stats`

use crate::assistant::cache_folder;
use crate::stats::{Counts, Store, Summary, folder};
use clap::Args;
use std::process::ExitCode;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp stats
  trust-lsp stats --json | jq '.rows[] | select(.language == \"rust\")'

Counted on this machine by the servers that editors started, and sent nowhere: how many inline completions were shown,
accepted (by whatever key, or typed to their end), still there after 20 seconds, and rejected by typing something else.
`trust-lsp config set statistics false` turns it off; removing the folder named below removes it.";

#[derive(Args)]
pub struct Stats {
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(command: Stats) -> ExitCode {
    let Some(folder) = cache_folder().map(|cache| folder(&cache)) else {
        eprintln!("trust-lsp: no home folder, so nothing is counted; set HOME");
        return ExitCode::FAILURE;
    };
    let summary = Store::read(&folder);
    if command.json {
        println!("{}", json(&summary));
    } else if summary.counts.is_empty() {
        println!("Nothing was counted so far (in {}).", folder.display());
    } else {
        table(&summary);
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
    serde_json::json!({ "rows": summary.counts.iter().map(row).collect::<Vec<_>>() })
}

fn table(summary: &Summary) {
    println!(
        "{:<16}{:<8}{:>9}{:>10}{:>8}{:>10}{:>11}",
        "language", "source", "shown", "accepted", "kept", "rejected", "accepted %"
    );
    for ((language, source), counts) in &summary.counts {
        let share = 100.0 * counts.accepted as f64 / counts.shown.max(1) as f64;
        let Counts { shown, accepted, kept, rejected } = counts;
        println!("{language:<16}{source:<8}{shown:>9}{accepted:>10}{kept:>8}{rejected:>10}{share:>11.1}");
    }
}
