//! Which model is to answer, and loading it.

use crate::assistant::cache_folder;
use crate::library;
use crate::net::RemoteModel;
use crate::setup::ModelSetup;
use crate::tools::own_settings;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trust_dialect::{Chosen, Dialect, Talker};
use trust_engine::{Engine, EngineOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{FimLayout, Model, ModelCard};

/// Between the replies of a scripted model that gives several.
const NEXT_REPLY: char = '\u{1e}';

/// Which model is to answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelChoice {
    Bundled,
    File(PathBuf),
    /// One of the store.
    Named(String),
    None,
    /// An engine elsewhere; of a preview nothing is sent.
    Endpoint {
        name: String,
        preview: bool,
    },
    /// For tests: says `reply` after `delay`.
    Scripted {
        reply: String,
        delay: Duration,
    },
}

impl ModelChoice {
    /// What it is called before anything is known of it.
    pub fn name(&self) -> String {
        match self {
            Self::Bundled => library::BUNDLED.into(),
            Self::File(path) => path.display().to_string(),
            Self::Named(name) => name.clone(),
            Self::Endpoint { name, .. } => name.clone(),
            Self::None => "none".into(),
            Self::Scripted { .. } => "scripted".into(),
        }
    }
}

pub(super) fn open(setup: &ModelSetup, snapshot: Option<PathBuf>) -> Result<Box<dyn Model>, String> {
    let engine = |path: &Path, mapped: bool| {
        let options = EngineOptions { mapped, snapshot: snapshot.clone(), ..setup.engine() };
        Engine::load(path, options).map(talked_to).map_err(|error| format!("{}: {error}", path.display()))
    };
    if crate::net::is_only_shown() && !matches!(setup.choice, ModelChoice::Endpoint { .. }) {
        return Err("what this model is asked stays in this process".into());
    }
    match &setup.choice {
        ModelChoice::File(path) => engine(path, false),
        ModelChoice::Named(name) => {
            let (path, is_ours) = library::file_to_run(name).map_err(|error| error.to_string())?;
            engine(&path, is_ours)
        }
        ModelChoice::Bundled => {
            let file = trust_models::bundled(cache_folder().as_deref()).map_err(|error| error.to_string())?;
            // It is ours, and replaced rather than written: all windows share it.
            engine(file.path(), file.is_ours())
        }
        ModelChoice::Scripted { reply, delay } => {
            let (name, fim) = ("scripted".into(), Some(FimLayout::Spm));
            // Several replies are given one after another; the last one stays.
            let mut replies: Vec<String> = reply.split(NEXT_REPLY).map(str::to_owned).collect();
            let last = replies.pop().unwrap_or_default();
            let context_length = if replies.is_empty() { 1024 } else { 8192 };
            let card = ModelCard { name, parameters: 0, context_length, fim };
            let mut model = ScriptedModel::new(card, last).with_delay(*delay);
            if !replies.is_empty() {
                model = model.with_replies(replies);
            }
            Ok(Box::new(Talker::new(model, Dialect::of(None, "", ""))))
        }
        // It is talked to in the engine's own words: no dialect is laid around it.
        ModelChoice::Endpoint { name, preview } => {
            RemoteModel::open(name, *preview).map(|model| Box::new(model) as Box<dyn Model>)
        }
        ModelChoice::None => Err("no model was asked for".into()),
    }
}

/// The engine with the dialect that its file tells of.
fn talked_to(engine: Engine) -> Box<dyn Model> {
    let dialect = match engine.chat_template() {
        Some(template) => Dialect::chosen(Some(&template.source), &template.bos, &template.eos, &chosen()),
        None => Dialect::of(None, "", ""),
    };
    Box::new(Talker::new(engine, dialect))
}

/// What the user says of templates. What is wrong there is passed over, and told.
fn chosen() -> Vec<Chosen> {
    let read = |one: &String| match one.parse() {
        Ok(chosen) => Some(chosen),
        Err(why) => {
            tracing::warn!(why, "model.dialects is passed over");
            None
        }
    };
    own_settings().model_dialects.iter().filter_map(read).collect()
}
