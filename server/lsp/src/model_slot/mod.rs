//! The model that answers, and its exchange for another while requests are in flight.
//!
//! *Invariant:* the new one is loaded beside the old one and takes its place in one step; whoever holds the old one
//! finishes on it, and only then it goes. What cannot be loaded changes nothing.

mod automatic;
mod choice;
mod slots;
#[cfg(test)]
mod tests;

pub use automatic::Automatic;
pub use choice::ModelChoice;
pub use slots::ModelSlots;

use crate::assistant::OnChange;
use crate::audit;
use crate::setup::ModelSetup;
use crate::stats;
use arc_swap::{ArcSwap, ArcSwapOption};
use choice::open;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trust_inference::Model;

/// How often one looks whether the old model is still in use.
const LOOK: Duration = Duration::from_millis(10);
/// How long one that could not be loaded again is left alone.
const AGAIN: Duration = Duration::from_secs(30);
/// How long the end of the program waits for old models.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far the model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelState {
    Loading,
    Ready(String),
    /// Let go because nobody asked it for long; the next query loads it again.
    Resting(String),
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
    /// The number of the newest wish, and of the newest model.
    wishes: AtomicU64,
    loads: AtomicU64,
    /// When it was asked last, or seen in use.
    used: Mutex<Instant>,
    /// When one that rested could not be loaded again: that is tried once more.
    missed: Mutex<Option<Instant>>,
    /// The one that rests was never loaded.
    untold: AtomicBool,
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
            loads: AtomicU64::new(0),
            used: Mutex::new(Instant::now()),
            missed: Mutex::default(),
            untold: AtomicBool::new(false),
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

    /// Blocks until the first model is loaded or has failed to, or nobody waits any more.
    pub fn wait(&self, is_given_up: impl Fn() -> bool) {
        while matches!(*self.state(), ModelState::Loading) && !is_given_up() {
            std::thread::sleep(LOOK);
        }
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
        let (old, before) = (self.current(), self.state());
        if old.is_some() && *setup == *wanted {
            return Ok(());
        }
        if wanted.choice == ModelChoice::None {
            self.choose(&mut setup, wanted);
            audit::use_model(&wanted.choice, "none");
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
                tell(wanted, &name);
                self.replace(Some(self.numbered(model)), ModelState::Ready(name));
                Ok(())
            }
            Err(reason) => {
                match before.as_ref() {
                    ModelState::Resting(_) => self.state.store(before),
                    _ if old.is_none() => self.state.store(Arc::new(ModelState::Failed(reason.clone()))),
                    _ => {}
                }
                (self.on_change)();
                Err(NotLoaded::Failed(reason))
            }
        }
    }

    /// Has another model answer from now on, which whoever asks first loads. The one before goes once nobody uses it.
    pub fn expect(&self, wanted: &ModelSetup) {
        self.wishes.fetch_add(1, Ordering::SeqCst);
        let mut setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        let is_expected = !matches!(*self.state(), ModelState::Loading | ModelState::Failed(_));
        if is_expected && *setup == *wanted {
            return;
        }
        self.choose(&mut setup, wanted);
        let state = match &wanted.choice {
            ModelChoice::None => ModelState::None,
            choice => ModelState::Resting(choice.name()),
        };
        self.untold.store(true, Ordering::Relaxed);
        self.replace(None, state);
    }

    fn choose(&self, setup: &mut ModelSetup, wanted: &ModelSetup) {
        self.untold.store(false, Ordering::Relaxed);
        self.choice.store(Arc::new(wanted.choice.clone()));
        *self.missed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        setup.clone_from(wanted);
    }

    /// The model for somebody who waits for it; one that rests is loaded again, which blocks. Where that fails, the state
    /// says why, and it is tried again after a while.
    pub fn wake(&self, snapshot: impl FnOnce() -> Option<PathBuf>) -> Option<Arc<Loaded>> {
        self.note_use();
        // It is said to rest before it goes.
        let current = self.current();
        if current.is_some() || !self.is_to_wake() {
            return current;
        }
        let setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        // Another one may have taken the place while this one waited.
        if self.is_to_wake() {
            let opened = open(&setup, snapshot());
            *self.missed.lock().unwrap_or_else(PoisonError::into_inner) = opened.is_err().then(Instant::now);
            let state = match &opened {
                Ok(model) => {
                    if self.untold.swap(false, Ordering::Relaxed) {
                        tell(&setup, &model.card().name);
                    }
                    ModelState::Ready(model.card().name.clone())
                }
                Err(reason) => ModelState::Failed(reason.clone()),
            };
            self.replace(opened.ok().map(|model| self.numbered(model)), state);
        }
        self.current()
    }

    fn is_to_wake(&self) -> bool {
        match self.state().as_ref() {
            ModelState::Resting(_) => true,
            ModelState::Failed(_) => {
                let missed = *self.missed.lock().unwrap_or_else(PoisonError::into_inner);
                missed.is_some_and(|missed| missed.elapsed() >= AGAIN)
            }
            ModelState::Loading | ModelState::Ready(_) | ModelState::None => false,
        }
    }

    fn note_use(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Lets go of a model that nobody has asked for so long, and nobody uses now. What it has read is kept for its next
    /// start, or forgotten. Blocks while that is written.
    pub fn rest_after(&self, idle: Duration, keep: bool) {
        let is_idle = || self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= idle;
        // Whoever loads one needs it.
        let Ok(_setup) = self.setup.try_lock() else { return };
        let state = self.state();
        let ModelState::Ready(name) = state.as_ref() else { return };
        // An answer may take longer than that: the time begins when nobody holds it any more but this slot.
        if self.current().is_some_and(|current| Arc::strong_count(&current) > 2) {
            return self.note_use();
        }
        if !is_idle() {
            return;
        }
        self.state.store(Arc::new(ModelState::Resting(name.clone())));
        let Some(old) = self.current.swap(None) else { return };
        if Arc::strong_count(&old) > 1 {
            // Somebody took it at this moment; who came since waits at the lock that is held here.
            self.current.store(Some(old));
            return self.state.store(state);
        }
        (self.on_change)();
        if !keep {
            old.model.forget();
        }
        drop(old);
        tracing::info!(name, "the model rests");
    }

    fn numbered(&self, model: Box<dyn Model>) -> Arc<Loaded> {
        Arc::new(Loaded { number: self.loads.fetch_add(1, Ordering::Relaxed) + 1, model })
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

/// Tells those who keep count that this model answers from now on.
fn tell(setup: &ModelSetup, name: &str) {
    audit::use_model(&setup.choice, name);
    stats::uses(&setup.choice, name, setup.context);
}
