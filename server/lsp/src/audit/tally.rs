//! What happens at every key, counted: an entry a minute sums it up.

use super::Event;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_audit::{Action, Feature, Requested};
use trust_wire::Departure;

const EVERY: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    counts: BTreeMap<Feature, BTreeMap<String, u64>>,
    /// By their purpose, host and class.
    requests: BTreeMap<[String; 3], Requests>,
    since: Option<Instant>,
}

#[derive(Default)]
struct Requests {
    number: u64,
    bytes: u64,
    masked: u64,
}

impl Tally {
    pub fn add(&self, feature: Feature, what: &str) {
        let mut state = self.lock();
        state.since.get_or_insert_with(Instant::now);
        let of = state.counts.entry(feature).or_default();
        match of.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(of.insert(what.to_owned(), 1)),
        }
    }

    pub fn add_request(&self, departure: &Departure) {
        let mut state = self.lock();
        state.since.get_or_insert_with(Instant::now);
        let Departure { id: _, purpose, class, host, bytes, masked } = departure;
        let sum = state.requests.entry([purpose.clone(), host.clone(), class.clone()]).or_default();
        sum.number += 1;
        sum.bytes += bytes;
        sum.masked += masked;
    }

    /// What was counted, if that was a minute ago, or `all` is wanted.
    pub fn due(&self, all: bool) -> Vec<Event> {
        let mut state = self.lock();
        if !state.since.is_some_and(|since| all || since.elapsed() >= EVERY) {
            return Vec::new();
        }
        let Counts { counts, requests, .. } = std::mem::take(&mut *state);
        let event = |(feature, counts): (Feature, BTreeMap<String, u64>)| {
            Event::new(feature, Action::Summed).counted(counts.into_iter().collect())
        };
        let asked = |([purpose, host, class], sum): ([String; 3], Requests)| {
            let request = Requested { host, class, purpose, id: None, masked: sum.masked };
            let event = Event::new(Feature::Network, Action::Summed).request(request).sent(sum.bytes);
            event.counted(vec![("requests".to_owned(), sum.number)])
        };
        counts.into_iter().map(event).chain(requests.into_iter().map(asked)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Holds;
    use super::*;
    use trust_audit::{Actor, By, Entry};
    use trust_config::Settings;

    #[test]
    fn requests_for_completions_are_summed_up_by_host() {
        let tally = Tally::default();
        assert!(tally.due(true).is_empty());
        tally.add(Feature::Completion, "asked");
        for (host, bytes) in [("b.example", 1), ("a.example", 10), ("a.example", 20)] {
            let (id, purpose, class) = ("1-0".into(), Departure::COMPLETION.into(), "team".into());
            tally.add_request(&Departure { id, purpose, class, host: host.into(), bytes, masked: 1 });
        }
        assert!(tally.due(false).is_empty(), "a minute has not passed");
        let holds = Holds::of(&Settings::default());
        let actor = Actor { user: String::new(), client: String::new(), by: By::Person };
        let entry = |event: Event| event.into_record("1-1".into(), 0, actor.clone(), &holds).entry;
        let entries: Vec<Entry> = tally.due(true).into_iter().map(entry).collect();
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                let request = entry.request.as_ref();
                let request = request.map(|one| (one.host.as_str(), one.class.as_str(), one.masked));
                (entry.action, request, entry.sent_bytes, entry.counts.values().sum::<u64>())
            })
            .collect();
        let summed = Action::Summed;
        assert_eq!(
            told[1..],
            [
                (summed, Some(("a.example", "team", 2)), Some(30), 2),
                (summed, Some(("b.example", "team", 1)), Some(1), 1),
            ]
        );
        assert_eq!((told[0].1, told[0].3, told.len()), (None, 1, 3));
        assert!(tally.due(true).is_empty());
    }
}
