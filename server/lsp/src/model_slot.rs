//! The model that answers, and its exchange for another while requests are in flight.
//!
//! *Invariant:* the new one is loaded beside the old one and takes its place in one step; whoever holds the old one
//! finishes on it, and only then it goes. What cannot be loaded changes nothing.

use crate::assistant::{OnChange, cache_folder};
use crate::library;
use crate::setup::ModelSetup;
use arc_swap::{ArcSwap, ArcSwapOption};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trust_dialect::{Dialect, Talker};
use trust_engine::{Engine, EngineOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, FimLayout, Model, ModelCard};

/// How often one looks whether the old model is still in use.
const LOOK: Duration = Duration::from_millis(10);
/// How long the end of the program waits for old models.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which model is to answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelChoice {
    Bundled,
    File(PathBuf),
    /// One of the store.
    Named(String),
    None,
    /// For tests: says `reply` after `delay`.
    Scripted {
        reply: String,
        delay: Duration,
    },
}

/// How far the model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelState {
    Loading,
    Ready(String),
    Failed(String),
    None,
}

/// A model in memory.
pub struct Loaded {
    /// Another one for each, from 1 on.
    pub number: u64,
    model: Box<dyn Model>,
}

impl Loaded {
    pub fn model(&self) -> &dyn Model {
        self.model.as_ref()
    }
}

/// Why another model did not take the place.
#[derive(Debug, PartialEq, Eq)]
pub enum NotLoaded {
    Failed(String),
    /// A newer wish came first.
    Overtaken,
}

pub struct ModelSlot {
    current: ArcSwapOption<Loaded>,
    state: ArcSwap<ModelState>,
    /// What is loaded beside the current one.
    next: ArcSwapOption<String>,
    /// That of the current one; of the first before it is loaded. One load at a time holds it.
    setup: Mutex<ModelSetup>,
    /// Which model answers, or is to answer first.
    choice: ArcSwap<ModelChoice>,
    /// The number of the newest wish.
    wishes: AtomicU64,
    retiring: Mutex<Vec<JoinHandle<()>>>,
    on_change: OnChange,
}

impl ModelSlot {
    pub fn new(setup: ModelSetup, on_change: OnChange) -> Self {
        let is_none = setup.choice == ModelChoice::None;
        Self {
            current: ArcSwapOption::empty(),
            state: ArcSwap::from_pointee(if is_none { ModelState::None } else { ModelState::Loading }),
            next: ArcSwapOption::empty(),
            choice: ArcSwap::from_pointee(setup.choice.clone()),
            setup: Mutex::new(setup),
            wishes: AtomicU64::new(0),
            retiring: Mutex::default(),
            on_change,
        }
    }

    /// The model, once there is one. Whoever holds it may use it to the end.
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.load_full()
    }

    pub fn state(&self) -> Arc<ModelState> {
        self.state.load_full()
    }

    /// The model, once it is loaded or has failed to; `None` where there is none, and when nobody waits any more. Blocks.
    pub fn wait(&self, cancel: &CancelToken) -> Option<Arc<Loaded>> {
        while matches!(*self.state(), ModelState::Loading) && !cancel.is_cancelled() {
            std::thread::sleep(LOOK);
        }
        self.current()
    }

    /// Which model answers, or is to answer first.
    pub fn choice(&self) -> Arc<ModelChoice> {
        self.choice.load_full()
    }

    /// What is being loaded beside the model that answers.
    pub fn next(&self) -> Option<String> {
        self.next.load_full().map(|name| name.to_string())
    }

    /// Loads the first model. Blocks while it reads the file; a failure is a state, not an error: completions go on without
    /// a model. Its KV cache is kept in the folder `snapshot` from one run to the next.
    pub fn load(&self, snapshot: Option<PathBuf>) {
        let setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // What it says is in the state.
        let _ = self.exchange(&setup, snapshot);
    }

    /// Loads another model beside the one that answers, and has it answer from then on. Blocks while it reads the file; a
    /// newer wish makes an older one void that has not begun.
    ///
    /// # Errors
    /// Why the old one goes on.
    pub fn exchange(&self, wanted: &ModelSetup, snapshot: Option<PathBuf>) -> Result<(), NotLoaded> {
        let wish = self.wishes.fetch_add(1, Ordering::SeqCst) + 1;
        let mut setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if self.wishes.load(Ordering::SeqCst) != wish {
            return Err(NotLoaded::Overtaken);
        }
        let old = self.current();
        if old.is_some() && *setup == *wanted {
            return Ok(());
        }
        if wanted.choice == ModelChoice::None {
            self.choose(&mut setup, wanted);
            self.replace(None, ModelState::None);
            return Ok(());
        }
        match &old {
            Some(_) => self.next.store(Some(Arc::new(wanted.choice.name()))),
            None => self.state.store(Arc::new(ModelState::Loading)),
        }
        (self.on_change)();
        let opened = open(wanted, snapshot);
        self.next.store(None);
        match opened {
            Ok(model) => {
                self.choose(&mut setup, wanted);
                let name = model.card().name.clone();
                self.replace(Some(Arc::new(Loaded { number: wish, model })), ModelState::Ready(name));
                Ok(())
            }
            Err(reason) => {
                if old.is_none() {
                    self.state.store(Arc::new(ModelState::Failed(reason.clone())));
                }
                (self.on_change)();
                Err(NotLoaded::Failed(reason))
            }
        }
    }

    fn choose(&self, setup: &mut ModelSetup, wanted: &ModelSetup) {
        self.choice.store(Arc::new(wanted.choice.clone()));
        setup.clone_from(wanted);
    }

    fn replace(&self, new: Option<Arc<Loaded>>, state: ModelState) {
        let old = self.current.swap(new);
        self.state.store(Arc::new(state));
        (self.on_change)();
        let Some(old) = old else { return };
        // What it has read is of no use to the new one, and would take the place of what that keeps.
        let retire = move || {
            while Arc::strong_count(&old) > 1 {
                std::thread::sleep(LOOK);
            }
            old.model.forget();
        };
        match std::thread::Builder::new().name("trust-retire".into()).spawn(retire) {
            Ok(thread) => {
                let mut retiring = self.retiring.lock().unwrap_or_else(PoisonError::into_inner);
                retiring.retain(|thread| !thread.is_finished());
                retiring.push(thread);
            }
            Err(error) => tracing::error!(%error, "a thread could not be started"),
        }
    }

    /// Lets go of the model, once nothing is in flight. Its KV cache is kept for the next start, or forgotten.
    pub fn close(&self, keep: bool) {
        let until = Instant::now() + PATIENCE;
        for thread in std::mem::take(&mut *self.retiring.lock().unwrap_or_else(PoisonError::into_inner)) {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(LOOK);
            }
        }
        if let Some(loaded) = self.current().filter(|_| !keep) {
            loaded.model.forget();
        }
        self.current.store(None);
    }
}

impl ModelChoice {
    /// What it is called before anything is known of it.
    pub fn name(&self) -> String {
        match self {
            Self::Bundled => library::BUNDLED.into(),
            Self::File(path) => path.display().to_string(),
            Self::Named(name) => name.clone(),
            Self::None => "none".into(),
            Self::Scripted { .. } => "scripted".into(),
        }
    }
}

fn open(setup: &ModelSetup, snapshot: Option<PathBuf>) -> Result<Box<dyn Model>, String> {
    let engine = |path: &Path| {
        let options =
            EngineOptions { threads: setup.threads, context: setup.context, snapshot: snapshot.clone() };
        Engine::load(path, options).map(talked_to).map_err(|error| format!("{}: {error}", path.display()))
    };
    match &setup.choice {
        ModelChoice::File(path) => engine(path),
        ModelChoice::Named(name) => engine(&library::file_of(name).map_err(|error| error.to_string())?),
        ModelChoice::Bundled => {
            let file = trust_models::bundled(cache_folder().as_deref()).map_err(|error| error.to_string())?;
            engine(file.path())
        }
        ModelChoice::Scripted { reply, delay } => {
            let (name, fim) = ("scripted".into(), Some(FimLayout::Spm));
            let card = ModelCard { name, parameters: 0, context_length: 1024, fim };
            let model = ScriptedModel::new(card, reply.clone()).with_delay(*delay);
            Ok(Box::new(Talker::new(model, Dialect::of(None, "", ""))))
        }
        ModelChoice::None => Err("no model was asked for".into()),
    }
}

/// The engine with the dialect that its file tells of.
fn talked_to(engine: Engine) -> Box<dyn Model> {
    let dialect = match engine.chat_template() {
        Some(template) => Dialect::of(Some(&template.source), &template.bos, &template.eos),
        None => Dialect::of(None, "", ""),
    };
    Box::new(Talker::new(engine, dialect))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripted(reply: &str) -> ModelSetup {
        let choice = ModelChoice::Scripted { reply: reply.into(), delay: Duration::ZERO };
        ModelSetup { choice, context: 64, threads: 0 }
    }

    #[test]
    fn a_model_goes_when_nobody_uses_it_any_more_and_one_that_fails_changes_nothing() {
        let slot = ModelSlot::new(scripted("one"), Arc::new(|| ()));
        slot.load(None);
        let first = slot.current().unwrap();
        slot.exchange(&scripted("two"), None).unwrap();
        let second = slot.current().unwrap();
        assert!(first.number != second.number && slot.retiring.lock().unwrap().len() == 1);
        assert!(!slot.retiring.lock().unwrap()[0].is_finished(), "it is still in use");
        drop(first);
        while !slot.retiring.lock().unwrap()[0].is_finished() {
            std::thread::sleep(LOOK);
        }
        // The same once more is the same.
        slot.exchange(&scripted("two"), None).unwrap();
        assert_eq!(slot.current().unwrap().number, second.number);
        let missing = ModelSetup { choice: ModelChoice::File("/nowhere.gguf".into()), ..scripted("") };
        let told = slot.exchange(&missing, None).unwrap_err();
        assert!(matches!(&told, NotLoaded::Failed(reason) if reason.contains("/nowhere.gguf")), "{told:?}");
        assert_eq!((slot.current().unwrap().number, slot.next()), (second.number, None));
        assert_eq!(*slot.state(), ModelState::Ready("scripted".into()));
        let none = ModelSetup { choice: ModelChoice::None, ..scripted("") };
        slot.exchange(&none, None).unwrap();
        assert!(slot.current().is_none() && *slot.state() == ModelState::None);
        // Without one there is nothing to go on with.
        assert!(slot.exchange(&missing, None).is_err());
        assert!(matches!(&*slot.state(), ModelState::Failed(_)));
        slot.exchange(&scripted("three"), None).unwrap();
        slot.close(true);
    }

    #[test]
    fn of_many_wishes_the_last_one_holds() {
        let slot = ModelSlot::new(scripted("first"), Arc::new(|| ()));
        let held = slot.setup.lock().unwrap();
        std::thread::scope(|scope| {
            let wish = |reply: &'static str, number| {
                let wish = scope.spawn(|| slot.exchange(&scripted(reply), None));
                while slot.wishes.load(Ordering::SeqCst) < number {
                    std::thread::sleep(LOOK);
                }
                wish
            };
            let (one, two) = (wish("one", 1), wish("two", 2));
            drop(held);
            assert_eq!(one.join().unwrap(), Err(NotLoaded::Overtaken));
            assert_eq!(two.join().unwrap(), Ok(()));
        });
        assert_eq!(*slot.setup.lock().unwrap(), scripted("two"));
    }
}
