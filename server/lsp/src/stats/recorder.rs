//! Writes down what answers cost, on a thread of its own: whoever tells of one goes on.

use super::work::{Done, Line, Memory};
use super::{Store, folder};
use crate::assistant::cache_folder;
use crate::model_slot::ModelChoice;
use crate::server::resident;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

enum Told {
    Done(Done),
    Model { choice: ModelChoice, name: String, context: u32 },
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

/// The thread's body. The file is opened by the first that is told; what cannot be written is not counted.
fn write(receiver: &Receiver<Told>) {
    let mut store = None;
    let mut loaded: HashMap<String, Memory> = HashMap::new();
    for told in receiver {
        let mut lines = Vec::new();
        match told {
            Told::Model { choice, name, context } => {
                loaded.insert(name, held_by(&choice, context));
            }
            Told::Done(done) => {
                if let (Some(memory), Some(resident)) = (loaded.get_mut(&done.model), resident()) {
                    // A line where it has grown by a twentieth.
                    if resident / 21 * 20 > memory.resident {
                        memory.resident = resident;
                        lines.push(Line::of_memory(&done.model, *memory));
                    }
                }
                lines.push(Line::of(done));
            }
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
