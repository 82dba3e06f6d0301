//! Learns how far the project's past is believed beside the model (`belief.rs` in `trust-complete` holds what it prints):
//! the model is led through the holes token by token, and the weight sought with which the mixture of its distribution
//! and the recalled one gives the most probability to what stands there.

use crate::packages::Sources;
use crate::systems::Project;
use crate::task::{Hole, Kind, Task};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use trust_complete::{Belief, Completer, Recall, Signs, Stages, beliefs};
use trust_inference::{Continuation, Model, Opinion, Prior};

/// Steps of the descent, and their length.
const STEPS: usize = 3000;
const RATE: f64 = 0.5;
/// What large weights cost.
const PENALTY: f64 = 1e-3;
/// Parts into which the packages are divided: each is foretold by what the others taught.
const FOLDS: usize = 4;

/// One token of what stands in a hole, where something was recalled.
struct Step {
    /// Counts the packages.
    package: usize,
    signs: Signs,
    /// The probability of the token: by the model, and by what was recalled.
    own: f64,
    recalled: f64,
}

/// Leads the model to the text of the hole, and notes what it and the project thought of each token.
struct Led {
    recall: Recall,
    text: String,
    package: usize,
    steps: Arc<Mutex<Vec<Step>>>,
}

impl Prior for Led {
    fn continuations(&self, written: &str, opinion: &dyn Opinion) -> Vec<Continuation> {
        let Some(rest) = self.text.strip_prefix(written) else { return Vec::new() };
        let (token, own) = opinion.of(rest, true);
        if let Some((signs, recollections)) = self.recall.signs(written, opinion) {
            let recalled: f32 =
                recollections.iter().filter(|one| one.token == token).map(|one| one.share).sum();
            let (own, recalled) = (f64::from(own), f64::from(recalled));
            let step = Step { package: self.package, signs, own, recalled };
            self.steps.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        }
        vec![Continuation { text: rest.to_owned(), ends: true, probability: 1.0 }]
    }
}

/// What was learned at the holes of `tasks`, as text.
pub fn table(sources: &Sources, tasks: &[Task], model: &dyn Model) -> Result<String> {
    let steps = steps(sources, tasks, model)?;
    let packages = steps.iter().map(|step| step.package + 1).max().unwrap_or(0);
    let now = beliefs().recall;
    let mut foretold = 0.0;
    for fold in 0..FOLDS {
        let (out, within): (Vec<&Step>, Vec<&Step>) =
            steps.iter().partition(|step| step.package % FOLDS == fold);
        foretold += nats(&learned(now, &within), &out);
    }
    let all: Vec<&Step> = steps.iter().collect();
    let count = all.len().max(1) as f64;
    let mut text = format!("{} tokens of {packages} packages at which something was recalled\n\n", all.len());
    let rows = [
        ("the model alone", all.iter().map(|step| -step.own.max(f64::MIN_POSITIVE).ln()).sum::<f64>()),
        ("as believed now", nats(&now, &all)),
        ("learned from the other packages", foretold),
        ("learned from all", nats(&learned(now, &all), &all)),
    ];
    text.push_str("|weight|nats a token|\n|---|--:|\n");
    for (name, nats) in rows {
        let _ = writeln!(text, "|{name}|{:.4}|", nats / count);
    }
    let _ = writeln!(text, "\n{:#?}", learned(now, &all));
    Ok(text)
}

fn steps(sources: &Sources, tasks: &[Task], model: &dyn Model) -> Result<Vec<Step>> {
    let mut packages: BTreeMap<_, Vec<&Task>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| matches!(task.kind, Kind::Rest | Kind::Line | Kind::Half)) {
        packages.entry((&task.package.ecosystem, &task.package.name)).or_default().push(task);
    }
    let steps: Arc<Mutex<Vec<Step>>> = Arc::default();
    for (package, ((_, name), tasks)) in packages.into_iter().enumerate() {
        eprintln!("{name}: {} holes", tasks.len());
        let project = Project::open(&sources.folder(&tasks[0].package)?, false)?;
        for task in tasks {
            let hole = task.hole(&sources.read(&task.package, &task.path)?)?;
            let (text, steps) = (first_line(&hole).to_owned(), Arc::clone(&steps));
            let led = move |recall| Led { recall, text: text.clone(), package, steps: Arc::clone(&steps) };
            let prior = move |recall| Some(Arc::new(led(recall)) as Arc<dyn Prior>);
            let completer =
                Completer::with(Stages { copy: false, prior: Box::new(prior), ..Stages::default() });
            completer.complete(&project.query(task, &hole, true), &project.snapshot(), Some(model));
        }
    }
    Ok(std::mem::take(&mut *steps.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn first_line(hole: &Hole) -> &str {
    hole.expected.lines().next().unwrap_or_default().trim_end()
}

/// What the mixture lacks of certainty, summed.
fn nats(belief: &Belief, steps: &[&Step]) -> f64 {
    let of = |step: &&Step| {
        let weight = f64::from(belief.weight(&step.signs));
        -(weight * step.recalled + (1.0 - weight) * step.own).max(f64::MIN_POSITIVE).ln()
    };
    steps.iter().map(of).sum()
}

/// The belief by which `steps` are the most probable, by gradient descent from `start`.
fn learned(start: Belief, steps: &[&Step]) -> Belief {
    let mut belief = start;
    for _ in 0..STEPS {
        let mut gradient = [0.0; 12];
        for step in steps {
            let weight = f64::from(belief.weight(&step.signs));
            let mixed = (weight * step.recalled + (1.0 - weight) * step.own).max(1e-9);
            let slope = weight * (1.0 - weight) * (step.recalled - step.own) / mixed / steps.len() as f64;
            let base = belief.matched.iter().position(|(from, _)| step.signs.matched >= *from);
            base.into_iter().for_each(|base| gradient[base] += slope);
            if step.signs.wanted {
                gradient[11] += slope;
            }
            gradient[8..11]
                .iter_mut()
                .zip(step.signs.log_odds())
                .for_each(|(sum, odds)| *sum += slope * f64::from(odds));
        }
        let parts = belief.matched.iter_mut().map(|(_, base)| base);
        let parts =
            parts.chain([&mut belief.model, &mut belief.share, &mut belief.agreed, &mut belief.wanted]);
        for (part, slope) in parts.zip(gradient) {
            *part += (RATE * (slope - PENALTY * f64::from(*part) / 10.0)) as f32;
        }
    }
    belief
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_true_is_believed() {
        let step = |matched, (own, recalled)| {
            let signs = Signs { matched, model: 0.5, share: 0.5, agreed: 0.5, wanted: false };
            Step { package: 0, signs, own, recalled }
        };
        let steps: Vec<Step> = (0..100)
            .map(|count| match count % 10 {
                // Long matches come true nine times of ten, short ones once.
                0..9 if count < 50 => step(16, (0.2, 1.0)),
                9 if count >= 50 => step(1, (0.2, 1.0)),
                _ if count < 50 => step(16, (0.4, 0.0)),
                _ => step(1, (0.4, 0.0)),
            })
            .collect();
        let steps: Vec<&Step> = steps.iter().collect();
        let none = Belief {
            matched: beliefs().recall.matched.map(|(from, _)| (from, 0.0)),
            model: 0.0,
            share: 0.0,
            agreed: 0.0,
            wanted: 0.0,
        };
        let belief = learned(none, &steps);
        let signs = |matched| Signs { matched, model: 0.5, share: 0.5, agreed: 0.5, wanted: false };
        let weight = |matched| belief.weight(&signs(matched));
        assert!(weight(16) > 0.75 && weight(1) < 0.25, "{belief:?}");
        assert!(nats(&belief, &steps) < nats(&none, &steps));
    }
}
