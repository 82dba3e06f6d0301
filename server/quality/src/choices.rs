//! Learns what tells the right one of several candidates from the others (`outlook.rs` in `trust-complete` holds what it
//! prints): a conditional logit, by which the right text is the most probable of those that were found for its hole.

use crate::metrics::exact;
use crate::packages::Sources;
use crate::systems::Project;
use crate::task::{Kind, Task};
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use trust_complete::{Completer, SEEN, Seen, Stages, WEIGHTS};
use trust_inference::Model;

/// Steps of the ascent, and their length.
const STEPS: usize = 2000;
const RATE: f64 = 0.5;
/// What large weights cost, each in the spread of what it weighs.
const PENALTY: f64 = 2e-3;
/// Parts into which the packages are divided: each is chosen in by what the others taught.
const FOLDS: usize = 6;

/// The texts that were found for a hole: what is seen of each, and which is right.
struct Choice {
    package: usize,
    kind: Kind,
    texts: Vec<Seen>,
    right: Option<usize>,
}

/// What was learned at the holes of `tasks`, as text.
pub fn table(sources: &Sources, tasks: &[Task], model: &dyn Model) -> Result<String> {
    let choices = choices(sources, tasks, model)?;
    let right = |weights: &dyn Fn(&Choice) -> Seen| {
        [Kind::Rest, Kind::Half].map(|kind| {
            let of_kind = choices.iter().filter(|choice| choice.kind == kind);
            of_kind
                .filter(|choice| {
                    choice.right.is_some_and(|right| best(&weights(choice), &choice.texts) == right)
                })
                .count()
        })
    };
    let others: Vec<Seen> = (0..FOLDS)
        .map(|fold| learned(choices.iter().filter(|choice| choice.package % FOLDS != fold)))
        .collect();
    let all = learned(choices.iter());
    let mut most_probable = Seen::default();
    most_probable[0] = 1.0;
    let found = [Kind::Rest, Kind::Half]
        .map(|kind| choices.iter().filter(|choice| choice.kind == kind && choice.right.is_some()).count());
    let rows = [
        ("the most probable", right(&|_| most_probable)),
        ("as weighed now", right(&|_| WEIGHTS)),
        ("learned from the other packages", right(&|choice| others[choice.package % FOLDS])),
        ("learned from all", right(&|_| all)),
        ("whichever is right", found),
    ];
    let mut text =
        format!("{} holes with several candidates\n\n|the first|rest|half|\n|---|--:|--:|\n", choices.len());
    for (name, [rest, half]) in rows {
        let _ = writeln!(text, "|{name}|{rest}|{half}|");
    }
    text.push('\n');
    SEEN.iter().zip(all).for_each(|(name, weight)| _ = writeln!(text, "{weight:.3}  {name}"));
    Ok(text)
}

fn choices(sources: &Sources, tasks: &[Task], model: &dyn Model) -> Result<Vec<Choice>> {
    let mut packages: BTreeMap<_, Vec<&Task>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| matches!(task.kind, Kind::Rest | Kind::Half)) {
        packages.entry((&task.package.ecosystem, &task.package.name)).or_default().push(task);
    }
    let mut found = Vec::new();
    for (package, ((_, name), tasks)) in packages.into_iter().enumerate() {
        eprintln!("{name}: {} holes", tasks.len());
        let project = Project::open(&sources.folder(&tasks[0].package)?, false)?;
        for task in tasks {
            let hole = task.hole(&sources.read(&task.package, &task.path)?)?;
            let told: Arc<Mutex<Vec<(String, Seen)>>> = Arc::default();
            let heard = Arc::clone(&told);
            let choice = move |texts| *heard.lock().unwrap_or_else(PoisonError::into_inner) = texts;
            let completer = Completer::with(Stages { choice: Box::new(choice), ..Stages::default() });
            completer.complete(&project.query(task, &hole, true), &project.snapshot(), Some(model));
            let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
            let right = told.iter().position(|(text, _)| exact(text, &hole.expected));
            let texts: Vec<Seen> = told.into_iter().map(|(_, seen)| seen).collect();
            found.extend((!texts.is_empty()).then_some(Choice { package, kind: task.kind, texts, right }));
        }
    }
    Ok(found)
}

/// Of equals the first.
fn best(weights: &Seen, texts: &[Seen]) -> usize {
    let worth = |seen: &Seen| seen.iter().zip(weights).map(|(seen, weight)| seen * weight).sum::<f32>();
    (0..texts.len()).rev().max_by(|a, b| worth(&texts[*a]).total_cmp(&worth(&texts[*b]))).unwrap_or(0)
}

/// The weights by which the right texts are the most probable among those of their holes.
fn learned<'a>(choices: impl Iterator<Item = &'a Choice>) -> Seen {
    let choices: Vec<(&[Seen], usize)> =
        choices.filter_map(|choice| Some((choice.texts.as_slice(), choice.right?))).collect();
    let spread = spread(&choices);
    let mut weights = [0.0; SEEN.len()];
    for _ in 0..STEPS {
        let mut gradient = weights.map(|weight| -PENALTY * weight);
        for (texts, right) in &choices {
            let scaled = |seen: &Seen| {
                std::array::from_fn::<f64, { SEEN.len() }, _>(|i| f64::from(seen[i]) / spread[i])
            };
            let scaled: Vec<_> = texts.iter().map(scaled).collect();
            let worth = scaled.iter().map(|seen| seen.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>());
            let worth: Vec<f64> = worth.collect();
            let most = worth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = worth.iter().map(|one| (one - most).exp()).sum();
            for (index, (seen, worth)) in scaled.iter().zip(worth).enumerate() {
                let wanted = f64::from(u8::from(index == *right)) - (worth - most).exp() / total;
                gradient
                    .iter_mut()
                    .zip(seen)
                    .for_each(|(sum, seen)| *sum += wanted * seen / choices.len() as f64);
            }
        }
        weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight += RATE * slope);
    }
    std::array::from_fn(|i| (weights[i] / spread[i]) as f32)
}

/// The standard deviation of each thing that is seen.
fn spread(choices: &[(&[Seen], usize)]) -> [f64; SEEN.len()] {
    let all = || choices.iter().flat_map(|(texts, _)| texts.iter());
    let count = all().count().max(1) as f64;
    std::array::from_fn(|i| {
        let mean = all().map(|seen| f64::from(seen[i])).sum::<f64>() / count;
        let square = all().map(|seen| (f64::from(seen[i]) - mean).powi(2)).sum::<f64>() / count;
        square.sqrt().max(1e-3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_the_right_one_is_weighed() {
        let text = |probability: f32, fits: f32| {
            let mut seen = Seen::default();
            (seen[0], seen[5]) = (probability, fits);
            seen
        };
        let choices: Vec<Choice> = (0..40)
            .map(|number| {
                // Whatever is the more probable: that is right which fits, but for one of ten.
                let texts = vec![text(-(number as f32) / 40.0, 0.0), text(-0.5, 1.0)];
                Choice { package: 0, kind: Kind::Rest, texts, right: Some(usize::from(number % 10 != 0)) }
            })
            .collect();
        let weights = learned(choices.iter());
        assert!(weights[5] > 1.0 && weights[0].abs() < weights[5] && weights[3] == 0.0, "{weights:?}");
        assert_eq!(best(&weights, &[text(0.0, 0.0), text(-0.5, 1.0), text(-0.5, 1.0)]), 1);
    }
}
