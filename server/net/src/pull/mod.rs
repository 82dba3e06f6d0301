//! Fetches a file: several ranges at a time where the host knows ranges, else in one go. What came is kept with a note of
//! which parts are there, and the same order goes on with it later.
//!
//! *Invariant:* the parts of a file are of one version of it, by its tag and its length, or all of it is fetched anew.

mod find;
mod patience;
mod piece;
mod progress;
mod state;
mod whole;

pub use patience::{pause, retry_after};

use crate::egress::{Address, Egress, SendError};
use find::Found;
use patience::Patience;
use progress::Counter;
use state::State;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use trust_inference::CancelToken;
use trust_wire::{Answering, PullOrder, Pulled, Source};

/// How hard it tries.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Bytes of a part.
    pub piece: u64,
    /// Parts at a time.
    pub connections: usize,
    /// Attempts in a row without a byte.
    pub attempts: u32,
    /// The first pause between two; it doubles.
    pub pause: Duration,
    /// The longest pause that a host may ask for.
    pub longest: Duration,
    /// Without a byte for so long, a connection is given up.
    pub stall: Duration,
    /// How often it is begun anew where the file there became another one.
    pub restarts: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            piece: 16 << 20,
            connections: 4,
            attempts: 6,
            pause: Duration::from_millis(500),
            longest: Duration::from_secs(300),
            stall: Duration::from_secs(30),
            restarts: 2,
        }
    }
}

/// No file has so many bytes: a note of the parts of one would fill memory.
const MOST: u64 = 1 << 42;

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("{0}")]
    Host(String),
    /// The file there is another one than it was a moment ago.
    #[error("the file there changed while it was fetched")]
    Changed,
    /// The address that we were led to holds no longer.
    #[error("the address that we were led to holds no longer")]
    Expired,
    #[error("the host says that the file has {0} bytes, which is more than any model has")]
    TooLong(u64),
    #[error("{}: {what}", path.display())]
    Disk { path: PathBuf, what: String },
}

/// What all parts of one order share.
struct Job<'a> {
    egress: &'a Egress,
    effort: Effort,
    cancel: &'a CancelToken,
    counter: Counter<'a>,
}

/// Fetches what `order` names. Blocks; `tell` hears how far it is.
///
/// # Errors
/// Why it is not there. What came by then stays.
pub fn pull(
    egress: &Egress,
    order: &PullOrder,
    effort: Effort,
    cancel: &CancelToken,
    tell: &(dyn Fn(Answering) + Sync),
) -> Result<Pulled, PullError> {
    let source: Source = order.source.parse().map_err(|error| PullError::Host(format!("{error}")))?;
    let job = Job { egress, effort, cancel, counter: Counter::new(tell) };
    let mut failed = None;
    for address in addresses(egress, &source)? {
        match from(&job, &address, &source, order) {
            Ok(pulled) => return Ok(pulled),
            // Another host would not help.
            Err(error @ (PullError::Send(SendError::Cancelled) | PullError::Disk { .. })) => {
                return Err(error);
            }
            Err(error) => {
                if let Some(before) = failed.replace(error) {
                    tell(Answering::Note(before.to_string()));
                }
            }
        }
    }
    Err(failed.unwrap_or_else(|| PullError::Host("`network.hubs` names no host".into())))
}

/// Where the file is looked for, in order.
fn addresses(egress: &Egress, source: &Source) -> Result<Vec<Address>, PullError> {
    let parsed = |text: String| text.parse().map_err(|why| PullError::Host(format!("{text}: {why}")));
    match source {
        Source::Url(url) => Ok(vec![parsed(url.clone())?]),
        Source::Hub { repository, path, revision } => {
            let hubs = egress.policy().hubs.iter();
            hubs.map(|hub| {
                parsed(format!("{}/{repository}/resolve/{revision}/{path}", hub.trim_end_matches('/')))
            })
            .collect()
        }
        Source::File(_) => Err(PullError::Host("a file of this machine is imported, not fetched".into())),
    }
}

fn from(job: &Job<'_>, address: &Address, source: &Source, order: &PullOrder) -> Result<Pulled, PullError> {
    let mut restarts = 0;
    loop {
        let found = find::find(job, address)?;
        let before = job.counter.fetched();
        let fetched = match (found.total, found.ranges) {
            (Some(total), true) => in_parts(job, &found, total, source, order),
            _ => whole::fetch(job, &found, &target(source, order)),
        };
        match fetched {
            Ok(kept) => {
                let file = target(source, order);
                return Ok(Pulled { file, sha256: found.sha256, fetched: job.counter.fetched(), kept });
            }
            // An address may hold for an hour, and the file take longer.
            Err(PullError::Expired) if job.counter.fetched() > before => {}
            Err(PullError::Changed | PullError::Expired) if restarts < job.effort.restarts => restarts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The file that is written. It bears the name that it has there, as far as that is one.
fn target(source: &Source, order: &PullOrder) -> PathBuf {
    let plain = |sign: &char| sign.is_ascii_alphanumeric() || "-._".contains(*sign);
    let name: String = source.file_name().chars().filter(plain).take(120).collect();
    let name = name.trim_start_matches('.');
    order.folder.join(if name.is_empty() { "model.gguf" } else { name })
}

/// Fetches the parts that are missing; the bytes that were there before.
fn in_parts(
    job: &Job<'_>,
    found: &Found,
    total: u64,
    source: &Source,
    order: &PullOrder,
) -> Result<u64, PullError> {
    let path = target(source, order);
    if total > MOST {
        return Err(PullError::TooLong(total));
    }
    let mut state = State::open(&order.folder, found, total, job.effort.piece);
    let file = writable(&path).map_err(|error| disk(&path, &error))?;
    if file.metadata().map_or(0, |metadata| metadata.len()) != total {
        state.forget();
    }
    file.set_len(total).map_err(|error| disk(&path, &error))?;
    let kept = state.kept();
    job.counter.begin(kept, Some(total));
    let missing: VecDeque<_> = state.missing().collect();
    let (missing, state) = (Mutex::new(missing), Mutex::new(state));
    let failed: Mutex<Option<PullError>> = Mutex::default();
    // Raised by the first that fails, or by whoever asked.
    let stop = job.cancel.child();
    let work = || {
        while !stop.is_cancelled() {
            let next = missing.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(piece) = next else { return };
            let fetched = piece::fetch(job, found, piece.clone(), total, &file, &stop)
                .and_then(|()| file.sync_data().map_err(|error| disk(&path, &error)))
                .and_then(|()| {
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.done(&piece).map_err(|error| disk(&order.folder, &error))
                });
            if let Err(error) = fetched {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                // What follows from the first is no news.
                if failed.is_none() {
                    *failed = Some(error);
                }
                stop.cancel();
            }
        }
    };
    std::thread::scope(|scope| {
        (0..job.effort.connections.max(1)).for_each(|_| {
            scope.spawn(work);
        });
    });
    if job.cancel.is_cancelled() {
        return Err(SendError::Cancelled.into());
    }
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => {
            if error == PullError::Changed {
                state.into_inner().unwrap_or_else(PoisonError::into_inner).forget();
            }
            Err(error)
        }
        None => Ok(kept),
    }
}

fn writable(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn disk(path: &Path, error: &std::io::Error) -> PullError {
    let what = match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full; what came is kept".into(),
        _ => error.to_string(),
    };
    PullError::Disk { path: path.into(), what }
}

#[cfg(test)]
mod tests;
