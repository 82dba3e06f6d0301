//! Writes down what answers cost and what became of what was offered, on a thread of its own: whoever tells of one goes on. What
//! happens at every key is gathered, and written once a minute and at the end.

use super::work::{self, Done, Line, Memory, UNSHOWN};
use super::{Fate, Store, Summary, folder};
use crate::assistant::cache_folder;
use crate::model_slot::ModelChoice;
use crate::server::resident;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long what is gathered may wait.
const EVERY: Duration = Duration::from_secs(60);

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

enum Told {
    Done(Done),
    /// At every key.
    Gathered(Done),
    Fate(&'static str, String, Fate),
    Model {
        choice: ModelChoice,
        name: String,
        context: u32,
    },
}

struct Recorder {
    sender: Sender<Told>,
    thread: JoinHandle<()>,
}

fn recorder() -> MutexGuard<'static, Option<Recorder>> {
    RECORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes from now on what is told, or does not.
pub fn begin(count: bool) {
    let mut recorder = recorder();
    if !count {
        *recorder = None;
    } else if recorder.is_none() {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name("trust-stats".into()).spawn(move || write(&receiver));
        *recorder = thread.map(|thread| Recorder { sender, thread }).ok();
    }
}

/// There was an answer.
pub fn worked(done: Done) {
    tell(Told::Done(done));
}

/// A completion took so long, and nobody saw it.
pub fn unshown(model: Option<String>, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX >> 11);
    let model = model.unwrap_or_else(|| "none".into());
    tell(Told::Gathered(Done { feature: UNSHOWN, model, milliseconds, prompt: 0, answer: 0 }));
}

/// What became of something that a feature offered.
pub fn fared(feature: &'static str, model: Option<&str>, fate: Fate) {
    tell(Told::Fate(feature, model.unwrap_or("none").to_owned(), fate));
}

/// A model is in memory from now on, which holds so many tokens at most.
pub fn uses(choice: &ModelChoice, name: &str, context: u32) {
    tell(Told::Model { choice: choice.clone(), name: name.into(), context });
}

fn tell(told: Told) {
    if let Some(recorder) = recorder().as_ref() {
        // A writer that gave up has said so.
        let _ = recorder.sender.send(told);
    }
}

/// Writes what is left, for as long as `patience`.
pub fn finish(patience: Duration) {
    let Some(Recorder { sender, thread }) = recorder().take() else { return };
    drop(sender);
    let until = Instant::now() + patience;
    while !thread.is_finished() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What is not written yet, since when.
#[derive(Default)]
struct Gathered {
    summary: Summary,
    since: Option<Instant>,
}

impl Gathered {
    fn add(&mut self, line: Line) {
        line.into_summary(&mut self.summary);
        self.since.get_or_insert_with(Instant::now);
    }

    /// How long it may wait still.
    fn patience(&self) -> Option<Duration> {
        self.since.map(|since| EVERY.saturating_sub(since.elapsed()))
    }

    fn take(&mut self) -> Vec<Line> {
        let Self { summary, .. } = std::mem::take(self);
        work::lines(&summary)
    }
}

/// The thread's body. The file is opened by the first that is told; what cannot be written is not counted.
fn write(receiver: &Receiver<Told>) {
    let mut store = None;
    let mut loaded: HashMap<String, Memory> = HashMap::new();
    let mut gathered = Gathered::default();
    let mut is_over = false;
    while !is_over {
        let told = match gathered.patience() {
            Some(patience) => receiver.recv_timeout(patience),
            None => receiver.recv().map_err(RecvTimeoutError::from),
        };
        let mut lines = Vec::new();
        match told {
            Ok(Told::Model { choice, name, context }) => {
                loaded.insert(name, held_by(&choice, context));
            }
            Ok(Told::Done(done)) => {
                if let (Some(memory), Some(resident)) = (loaded.get_mut(&done.model), resident()) {
                    // A line where it has grown by a twentieth.
                    if resident / 21 * 20 > memory.resident {
                        memory.resident = resident;
                        lines.push(Line::of_memory(&done.model, *memory));
                    }
                }
                lines.push(Line::of(done));
            }
            Ok(Told::Gathered(done)) => gathered.add(Line::of(done)),
            Ok(Told::Fate(feature, model, fate)) => lines.push(Line::of_fate(feature, &model, fate)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => is_over = true,
        }
        if is_over || gathered.patience().is_some_and(|patience| patience.is_zero()) {
            lines.extend(gathered.take());
        }
        if store.is_none() && !lines.is_empty() {
            store = cache_folder().and_then(|cache| Store::open_work(&folder(&cache)).ok());
        }
        let Some(store) = &mut store else { continue };
        if let Err(error) = lines.iter().try_for_each(|line| store.add_work(line)) {
            tracing::warn!(%error, "what answers cost is not counted");
            return;
        }
    }
}

/// What a model's file says that it takes; nothing of one that is elsewhere.
fn held_by(choice: &ModelChoice, context: u32) -> Memory {
    let said = match choice {
        ModelChoice::Bundled => crate::library::BUNDLED.to_owned(),
        ModelChoice::Named(name) => name.clone(),
        ModelChoice::File(path) => path.display().to_string(),
        ModelChoice::Endpoint { .. } | ModelChoice::None | ModelChoice::Scripted { .. } => {
            return Memory::default();
        }
    };
    let Ok(Some(model)) = crate::library::open(&said) else { return Memory::default() };
    let facts = &model.facts;
    let tokens = u64::from(context.min(facts.context_length));
    let kv = facts.kv_bytes_per_token().unwrap_or(0).saturating_mul(tokens);
    Memory { resident: 0, weights: facts.size_bytes, kv }
}
