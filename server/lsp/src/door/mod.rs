//! What answers behind the door that `trust-net` keeps for other programs of this machine: calls come over standard input, answers
//! go to standard output, and that is all that this process has.
//!
//! *Invariant:* the privacy mode is looked at before the door is opened, and again as long as it is open; `strict`, from whatever
//! layer, closes it.

mod counts;
mod extra;
mod fill;
mod find;
mod talk;

use crate::assistant::Assistant;
use crate::model_slot::{Automatic, ModelChoice, ModelState};
use crate::setup::models;
use arc_swap::ArcSwap;
use counts::Counts;
pub use extra::Extra;
use std::collections::HashMap;
use std::io::Stdout;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_config::{Config, Place, Settings};
use trust_grammars::Language;
use trust_inference::CancelToken;
use trust_wire::{Call, Failure, Fill, Offered, Reply, Said, Wanted, write};

/// How often the configuration is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Conversations at a time.
const MOST: usize = 16;

/// What the configuration says by now, or why there may be no door any more.
pub type Ask = Box<dyn Fn() -> Result<Config, String> + Send>;

pub struct Door {
    assistant: Arc<Assistant>,
    extra: Extra,
    config: ArcSwap<Config>,
    /// The model of a test.
    scripted: Option<ModelChoice>,
    out: Mutex<Stdout>,
    running: Mutex<HashMap<u64, CancelToken>>,
    counts: Counts,
    /// The file of the last hole.
    last: Mutex<Option<PathBuf>>,
}

/// A hole that waits to be filled.
type Waiting = (u64, Fill, CancelToken);

impl Door {
    pub fn new(
        assistant: Arc<Assistant>,
        extra: Extra,
        config: Config,
        scripted: Option<ModelChoice>,
    ) -> Arc<Self> {
        Arc::new(Self {
            assistant,
            extra,
            config: ArcSwap::from_pointee(config),
            scripted,
            out: Mutex::new(std::io::stdout()),
            running: Mutex::default(),
            counts: Counts::default(),
            last: Mutex::default(),
        })
    }

    /// Answers until the other side is gone.
    ///
    /// # Errors
    /// What came is no call, or a thread cannot be had.
    pub fn serve(self: &Arc<Self>, ask: Ask) -> anyhow::Result<()> {
        let (fills, waiting) = channel();
        let start = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(work).map(drop)
        };
        let door = Arc::clone(self);
        start("trust-load", Box::new(move || door.assistant.model().load(None)))?;
        let door = Arc::clone(self);
        start("trust-door", Box::new(move || door.fill_all(&waiting)))?;
        let door = Arc::clone(self);
        start("trust-config", Box::new(move || door.follow(&ask)))?;
        let mut input = std::io::stdin().lock();
        while let Some(Call { id, wanted }) = trust_wire::read::<Call>(&mut input)? {
            self.take(id, wanted, &fills);
        }
        lock(&self.running).drain().for_each(|(_, cancel)| cancel.cancel());
        Ok(())
    }

    fn take(self: &Arc<Self>, id: u64, wanted: Wanted, fills: &Sender<Waiting>) {
        match wanted {
            Wanted::Cancel => {
                if let Some(cancel) = lock(&self.running).get(&id) {
                    cancel.cancel();
                }
            }
            Wanted::Models => self.say(id, Said::Models(self.models())),
            Wanted::Metrics => self.say(id, Said::Metrics(self.counts.text(&self.assistant))),
            Wanted::Fill(fill) => {
                let cancel = self.begin(id);
                // The thread lives as long as this one.
                let _ = fills.send((id, *fill, cancel));
            }
            Wanted::Talk(talk) => {
                if lock(&self.running).len() >= MOST {
                    let told = "too many conversations at once";
                    return self.say(id, Said::Failed(Failure::Unavailable, told.into()));
                }
                let (cancel, door) = (self.begin(id), Arc::clone(self));
                let work = move || door.work(id, |door| door.talk(id, *talk, &cancel));
                if let Err(error) = std::thread::Builder::new().name("trust-talk".into()).spawn(work) {
                    lock(&self.running).remove(&id);
                    self.say(id, Said::Failed(Failure::Internal, error.to_string()));
                }
            }
        }
    }

    fn begin(&self, id: u64) -> CancelToken {
        let cancel = CancelToken::new();
        lock(&self.running).insert(id, cancel.clone());
        cancel
    }

    /// One after the other: the pipeline takes one query at a time.
    fn fill_all(&self, waiting: &Receiver<Waiting>) {
        while let Ok((id, fill, cancel)) = waiting.recv() {
            self.work(id, |door| door.fill(fill, &cancel));
        }
    }

    fn work(&self, id: u64, work: impl FnOnce(&Self) -> Option<Said>) {
        let said = catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            tracing::error!("an answer at the door panicked");
            Some(Said::Failed(
                Failure::Internal,
                "this failed; the error stream of trust-net says how".into(),
            ))
        });
        lock(&self.running).remove(&id);
        if let Some(said) = said {
            self.say(id, said);
        }
    }

    /// A side that is gone hears nothing; the end of the input says so too.
    fn say(&self, id: u64, said: Said) {
        if matches!(said, Said::Failed(..)) {
            self.counts.failed();
        }
        let _ = write(&mut *lock(&self.out), &Reply { id, said });
    }

    /// Goes on as the configuration says from now on.
    fn follow(&self, ask: &Ask) {
        let slots = self.assistant.models();
        let find = |settings: &Settings| models(settings, self.scripted.clone(), &slots.held());
        let settings = self.config.load().settings(Place::default());
        let mut automatic = Automatic::new(settings.clone(), find(&settings), Instant::now());
        loop {
            std::thread::sleep(LOOK);
            let config = match ask() {
                Ok(config) => config,
                Err(why) => return self.say(0, Said::Close(why)),
            };
            let settings = config.settings(Place::default());
            crate::net::obey(&settings.privacy);
            crate::audit::change(&settings);
            self.config.store(Arc::new(config));
            if let Some(wanted) = automatic.look(&settings, Instant::now(), || find(&settings)) {
                // What it says is in the models' states.
                let _ = slots.exchange(&wanted, None, false);
            }
        }
    }

    fn settings(&self, path: &Path) -> Settings {
        let language = Language::from_path(path).map(Language::id);
        self.config.load().settings(Place { language, path: Some(path) })
    }

    fn models(&self) -> Vec<Offered> {
        let loaded = self.assistant.model().current();
        let card = loaded.as_ref().map(|loaded| loaded.model().card());
        let (name, context) = match (card, self.assistant.model().state().as_ref()) {
            (Some(card), _) => (card.name.clone(), Some(card.context_length)),
            (None, ModelState::Resting(name)) => (name.clone(), None),
            // Without a model what the project says already is copied.
            (None, _) => ("copy".to_owned(), None),
        };
        vec![Offered { name, context }]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
