//! `trust-lsp models recommend`: which model is fit for a task on this machine, with the reasons.

use super::catalogue::{get, stored, verified};
use super::in_use::InUse;
use super::size;
use crate::cli::{layers, workspace};
use crate::library;
use clap::ValueEnum;
use serde_json::json;
use trust_models::{Conditions, Listed, Listing, Standing, Task, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Asked {
    Completion,
    Chat,
    Review,
}

impl Asked {
    pub const ALL: [Self; 3] = [Self::Completion, Self::Chat, Self::Review];

    pub fn task(self) -> Task {
        match self {
            Self::Completion => Task::Completion,
            Self::Chat => Task::Chat,
            Self::Review => Task::Review,
        }
    }

    pub fn name(self) -> &'static str {
        self.task().name()
    }
}

pub fn recommend(asked: Option<Asked>, json: bool) -> anyhow::Result<()> {
    let in_use = InUse::here()?;
    let listing = match library::store() {
        Ok(store) => store.list()?,
        Err(error) => {
            eprintln!("trust-lsp: {error}");
            Listing::default()
        }
    };
    listing.notices.iter().for_each(|notice| eprintln!("trust-lsp: {notice}"));
    let candidates = library::candidates(&listing, &in_use.chosen)?;
    let settings = layers::Flags::default().settings(workspace::here(), None);
    let budget = library::budget(&settings);
    let conditions = |asked: Asked| {
        let context = library::context(&settings, asked.task());
        Conditions { budget, ..Conditions::here(context) }
    };
    let available = conditions(Asked::Completion).available;
    let tasks = Asked::ALL.into_iter().filter(|task| asked.is_none_or(|asked| asked == *task));
    let judged: Vec<(Asked, Vec<Verdict>)> = tasks
        .map(|task| (task, trust_models::recommend(candidates.clone(), task.task(), conditions(task))))
        .collect();
    let missing = |task: &Asked| {
        let is_beyond = |listed: &Listed| budget.is_some_and(|budget| listed.about_bytes > budget);
        let has = |listed: &Listed| stored(listed, &listing).is_some() || is_beyond(listed);
        available.and_then(|available| Listed::largest(task.task(), available, has))
    };
    if json {
        let told: Vec<_> =
            judged.iter().map(|(task, verdicts)| object(*task, verdicts, missing(task))).collect();
        println!("{}", serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    for (task, verdicts) in &judged {
        print(*task, verdicts, missing(task), in_use.value(task.task()));
    }
    Ok(())
}

/// The first, where it can do it and fits.
fn best(verdicts: &[Verdict]) -> Option<&Verdict> {
    verdicts.first().filter(|verdict| verdict.standing <= Standing::Slow)
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "good",
        Standing::Unmeasured => "not measured",
        Standing::Uncertain => "may not fit",
        Standing::Slow => "slow",
        Standing::TooLarge => "too large",
        Standing::Unable => "not able",
    }
}

fn object(task: Asked, verdicts: &[Verdict], missing: Option<&Listed>) -> serde_json::Value {
    let models = verdicts.iter().map(|verdict| {
        json!({"name": verdict.candidate.name, "standing": word(verdict.standing), "reasons": verdict.reasons})
    });
    json!({
        "task": task.name(),
        "recommended": best(verdicts).map(|verdict| &verdict.candidate.name),
        "models": models.collect::<Vec<_>>(),
        "notInStore": missing.map(|listed| listed.name),
    })
}

fn print(task: Asked, verdicts: &[Verdict], missing: Option<&Listed>, in_use: &str) {
    let named = best(verdicts).map_or("none of these", |verdict| &verdict.candidate.name);
    println!("{}: {named}", task.name());
    if task == Asked::Review {
        println!(
            "  reviews are made by rules; a model takes part where it is asked (`trust-lsp review --ask-model`, `trust/review` with `model`)"
        );
    }
    for verdict in verdicts {
        println!("  {} ({})", verdict.candidate.name, word(verdict.standing));
        verdict.reasons.iter().for_each(|reason| println!("    {reason}"));
    }
    if let Some(listed) = missing {
        println!("  not in the store, and its weights would fit (tried by nobody here):");
        println!("    {}: about {}, {}", get(listed), size(listed.about_bytes), verified(listed));
    }
    if let Some(best) = best(verdicts).map(|verdict| &verdict.candidate.name)
        && library::spelled(best) != in_use
    {
        match task {
            Asked::Completion => println!("  trust-lsp models use {best}"),
            task => println!("  trust-lsp models use {best} --for {}", task.name()),
        }
    }
}
