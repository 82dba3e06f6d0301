//! Counts while the server runs: opens the file on first use, and gives up for good when it cannot be written.

use super::{Event, Store, Summary};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub struct Counter(Mutex<State>);

#[derive(Default)]
enum State {
    /// Switched off, without a folder, or given up.
    #[default]
    Off,
    Closed(PathBuf),
    Open(Store, Summary),
}

impl Counter {
    /// `folder`: where to, or nowhere.
    pub fn start(&self, folder: Option<PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = folder.map_or(State::Off, State::Closed);
    }

    /// Adds `events`, and gives what has been decided lately, where anything is counted. Writes to the disk.
    ///
    /// # Errors
    /// Why the file cannot be written; from then on nothing is counted, and nothing fails.
    pub fn add(&self, events: &[Event]) -> io::Result<Vec<bool>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let result = state.add(events);
        if result.is_err() {
            *state = State::Off;
        }
        result
    }
}

impl State {
    fn add(&mut self, events: &[Event]) -> io::Result<Vec<bool>> {
        if let Self::Closed(folder) = self {
            let (store, summary) = Store::open(folder)?;
            *self = Self::Open(store, summary);
        }
        let Self::Open(store, summary) = self else { return Ok(Vec::new()) };
        for event in events {
            store.add(event)?;
            summary.note(event, 1);
        }
        Ok(summary.recent.clone())
    }
}
