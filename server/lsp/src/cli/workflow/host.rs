//! What a workflow that runs at a terminal has of the world: the index, models, tools, the person who is asked, and a place to
//! tell what happens.

use super::command;
use crate::acting::OpenTexts;
use crate::assistant::Assistant;
use crate::cli::asking::Terminal;
use crate::cli::layers;
use crate::library;
use crate::model_slot::{Loaded, ModelSlot, ModelState};
use crate::repository::review_changes;
use crate::setup::model_setup;
use crate::tools::engine_of;
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_assist::review::{Options, UNREAD};
use trust_assist::workflow::{Event, Finding, Host, Ran, Workflow};
use trust_config::Settings;
use trust_index::Index;
use trust_inference::{CancelToken, Model};
use trust_models::Task;
use trust_tools::{Call, Change, Class, Disk, Documents, Engine, Failure, Plan, Tool};

pub struct AtTerminal {
    index: Arc<Index>,
    root: PathBuf,
    /// Nobody has anything open here.
    open: OpenTexts,
    disk: Disk,
    engine: Engine,
    terminal: Terminal,
    usual: Option<Arc<Loaded>>,
    named: HashMap<String, Arc<Loaded>>,
    json: bool,
}

impl AtTerminal {
    /// With every model that the workflow names, loaded.
    pub fn new(
        assistant: &Assistant,
        root: &Path,
        workflow: &Workflow,
        (flags, settings): (&layers::Flags, &Settings),
        (permitted, json): (Vec<Class>, bool),
    ) -> anyhow::Result<Self> {
        let usual = assistant.wait_for_model(Task::Chat, &CancelToken::new());
        let mut named = HashMap::new();
        for name in workflow.steps.iter().filter_map(|step| step.model()) {
            if !named.contains_key(name) {
                named.insert(name.to_owned(), load(name, flags, settings)?);
            }
        }
        let root = root.canonicalize().with_context(|| root.display().to_string())?;
        let index = assistant.index();
        let engine = engine_of(Arc::clone(&index), &root)?;
        let (open, disk, terminal) =
            (OpenTexts::default(), Disk::new(vec![root.clone()]), Terminal { permitted });
        Ok(Self { index, root, open, disk, engine, terminal, usual, named, json })
    }
}

fn load(name: &str, flags: &layers::Flags, settings: &Settings) -> anyhow::Result<Arc<Loaded>> {
    let instead = flags.scripted().or_else(|| Some(library::choice(&library::spelled(name))));
    let slot = ModelSlot::new(model_setup(settings, instead, Task::Chat), Arc::new(|| ()));
    slot.load(None);
    match (slot.current(), slot.state().as_ref()) {
        (Some(loaded), _) => Ok(loaded),
        (None, ModelState::Failed(why)) => bail!("the model `{name}` cannot be asked: {why}"),
        (None, _) => bail!("there is no model `{name}`; `trust-lsp models list` has those that there are"),
    }
}

impl Host for AtTerminal {
    fn index(&self) -> &Index {
        &self.index
    }

    fn documents(&self) -> &dyn Documents {
        &self.open
    }

    fn model(&self, name: Option<&str>) -> Result<&dyn Model, String> {
        let loaded = match name {
            Some(name) => self.named.get(name),
            None => self.usual.as_ref(),
        };
        loaded.map(|loaded| loaded.model()).ok_or_else(|| "no model can be asked".into())
    }

    fn review(&self, base: Option<&str>, cancel: &CancelToken) -> Result<Vec<Finding>, String> {
        let review = review_changes(self.root.as_path().into(), base, Options::default(), None, cancel);
        let found = review.map_err(|error| error.to_string())?.findings;
        let finding = |one: trust_assist::review::Finding| Finding {
            path: one.path,
            line: one.line,
            message: one.message,
        };
        // What nobody may read, nobody mends.
        let read = found.into_iter().filter(|one| !UNREAD.contains(&one.rule.id));
        Ok(read.map(finding).collect())
    }

    fn call(&self, tool: &str, with: &[(String, String)], cancel: &CancelToken) -> Result<String, String> {
        let schema =
            self.engine.tools().get(tool).map_err(|failure| failure.to_string())?.parameters().clone();
        let mut arguments = Map::new();
        for (key, text) in with {
            let value = match schema["properties"][key]["type"].as_str() {
                Some("string") | None => None,
                Some(_) => serde_json::from_str(text).ok(),
            };
            arguments.insert(key.clone(), value.unwrap_or_else(|| Value::String(text.clone())));
        }
        let call = Call { name: tool, arguments: &Value::Object(arguments), whole: true };
        let answer = self.engine.call(call, &self.terminal, cancel);
        answer.map(|answer| answer.text).map_err(|failure| failure.to_string())
    }

    fn write(&self, changes: &[Change], cancel: &CancelToken) -> Result<(), String> {
        let tool = Tool::standing_for("workflow", Class::Edit, "an edit that a workflow made");
        let plan = Plan { changes: changes.to_vec() };
        let done = self.engine.carry_out(&tool, &plan, &self.terminal, cancel);
        done.map(drop).map_err(|failure| format!("{failure} (`--allow edit` permits it without asking)"))
    }

    fn undo(&self, changes: &[Change]) -> Result<(), String> {
        let done = self.disk.undo(changes);
        self.index.files_changed(changes.iter().map(|change| change.path.clone()).collect());
        done
    }

    fn command(&self, line: &str, cancel: &CancelToken) -> Result<Ran, String> {
        let tool = Tool::standing_for("workflow_command", Class::Execute, line);
        let (deed, arguments) = (format!("$ {line}"), json!({ "command": line }));
        let mut ran = Err("the command did not run".to_owned());
        let done = self.engine.perform(&tool, (&deed, &arguments), &self.terminal, || {
            ran = command::run(line, &self.root, cancel);
            match &ran {
                Ok(ran) => Ok(ran.output.clone().into()),
                Err(_) if cancel.is_cancelled() => Err(Failure::Cancelled),
                Err(why) => Err(Failure::told(why)),
            }
        });
        match done {
            Err(failure @ Failure::Denied { .. }) => {
                Err(format!("{failure} (`--allow execute` permits it without asking)"))
            }
            _ => ran,
        }
    }

    fn tell(&self, event: &Event) {
        if self.json {
            return println!("{}", object(event));
        }
        match event {
            Event::Started { step, attempt: 1 } => eprintln!("{step} ..."),
            Event::Started { step, attempt } => eprintln!("{step}, for the {attempt}. time ..."),
            Event::Done { step, took, .. } => eprintln!("{step}: done in {:.1} s", took.as_secs_f64()),
            Event::Again { step, why, back_to } => eprintln!("{step}: no: {why}\nback to {back_to}"),
            Event::Left { step, why } => eprintln!("{step}: left out: {why}"),
            Event::Written { paths } => eprintln!("written: {}", paths.join(", ")),
            Event::TakenBack { paths, lost } => {
                eprintln!("taken back: {}", paths.join(", "));
                lost.iter().for_each(|lost| eprintln!("trust-lsp: {lost}"));
            }
        }
    }
}

fn object(event: &Event) -> Value {
    match event {
        Event::Started { step, attempt } => json!({ "event": "started", "step": step, "attempt": attempt }),
        Event::Done { step, told, took } => {
            json!({ "event": "done", "step": step, "told": told, "seconds": took.as_secs_f64() })
        }
        Event::Again { step, why, back_to } => {
            json!({ "event": "again", "step": step, "why": why, "back_to": back_to })
        }
        Event::Left { step, why } => json!({ "event": "left", "step": step, "why": why }),
        Event::Written { paths } => json!({ "event": "written", "paths": paths }),
        Event::TakenBack { paths, lost } => json!({ "event": "taken_back", "paths": paths, "lost": lost }),
    }
}
