//! Where this user's models lie, and which one a word, a name or a path means.

mod chosen;
mod rows;

pub use chosen::{Chosen, One, candidates, chosen, is_automatic};
pub use rows::{Row, object, rows};

use crate::assistant::cache_folder;
use crate::model_slot::ModelChoice;
use std::path::{Path, PathBuf};
use trust_config::{ENDPOINT, Settings, is_model_name};
use trust_gguf::{Facts, inspect};
use trust_models::{BUNDLED_NAME, Recorded, Store, StoreError, Task, need};

/// The word for the bundled model where one is chosen.
pub const BUNDLED: &str = "bundled";

/// The key of the configuration that says which model a task has.
pub fn key(task: Task) -> &'static str {
    match task {
        Task::Completion => "model.path",
        Task::Chat => "model.chat",
        Task::Review => "model.review",
    }
}

/// What that key says.
pub fn said(settings: &mut Settings, task: Task) -> &mut String {
    match task {
        Task::Completion => &mut settings.model_path,
        Task::Chat => &mut settings.model_chat,
        Task::Review => &mut settings.model_review,
    }
}

/// Tokens that the model of a task holds, where it has one of its own.
pub fn context(settings: &Settings, task: Task) -> u64 {
    match (task, settings.model_chat_context) {
        (Task::Completion, _) | (_, 0) => settings.model_context,
        (_, context) => context,
    }
}

/// Bytes that this process may hold, where `model.memoryBudget` says so.
pub fn budget(settings: &Settings) -> Option<u64> {
    let megabytes = settings.model_memory_budget;
    (megabytes > 0).then(|| megabytes.saturating_mul(1_000_000))
}

/// What there is to say of a model that takes more than that with so many tokens. It is loaded nevertheless where somebody chose it:
/// `auto` does not.
pub fn beyond_budget(settings: &Settings, chosen: &ModelChoice, context: u64) -> Option<String> {
    let budget = budget(settings)?;
    let (size, facts) = match chosen {
        ModelChoice::Bundled => {
            let facts = trust_models::bundled_facts().ok()?;
            (facts.size_bytes, Recorded::from(&facts))
        }
        ModelChoice::File(path) => {
            let facts = inspect(path).ok()?;
            (facts.size_bytes, Recorded::from(&facts))
        }
        ModelChoice::Named(name) => {
            let entry = store().ok()?.find(name).ok()?;
            (entry.size_bytes, entry.facts)
        }
        ModelChoice::None | ModelChoice::Endpoint { .. } | ModelChoice::Scripted { .. } => return None,
    };
    let need = need(size, &facts, context);
    (need > budget).then(|| {
        format!(
            "{} may take {} MB with {context} tokens, more than model.memoryBudget ({} MB): it is loaded since it was chosen, and \
             rests whenever nobody asks it for half a minute; a smaller one, a shorter model.context or a larger budget mends it",
            chosen.name(),
            need.div_ceil(1_000_000),
            budget / 1_000_000
        )
    })
}

/// Why a model is not had.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    #[error("no home folder, so there is no store of models; set HOME")]
    NoHome,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unwritable(#[from] trust_models::Unwritable),
    #[error("endpoint:{0} is an engine elsewhere, of which there is no file here")]
    Elsewhere(String),
    #[error("{}: {error}", path.display())]
    Invalid { path: PathBuf, error: trust_gguf::GgufError },
}

pub fn store() -> Result<Store, Unavailable> {
    let folder = dirs::data_local_dir().ok_or(Unavailable::NoHome)?;
    Ok(Store::at(folder.join("trust-lsp").join("models")))
}

/// What `model.path` means.
pub fn choice(said: &str) -> ModelChoice {
    match said {
        BUNDLED | BUNDLED_NAME => ModelChoice::Bundled,
        "none" => ModelChoice::None,
        name if name.starts_with(ENDPOINT) => {
            ModelChoice::Endpoint { name: name[ENDPOINT.len()..].into(), preview: false }
        }
        name if is_model_name(name) => ModelChoice::Named(name.into()),
        path => ModelChoice::File(match (path.strip_prefix("~/"), dirs::home_dir()) {
            (Some(inside), Some(home)) => home.join(inside),
            _ => path.into(),
        }),
    }
}

/// A model as `model.path` has it, of what somebody typed: a file counts for more than a name.
pub fn spelled(typed: &str) -> String {
    let path = Path::new(typed);
    match typed {
        BUNDLED_NAME => BUNDLED.into(),
        _ if is_model_name(typed) && !path.is_file() => typed.into(),
        _ if typed.starts_with("~/") || typed.starts_with(ENDPOINT) => typed.into(),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.into()).to_string_lossy().into_owned(),
    }
}

/// The file of a model in the store.
pub fn file_of(name: &str) -> Result<PathBuf, Unavailable> {
    Ok(store()?.file(name)?)
}

/// The same, and whether it is a copy that nobody writes, which may be mapped.
pub fn file_to_run(name: &str) -> Result<(PathBuf, bool), Unavailable> {
    Ok(store()?.file_to_run(name)?)
}

/// A model that somebody named, once its file passed every check.
pub struct Model {
    pub path: PathBuf,
    pub facts: Facts,
    /// A file that may go with this value.
    _file: Option<trust_models::ModelFile>,
}

/// The model that a value of `model.path` means; none for `none`.
pub fn open(said: &str) -> Result<Option<Model>, Unavailable> {
    let (path, file) = match choice(said) {
        ModelChoice::Bundled => {
            let file = trust_models::bundled(cache_folder().as_deref())?;
            (file.path().to_owned(), Some(file))
        }
        ModelChoice::File(path) => (path, None),
        ModelChoice::Named(name) => (file_of(&name)?, None),
        ModelChoice::Endpoint { name, .. } => return Err(Unavailable::Elsewhere(name)),
        ModelChoice::None | ModelChoice::Scripted { .. } => return Ok(None),
    };
    let facts = inspect(&path).map_err(|error| Unavailable::Invalid { path: path.clone(), error })?;
    Ok(Some(Model { path, facts, _file: file }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_chosen_and_takes_more_than_the_budget_is_warned_of() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
        // It takes 7.5 MB of weights, and 28 of cache for 1,024 tokens.
        let cases = [
            (ModelChoice::Bundled, 0, false),
            (ModelChoice::Bundled, 20, true),
            (ModelChoice::Bundled, 100, false),
            (ModelChoice::File(file), 20, true),
            (ModelChoice::File("/nowhere.gguf".into()), 20, false),
            (ModelChoice::None, 20, false),
            (ModelChoice::Endpoint { name: "team".into(), preview: false }, 20, false),
        ];
        for (chosen, megabytes, warned) in cases {
            let settings = Settings { model_memory_budget: megabytes, ..Settings::default() };
            let told = beyond_budget(&settings, &chosen, 1024);
            assert_eq!(told.is_some(), warned, "{chosen:?} {megabytes}: {told:?}");
            let said = ["more than model.memoryBudget (20 MB)", "loaded since it was chosen"];
            assert!(told.is_none_or(|told| said.iter().all(|said| told.contains(said))));
        }
    }
}
