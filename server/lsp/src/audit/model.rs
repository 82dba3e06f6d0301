//! Which model answers, by the hash of its file. One that the user named by its path is read for that, on a thread of its own:
//! entries that are made meanwhile are without it, and an entry tells of each once it is known.

use super::{Event, LOG, record};
use crate::library;
use crate::model_slot::ModelChoice;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trust_audit::{Action, Feature, ModelUsed};

/// Entries that wait for the hash of one file, at most.
const WAITING: usize = 256;

/// The models that were loaded, by their names.
#[derive(Default)]
pub(super) struct Models {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Default)]
struct State {
    /// `None` of what has no file.
    known: BTreeMap<String, Option<String>>,
    reading: BTreeMap<String, Reading>,
    /// How many are known by now whose entries are not told of yet.
    telling: usize,
}

/// Files of one name that are being read, and the entries that wait for them.
#[derive(Default)]
struct Reading {
    files: usize,
    entries: Vec<String>,
}

impl Models {
    /// The file of a model is read from now on.
    fn begin(&self, name: &str) {
        self.lock().reading.entry(name.to_owned()).or_default().files += 1;
    }

    /// It was read: the entries that waited for it. Whoever tells of them says so by [`Models::told`].
    fn end(&self, model: &ModelUsed) -> Vec<String> {
        let mut state = self.lock();
        state.telling += 1;
        let Some(reading) = state.reading.get_mut(&model.name) else { return Vec::new() };
        reading.files = reading.files.saturating_sub(1);
        // The newest of one name is what answers.
        if reading.files > 0 {
            return Vec::new();
        }
        let ended = state.reading.remove(&model.name);
        state.known.insert(model.name.clone(), model.sha256.clone());
        ended.map_or_else(Vec::new, |reading| reading.entries)
    }

    fn told(&self) {
        let mut state = self.lock();
        state.telling = state.telling.saturating_sub(1);
        self.told.notify_all();
    }

    /// The model with its hash, where that is known by now. Where its file is still being read, `entry` waits for that.
    pub fn hashed(&self, used: ModelUsed, entry: &str) -> ModelUsed {
        if used.sha256.is_some() {
            return used;
        }
        let mut state = self.lock();
        if let Some(reading) = state.reading.get_mut(&used.name) {
            if reading.entries.len() < WAITING {
                reading.entries.push(entry.to_owned());
            }
            return used;
        }
        let sha256 = state.known.get(&used.name).cloned().flatten();
        ModelUsed { sha256, ..used }
    }

    /// Until no entry waits for a hash any more, for so long.
    pub fn wait(&self, patience: Duration) {
        let waits = |state: &mut State| {
            state.telling > 0 || state.reading.values().any(|one| !one.entries.is_empty())
        };
        drop(self.told.wait_timeout_while(self.lock(), patience, waits));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another model answers from now on.
pub fn use_model(choice: &ModelChoice, name: &str) {
    let Some(audit) = LOG.load_full() else { return };
    audit.models.begin(name);
    let (choice, model) = (choice.clone(), ModelUsed { name: name.to_owned(), sha256: None });
    let read = model.clone();
    let hash = move || identified(&ModelUsed { sha256: sha256(&choice), ..read });
    if let Err(error) = std::thread::Builder::new().name("trust-model-hash".into()).spawn(hash) {
        tracing::warn!(%error, "which model is used is not recorded");
        audit.models.end(&model);
        audit.models.told();
    }
}

/// Records which model it is, and for each entry that was made without its hash that it was this one.
fn identified(model: &ModelUsed) {
    let Some(audit) = LOG.load_full() else { return };
    let entries = audit.models.end(model);
    record(Event::new(Feature::Model, Action::Loaded).hashed_model(model.clone()));
    for entry in entries.into_iter().filter(|_| model.sha256.is_some()) {
        let event = Event::new(Feature::Model, Action::Identified).of(Some(entry));
        record(event.hashed_model(model.clone()));
    }
    audit.models.told();
}

/// `None` of what has no file, or cannot be read.
fn sha256(choice: &ModelChoice) -> Option<String> {
    match choice {
        ModelChoice::Bundled => Some(trust_models::bundled_sha256()),
        ModelChoice::Named(name) => library::store().ok()?.find(name).ok().map(|entry| entry.sha256),
        ModelChoice::File(path) => trust_models::hash(path, &mut |_| ()).ok(),
        ModelChoice::Endpoint { .. } | ModelChoice::None | ModelChoice::Scripted { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, sha256: Option<&str>) -> ModelUsed {
        ModelUsed { name: name.into(), sha256: sha256.map(str::to_owned) }
    }

    #[test]
    fn an_entry_that_comes_before_the_hash_waits_for_it_and_later_ones_have_it() {
        let models = Models::default();
        let hash = |name: &str, entry: &str| models.hashed(model(name, None), entry).sha256;
        assert_eq!(hash("a", "1"), None, "of a model that nobody loaded nothing is known, and nothing waits");
        // Of two that are read at a time, by one name, the last one counts.
        models.begin("a");
        models.begin("a");
        assert_eq!((hash("a", "2"), hash("b", "3"), hash("a", "4")), (None, None, None));
        assert!(models.end(&model("a", Some("old"))).is_empty());
        models.told();
        assert_eq!(models.end(&model("a", Some("new"))), ["2", "4"]);
        models.told();
        assert_eq!(hash("a", "5").as_deref(), Some("new"));
        assert_eq!(models.hashed(model("a", Some("own")), "6").sha256.as_deref(), Some("own"));
        // While another file of that name is read, the old hash is not given away.
        models.begin("a");
        assert_eq!(hash("a", "7"), None);
        for entry in 0..2 * WAITING {
            hash("a", &entry.to_string());
        }
        assert_eq!(models.end(&model("a", None)).len(), WAITING);
        models.told();
        assert_eq!(hash("a", "8"), None, "what cannot be read has none");
    }

    #[test]
    fn the_end_waits_for_entries_and_for_nothing_else() {
        let models = Models::default();
        let long = Duration::from_secs(600);
        models.wait(long);
        models.begin("a");
        models.wait(long);
        models.hashed(model("a", None), "1");
        models.wait(Duration::from_millis(1));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                models.end(&model("a", Some("hash")));
                models.told();
            });
            models.wait(long);
        });
        assert!(models.lock().reading.is_empty());
    }
}
