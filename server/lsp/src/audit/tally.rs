//! What happens at every key, counted: an entry a minute sums it up.

use super::Event;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_audit::{Action, Feature};

const EVERY: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    counts: BTreeMap<Feature, BTreeMap<String, u64>>,
    since: Option<Instant>,
}

impl Tally {
    pub fn add(&self, feature: Feature, what: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.since.get_or_insert_with(Instant::now);
        let of = state.counts.entry(feature).or_default();
        match of.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(of.insert(what.to_owned(), 1)),
        }
    }

    /// What was counted, if that was a minute ago, or `all` is wanted.
    pub fn due(&self, all: bool) -> Vec<Event> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.since.is_some_and(|since| all || since.elapsed() >= EVERY) {
            return Vec::new();
        }
        let Counts { counts, .. } = std::mem::take(&mut *state);
        let event = |(feature, counts): (Feature, BTreeMap<String, u64>)| {
            Event::new(feature, Action::Summed).counted(counts.into_iter().collect())
        };
        counts.into_iter().map(event).collect()
    }
}
