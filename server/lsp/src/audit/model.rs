//! Which model answers, by the hash of its file. One that the user named by its path is read for that, on a thread of its own.

use super::{Event, LOG, record};
use crate::library;
use crate::model_slot::ModelChoice;
use trust_audit::{Action, Feature, ModelUsed};

/// Another model answers from now on.
pub fn use_model(choice: &ModelChoice, name: &str) {
    if LOG.load().is_none() {
        return;
    }
    let (choice, name) = (choice.clone(), name.to_owned());
    let hash = move || {
        let model = ModelUsed { name, sha256: sha256(&choice) };
        if let Some(audit) = LOG.load_full() {
            audit.models.rcu(|models| {
                let others = models.iter().filter(|other| other.name != model.name).cloned();
                others.chain([model.clone()]).collect::<Vec<_>>()
            });
        }
        record(Event::new(Feature::Model, Action::Loaded).hashed_model(model));
    };
    if let Err(error) = std::thread::Builder::new().name("trust-model-hash".into()).spawn(hash) {
        tracing::warn!(%error, "which model is used is not recorded");
    }
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
