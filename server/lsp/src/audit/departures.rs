//! What left this machine, as `trust-net` tells of each request before it is sent; what came of a download.

use super::{Event, count, count_request, record};
use trust_audit::{Action, Feature, ModelUsed, Requested};
use trust_wire::{Departure, Pulled};

/// Records a request. Those for completions are summed up by host; of a download, which asks a host for many parts, the first to each
/// is recorded, and the others are counted.
pub fn left(departure: &Departure, is_first: bool) {
    if departure.is_for_a_completion() {
        return count_request(departure);
    }
    if !is_first {
        return count(Feature::Network, "further requests of downloads");
    }
    let Departure { id, purpose, class, host, bytes, masked } = departure.clone();
    let request = Requested { host, class, purpose, id: Some(id), masked };
    record(Event::new(Feature::Network, Action::Sent).request(request).sent(bytes));
}

/// A download, from its first request to what was decided of it.
#[derive(Debug, Default)]
pub struct Download {
    /// In the order in which they were asked.
    hosts: Vec<String>,
    requests: u64,
    /// Bytes of the file that are there; once it is whole, those that came, and those that were there before.
    there: u64,
    whole: Option<(u64, u64)>,
}

impl Download {
    pub fn left(&mut self, departure: Departure) {
        self.requests += 1;
        if !self.hosts.contains(&departure.host) {
            self.hosts.push(departure.host);
        }
    }

    pub fn came(&mut self, there: u64) {
        self.there = there;
    }

    pub fn is_whole(&mut self, pulled: &Pulled) {
        self.whole = Some((pulled.fetched, pulled.kept));
    }

    /// Tells what was decided: taken in, refused, or that it failed.
    pub fn ended(&self, action: Action, model: Option<ModelUsed>, what: String) {
        record(self.event(action, model, what));
    }

    fn event(&self, action: Action, model: Option<ModelUsed>, mut what: String) -> Event {
        let mut event = Event::new(Feature::Model, action);
        if let Some(model) = model {
            event = event.hashed_model(model);
        }
        let Some((first, others)) = self.hosts.split_first() else { return event.note(what) };
        if !others.is_empty() {
            what += &format!("; it led on to {}", others.join(", "));
        }
        let mut counts = vec![("requests", self.requests)];
        counts.extend(match self.whole {
            Some((fetched, kept)) => vec![("fetched_bytes", fetched), ("kept_bytes", kept)],
            None => vec![("bytes_there", self.there)],
        });
        let (class, purpose) = (Departure::DOWNLOAD.to_owned(), "pull".to_owned());
        let request = Requested { host: first.clone(), class, purpose, id: None, masked: 0 };
        let counts = counts.into_iter().map(|(name, number)| (name.to_owned(), number));
        event.request(request).counted(counts.collect()).note(what)
    }
}
