//! `trust-lsp gate`

use super::{layers, workspace};
use crate::assistant::cache_folder;
use crate::stats::{Store, folder};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use trust_complete::{Beliefs, Gate, Signs, beliefs};

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp gate show            what is believed how far, and what it learned from you
  trust-lsp gate show --json
  trust-lsp gate reset           forget what it learned; the counts of `trust-lsp stats` stay

A server that is running reads this when it starts. Of the configuration, `gate.enable` switches the gate off, `adapt` its learning,
and `gate.shift` moves the thresholds, here those of this workspace in general.";

/// Characters of the texts for which it is told from which probability they are shown.
const LENGTHS: [usize; 4] = [3, 10, 20, 40];

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is believed how far.
    Show {
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Forget what was learned from accepted and rejected completions.
    Reset,
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.action {
        Action::Show { json } => {
            show(json);
            Ok(())
        }
        Action::Reset => reset(),
    })
}

fn reset() -> anyhow::Result<()> {
    let cache = cache_folder().context("no home folder, so nothing was learned; set HOME")?;
    let folder = folder(&cache);
    let reset = Store::open(&folder).and_then(|(mut store, _)| store.forget_recent());
    reset.with_context(|| folder.display().to_string())
}

fn show(json: bool) {
    let summary = cache_folder().map(|cache| Store::read(&folder(&cache))).unwrap_or_default();
    let settings = layers::Flags::default().settings(workspace::here(), None);
    let recent: &[bool] = if settings.adapt { &summary.recent } else { &[] };
    let (learned, beliefs) = (Gate::adapted(recent, false), beliefs());
    let gate = learned.moved(settings.gate_shift as f32);
    let accepted = summary.recent.iter().filter(|accepted| **accepted).count();
    if json {
        let recall = beliefs.recall;
        let answer = serde_json::json!({
            "enabled": settings.gate_enable,
            "from": LENGTHS.map(|characters| (characters, gate.from(characters))),
            "look": beliefs.look, "reading": beliefs.reading, "at_once": beliefs.at_once,
            "shift": learned.shift(), "configured": settings.gate_shift, "decisions": summary.recent.len(), "accepted": accepted,
            "copies": beliefs.copies, "divided": beliefs.divided, "recall": { "matched": recall.matched, "model": recall.model, "share": recall.share, "agreed": recall.agreed },
        });
        println!("{answer}");
        return;
    }
    if !settings.gate_enable {
        println!(
            "It is switched off (`gate.enable`): whatever is found and fits is shown. Switched on, this would hold:\n"
        );
    }
    println!("Configured: {:+.1} points (`gate.shift`)\n", 100.0 * settings.gate_shift);
    print((gate, learned), &beliefs, summary.recent.len(), accepted);
}

fn print((gate, learned): (Gate, Gate), beliefs: &Beliefs, decisions: usize, accepted: usize) {
    println!(
        "While you type, that is shown which saves the most keys: a wrong text costs {} of them,",
        beliefs.look
    );
    println!("and {} for each of its characters. So a text is shown", beliefs.reading);
    for characters in LENGTHS {
        println!("  of {characters:>2} characters             from {:>5.1} %", 100.0 * gate.from(characters));
    }
    println!("  copied, without the model     from {:>5.1} %", 100.0 * beliefs.at_once);
    println!("  (when you ask for it, whatever its probability)\n");
    println!(
        "Learned: {:+.1} points, from {accepted} accepted of {decisions} decisions",
        100.0 * learned.shift()
    );
    println!(
        "  (from {} decisions on, at most {:+.0} to {:+.0} points)\n",
        beliefs.enough,
        100.0 * beliefs.shifts.0,
        100.0 * beliefs.shifts.1
    );
    println!("A copy is right to the end of its line, by the tokens that matched before it:");
    beliefs
        .copies
        .iter()
        .for_each(|(tokens, right)| println!("  {tokens:>3} and more  {:>5.1} %", 100.0 * right));
    println!("  times {} where the matches go on differently\n", beliefs.divided);
    println!(
        "The project's past, where all of it agrees and the model is undecided, has this share in the next token,"
    );
    println!("by the tokens that matched before it:");
    for (matched, _) in beliefs.recall.matched {
        let signs = Signs { matched, model: 0.5, share: 1.0, agreed: 0.5, wanted: false };
        println!("  {matched:>3} and more  {:>5.1} %", 100.0 * beliefs.recall.weight(&signs));
    }
}
