//! Which models are in use, who says so, and choosing others.

use crate::audit;
use crate::cli::config::user_file;
use crate::cli::{layers, workspace};
use crate::library::{self, Chosen};
use anyhow::Context;
use trust_audit::Action;
use trust_config::{Config, Found, Layer, Place, Target};
use trust_models::Task;

/// Which model each task has in this folder, and who says so.
pub struct InUse {
    /// What the keys say, in the order of [`Task::ALL`].
    pub found: [Found; 3],
    /// What that means now.
    pub chosen: Chosen,
    /// Problems of the configuration, which may be why.
    pub problems: Vec<String>,
}

impl InUse {
    pub fn here() -> anyhow::Result<Self> {
        let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
        let problems = config.problems().iter().map(ToString::to_string).collect();
        let key = |task| trust_config::key(library::key(task)).context("there is no such key");
        let found = |task| anyhow::Ok(config.found(key(task)?, Place::default()));
        let found = [found(Task::Completion)?, found(Task::Chat)?, found(Task::Review)?];
        Ok(Self { found, chosen: library::chosen(&config.settings(Place::default()), &[]), problems })
    }

    /// The model of a task, as `model.path` says it; of `auto` what it means now.
    pub fn value(&self, task: Task) -> &str {
        &self.chosen.of(task).said
    }

    /// Whether another model than that of completions is said for a task.
    pub fn is_apart(&self, task: Task) -> bool {
        !self.chosen.of(task).is_same && task != Task::Completion
    }

    /// What its key says.
    pub fn said(&self, task: Task) -> &str {
        self.found[task as usize].value.as_str().unwrap_or(library::BUNDLED)
    }

    /// Which layer says so, and where it stands; of `auto` what spoke for it too.
    pub fn why(&self, task: Task) -> String {
        let found = &self.found[task as usize];
        let layer = found.layer.name();
        let said = match (found.layer, found.line) {
            (Layer::Default, _) => layer.into(),
            (_, Some(line)) => format!("{layer}: {}:{line}", found.source),
            (_, None) => format!("{layer}: {}", found.source),
        };
        match &self.chosen.of(task).why {
            Some(why) => format!("{said}: {}; {why}", self.said(task)),
            None => said,
        }
    }
}

/// Writes into the user's file which model a task is to have. One that could not be is refused.
pub fn choose(model: &str, task: Task) -> anyhow::Result<()> {
    let key = trust_config::key(library::key(task)).context("there is no such key")?;
    let said = library::spelled(model);
    let is_word = key.kind.words().contains(&said.as_str());
    if !is_word && !said.starts_with(trust_config::ENDPOINT) {
        library::open(&said)?;
    }
    let file = user_file()?;
    let target = Target { file: &file, language: None, directory: None, private: true };
    trust_config::set(target, key, &said.as_str().into())?;
    println!("{}: {} = {said:?}", file.display(), key.name);
    audit::models_changed(Action::Chosen, format!("{} = {said:?}", key.name));
    let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
    let settings = config.settings(Place::default());
    let context = library::context(&settings, task);
    if let Some(warning) = library::beyond_budget(&settings, &library::choice(&said), context) {
        eprintln!("trust-lsp: {warning}");
    }
    let now = InUse::here()?;
    now.problems.iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    if now.said(task) != said {
        eprintln!("trust-lsp: not in use here: {:?} counts for more ({})", now.said(task), now.why(task));
    }
    Ok(())
}
