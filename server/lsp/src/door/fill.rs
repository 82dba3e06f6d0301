//! A hole that another program's user types into, filled by the pipeline that fills those of editors.

use super::{Door, find, lock};
use crate::audit::{self, Event};
use crate::setup::manner;
use std::time::{Duration, Instant};
use trust_audit::{Action, Feature};
use trust_complete::{Completion, Outcome, Query, Quiet};
use trust_inference::CancelToken;
use trust_text::Text;
use trust_wire::{Failure, Fill, Filled, Said};

/// Bytes of a client's name that are told.
const CLIENT: usize = 60;

/// A client's name, as far as it is told.
pub(super) fn named(client: &str) -> &str {
    &client[..client.floor_char_boundary(CLIENT)]
}

impl Door {
    /// `None` where nobody waits any more.
    pub(super) fn fill(&self, fill: Fill, cancel: &CancelToken) -> Option<Said> {
        if cancel.is_cancelled() {
            return None;
        }
        if let Some(refused) = too_long(fill.hole.prefix.len() + fill.hole.suffix.len()) {
            return Some(refused);
        }
        audit::count(Feature::Completion, "asked");
        let start = Instant::now();
        let index = self.assistant.index();
        let place = find::place(&fill, &index, &mut lock(&self.last));
        self.extra.set(&fill.hole.extra, index.broker());
        let settings = self.settings(&place.path);
        let most = Duration::from_millis(settings.completion_deadline);
        let wanted = fill.milliseconds.map_or(most, |time| Duration::from_millis(time).min(most));
        let (repository, relative) = self.assistant.relative(&place.path);
        let query = Query {
            language: place.language,
            path: place.path,
            relative,
            repository,
            text: Text::new(&place.text),
            offset: place.offset,
            invoked: false,
            may_replace: false,
            deadline: start + wanted,
            cancel: cancel.clone(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        };
        let own = query.relative.clone();
        let outcome = match settings.completion_enable {
            true => {
                // A door that was just opened loads its model yet. An editor asks again with the next key; other programs may not.
                let latest = query.deadline;
                self.assistant.model().wait(|| cancel.is_cancelled() || Instant::now() >= latest);
                self.assistant.complete(query, manner(&settings))
            }
            false => Outcome::Quiet(Quiet::Off),
        };
        let took = start.elapsed();
        let filled = match outcome {
            Outcome::Quiet(_) if cancel.is_cancelled() => return None,
            Outcome::Quiet(quiet) => {
                audit::count(Feature::Completion, &format!("{quiet:?}").to_lowercase());
                Filled { quiet: Some(quiet.reason().into()), model: self.name(), ..Filled::default() }
            }
            Outcome::Show(completion) => {
                let client = named(&fill.client);
                let quoted = completion.quoted.iter().cloned().chain(place.is_known.then_some(own));
                audit::record(
                    Event::new(Feature::Completion, Action::Shown)
                        .within(self.assistant.roots().first().cloned())
                        .model(completion.model.clone())
                        .files(audit::files_of(&index, quoted))
                        .tokens(completion.prefilled, completion.tokens)
                        .took(took)
                        .sent(self.assistant.sent_since())
                        .said("", &completion.text)
                        .note(format!("{} at the door, by {client}", completion.source.name())),
                );
                self.filled(&fill, completion)
            }
        };
        self.counts.filled(!filled.text.is_empty(), filled.written, took);
        Some(Said::Filled(Filled { milliseconds: took.as_secs_f64() * 1e3, ..filled }))
    }

    fn name(&self) -> String {
        self.models().into_iter().next().map_or_else(String::new, |offered| offered.name)
    }

    /// The text as far as the client wants it.
    fn filled(&self, fill: &Fill, completion: Completion) -> Filled {
        let mut text = completion.text;
        let stop = fill.hole.stop.iter().filter(|stop| !stop.is_empty());
        if let Some(end) = stop.filter_map(|stop| text.find(stop.as_str())).min() {
            text.truncate(end);
        }
        let loaded = self.assistant.model().current();
        let count = |text: &str| match &loaded {
            Some(loaded) => loaded.model().count_tokens(text),
            None => text.len().div_ceil(3),
        };
        let whole = text.len();
        if let Some(most) = fill.tokens.map(|most| most as usize) {
            let mut tokens = count(&text);
            while tokens > most && !text.is_empty() {
                let shorter = (text.len() * most / tokens).min(text.len() - 1);
                text.truncate(text.floor_char_boundary(shorter));
                tokens = count(&text);
            }
        }
        Filled {
            cut: text.len() < whole,
            text,
            quiet: None,
            model: completion.model.unwrap_or_else(|| self.name()),
            read: completion.prefilled,
            written: completion.tokens,
            milliseconds: 0.0,
        }
    }
}

/// What cannot be a file that somebody edits.
fn too_long(length: usize) -> Option<Said> {
    let most = trust_index::MAX_FILE_BYTES;
    (length as u64 > most).then(|| {
        Said::Failed(Failure::Asked, format!("the text around the hole is longer than {most} bytes"))
    })
}
