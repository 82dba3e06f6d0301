//! How far a download is, told a few times a second; and each request for it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_wire::{Answering, Departure};

const OFTEN: Duration = Duration::from_millis(150);

pub struct Counter<'a> {
    state: Mutex<Counted>,
    tell: &'a (dyn Fn(Answering) + Sync),
}

struct Counted {
    /// Bytes of the file that are there, and of how many.
    there: u64,
    total: Option<u64>,
    /// Bytes that came.
    fetched: u64,
    last: Option<Instant>,
}

impl<'a> Counter<'a> {
    pub fn new(tell: &'a (dyn Fn(Answering) + Sync)) -> Self {
        Self { state: Mutex::new(Counted { there: 0, total: None, fetched: 0, last: None }), tell }
    }

    /// So much is there, of so much.
    pub fn begin(&self, there: u64, total: Option<u64>) {
        {
            let mut state = self.lock();
            (state.there, state.total, state.last) = (there, total, None);
        }
        self.came(0);
    }

    pub fn came(&self, bytes: u64) {
        let mut state = self.lock();
        state.there += bytes;
        state.fetched += bytes;
        if state.last.is_some_and(|last| last.elapsed() < OFTEN) && state.total != Some(state.there) {
            return;
        }
        state.last = Some(Instant::now());
        (self.tell)(Answering::Progress { done: state.there, total: state.total });
    }

    /// A request for it is about to leave.
    pub fn left(&self, departure: Departure) {
        (self.tell)(Answering::Sent(departure));
    }

    pub fn fetched(&self) -> u64 {
        self.lock().fetched
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
