//! The models of all tasks. Each task has a slot of its own, and one that is to have the model of another asks that one's: no
//! model is in memory twice.
//!
//! *Invariant:* that of completions is loaded at the start; another one when it is asked first, so whoever never converses has no
//! model for that in memory.

use super::{ModelSlot, NotLoaded};
use crate::assistant::OnChange;
use crate::audit::{self, Event};
use crate::model_slot::ModelChoice;
use crate::setup::{ModelSetup, Models};
use arc_swap::ArcSwap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trust_audit::{Action, Feature};
use trust_models::Task;

pub struct ModelSlots {
    /// One a task, in the order of [`Task::ALL`].
    slots: [ModelSlot; 3],
    /// Whose slot each task asks.
    whose: ArcSwap<[usize; 3]>,
    /// What speaks for each, where nobody chose it.
    whys: ArcSwap<[Option<String>; 3]>,
    /// What there is to say against each, though it was chosen.
    warnings: ArcSwap<[Option<String>; 3]>,
}

impl ModelSlots {
    pub fn new(models: &Models, on_change: &OnChange) -> Self {
        let slot = |task| ModelSlot::new(models.of(task).clone(), on_change.clone());
        let slots = Task::ALL.map(slot);
        let whose = whose(models);
        for (task, slot) in slots.iter().enumerate().skip(1) {
            slot.expect(&expected(models, &whose, task));
        }
        let (whose, whys, warnings) = (ArcSwap::from_pointee(whose), ArcSwap::default(), ArcSwap::default());
        let slots = Self { slots, whose, whys, warnings };
        slots.explain(models);
        slots
    }

    /// Keeps what speaks for models that nobody chose, and tells the audit log.
    fn explain(&self, models: &Models) {
        let whys = Task::ALL.map(|task| models.why(task).map(str::to_owned));
        for (task, why) in Task::ALL.into_iter().zip(&whys) {
            let Some(why) = why else { continue };
            let (name, task) = (models.of(task).choice.name(), task.name());
            tracing::info!(name, task, why, "a model is chosen");
            audit::record(
                Event::new(Feature::Model, Action::Chosen).model(Some(name)).note(format!("{task}: {why}")),
            );
        }
        self.whys.store(Arc::new(whys));
        let warnings = Task::ALL.map(|task| models.warning(task).map(str::to_owned));
        for (task, warning) in warnings.iter().enumerate() {
            // What several tasks have is warned of once.
            if let Some(warning) = warning.as_ref().filter(|_| !warnings[..task].contains(warning)) {
                tracing::warn!(task = Task::ALL[task].name(), "{warning}");
            }
        }
        self.warnings.store(Arc::new(warnings));
    }

    /// What there is to say against the model of a task, though it was chosen.
    pub fn warning(&self, task: Task) -> Option<String> {
        self.warnings.load()[task as usize].clone()
    }

    /// What speaks for the model of a task, where nobody chose it.
    pub fn why(&self, task: Task) -> Option<String> {
        self.whys.load()[task as usize].clone()
    }

    /// The slot that answers for a task.
    pub fn of(&self, task: Task) -> &ModelSlot {
        &self.slots[self.whose.load()[task as usize]]
    }

    /// Whether a task has a model that completions do not have.
    pub fn is_apart(&self, task: Task) -> bool {
        self.whose.load()[task as usize] != Task::Completion as usize
    }

    /// Has these answer from now on. That of completions is loaded beside the one that answers; the others too where one is in memory,
    /// or `at_once`; else they wait to be asked. Blocks. The KV cache of completions is kept in the folder `snapshot`.
    ///
    /// # Errors
    /// Why a task goes on with what it had. The others have what was wanted.
    pub fn exchange(
        &self,
        wanted: &Models,
        snapshot: Option<PathBuf>,
        at_once: bool,
    ) -> Result<(), NotLoaded> {
        let (before, whose) = (**self.whose.load(), whose(wanted));
        let mut result = self.slots[0].exchange(wanted.of(Task::Completion), snapshot);
        let mut lost = [false; 3];
        for (task, slot) in self.slots.iter().enumerate().skip(1) {
            let (owner, setup) = (whose[task], expected(wanted, &whose, task));
            let at_once = at_once || slot.current().is_some();
            if owner == task && at_once && setup.choice != ModelChoice::None {
                let exchanged = slot.exchange(&setup, None);
                // One that had nothing of its own goes on with the model of another task.
                lost[task] = exchanged.is_err() && before[task] != task;
                result = result.and(exchanged);
            } else if owner == task {
                slot.expect(&setup);
            }
            if !lost[owner] {
                self.ask(task, owner);
            }
            if lost[task] || owner != task {
                slot.expect(&nothing(&setup));
            }
        }
        self.explain(wanted);
        result
    }

    fn ask(&self, task: usize, slot: usize) {
        let mut whose = **self.whose.load();
        whose[task] = slot;
        self.whose.store(Arc::new(whose));
    }

    /// The names, in the store, of the models that are in memory.
    pub fn held(&self) -> Vec<String> {
        let held = self.slots.iter().filter(|slot| slot.current().is_some());
        held.map(|slot| slot.choice().name()).collect()
    }

    /// See [`ModelSlot::rest_after`].
    pub fn rest_after(&self, idle: Duration, keep: bool) {
        self.slots.iter().for_each(|slot| slot.rest_after(idle, keep));
    }

    /// See [`ModelSlot::close`].
    pub fn close(&self, keep: bool) {
        self.slots.iter().for_each(|slot| slot.close(keep));
    }
}

/// Whose slot each task asks: that of the first with the same model.
fn whose(models: &Models) -> [usize; 3] {
    Task::ALL.map(|task| {
        let first = Task::ALL.iter().position(|other| models.of(*other) == models.of(task));
        first.unwrap_or_default()
    })
}

/// What the slot of a task is to hold: nothing where another one answers.
fn expected(models: &Models, whose: &[usize; 3], task: usize) -> ModelSetup {
    let setup = models.of(Task::ALL[task]);
    if whose[task] == task { setup.clone() } else { nothing(setup) }
}

fn nothing(setup: &ModelSetup) -> ModelSetup {
    ModelSetup { choice: ModelChoice::None, ..setup.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_slot::ModelState;

    fn scripted(reply: &str) -> ModelSetup {
        let choice = ModelChoice::Scripted { reply: reply.into(), delay: Duration::ZERO };
        ModelSetup { choice, context: 64, threads: 0, gpu_layers: 0, layout: None }
    }

    fn missing() -> ModelSetup {
        ModelSetup { choice: ModelChoice::File("/nowhere.gguf".into()), ..scripted("") }
    }

    fn models(completion: &str, chat: &str, review: &str) -> Models {
        Models::new([completion, chat, review].map(scripted))
    }

    fn numbers(slots: &ModelSlots) -> [Option<u64>; 3] {
        Task::ALL.map(|task| slots.of(task).current().map(|loaded| loaded.number))
    }

    #[test]
    fn a_task_asks_the_slot_of_the_one_whose_model_it_has() {
        for (given, expected) in [
            (["a", "a", "a"], [0, 0, 0]),
            (["a", "b", "b"], [0, 1, 1]),
            (["a", "b", "a"], [0, 1, 0]),
            (["a", "a", "b"], [0, 0, 2]),
            (["a", "b", "c"], [0, 1, 2]),
        ] {
            assert_eq!(whose(&models(given[0], given[1], given[2])), expected, "{given:?}");
        }
    }

    #[test]
    fn only_what_is_asked_is_loaded_and_what_cannot_be_changes_nothing() {
        let slots = ModelSlots::new(&models("a", "b", "b"), &(Arc::new(|| ()) as OnChange));
        slots.of(Task::Completion).load(None);
        let resting = ModelState::Resting("scripted".into());
        assert_eq!(
            (numbers(&slots), slots.of(Task::Chat).state().as_ref()),
            ([Some(1), None, None], &resting)
        );
        let talking = slots.of(Task::Review).wake(|| None).unwrap();
        assert_eq!(numbers(&slots), [Some(1); 3], "a review asks the model of conversations");
        assert!(slots.is_apart(Task::Chat) && !slots.is_apart(Task::Completion));
        // One in memory is exchanged at once; whoever holds the old one keeps it.
        slots.exchange(&models("a", "c", "a"), None, false).unwrap();
        assert_eq!((numbers(&slots), talking.number), ([Some(1), Some(2), Some(1)], 1));
        drop(talking);
        let wanted = Models::new([scripted("a"), missing(), scripted("a")]);
        assert!(matches!(slots.exchange(&wanted, None, false), Err(NotLoaded::Failed(_))));
        assert_eq!(numbers(&slots)[1], Some(2), "it goes on");
        // All by one again: the other one goes.
        slots.exchange(&scripted("a").into(), None, false).unwrap();
        assert_eq!((numbers(&slots), slots.held().len()), ([Some(1); 3], 1));
        // Asked for by name, it is loaded before it counts.
        let wanted = Models::new([scripted("a"), scripted("a"), missing()]);
        assert!(slots.exchange(&wanted, None, true).is_err());
        assert_eq!((numbers(&slots), slots.is_apart(Task::Review)), ([Some(1); 3], false));
        slots.exchange(&models("a", "a", "d"), None, true).unwrap();
        assert!(slots.is_apart(Task::Review) && slots.of(Task::Review).current().is_some());
        // The model of completions cannot be had: the others do as they are told.
        let wanted = Models::new([missing(), scripted("b"), scripted("d")]);
        assert!(slots.exchange(&wanted, None, false).is_err());
        assert_eq!((numbers(&slots)[0], slots.of(Task::Chat).state().as_ref()), (Some(1), &resting));
        slots.rest_after(Duration::ZERO, true);
        assert_eq!(slots.held(), Vec::<String>::new());
        slots.close(true);
    }
}
