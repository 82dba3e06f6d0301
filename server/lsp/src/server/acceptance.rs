//! What becomes of the inline completions that were shown: read off the edits that follow, in every client alike.

use crate::audit::{self, Event as Told};
use crate::server::documents::Document;
use crate::stats::{Event, Fate};
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tower_lsp::gen_lsp_types::Uri;
use trust_audit::{Action, Feature};
use trust_complete::Completion;

/// Bytes around its place in which an accepted text may have moved.
const MOVED: usize = 8 << 10;

/// The completion that each document shows.
#[derive(Default)]
pub struct Acceptance {
    shown: DashMap<Uri, Shown>,
    last: AtomicU64,
}

#[derive(Debug, Clone)]
pub struct Shown {
    /// What the client's accept command names.
    id: u64,
    offset: usize,
    /// The texts that were offered for the place, with the source of each; the one accepted, once it is.
    texts: Vec<(String, &'static str)>,
    /// The document's length then.
    length: usize,
    language: String,
    /// The entry of the audit log that tells of it.
    entry: Option<String>,
}

impl Shown {
    /// Tells the audit log what became of it.
    pub fn tell(&self, fate: Fate) {
        let action = match fate {
            Fate::Shown => return,
            Fate::Accepted => Action::Accepted,
            Fate::Kept => Action::Kept,
            Fate::Rejected => Action::Rejected,
        };
        if let Some(entry) = &self.entry {
            audit::record(Told::new(Feature::Completion, action).of(Some(entry.clone())));
        }
    }

    pub fn event(&self, fate: Fate) -> Event {
        let source = self.texts.first().map_or("model", |(_, source)| source);
        Event { fate, language: self.language.clone(), source: source.to_owned() }
    }

    /// Whether the accepted text still stands near its place.
    pub fn is_kept(&self, document: &Document) -> bool {
        let Some((text, _)) = self.texts.first() else { return false };
        let from = self.offset.saturating_sub(MOVED);
        let around = document.text.slice(from..self.offset + text.len() + MOVED).replace("\r\n", "\n");
        around.contains(text.trim())
    }
}

impl Acceptance {
    /// A completion is about to be shown: its id, and what follows from that. `record` tells the audit log of it, if it is
    /// another one than was shown there.
    pub fn show(
        &self,
        uri: &Uri,
        document: &Document,
        offset: usize,
        completion: &Completion,
        record: impl FnOnce() -> Option<String>,
    ) -> (u64, Vec<Event>) {
        let mut events = Vec::new();
        if let Some(shown) = self.shown.get(uri) {
            let typed = document.text.slice(shown.offset..offset.max(shown.offset)).replace("\r\n", "\n");
            let whole = format!("{typed}{}", completion.text);
            if shown.offset <= offset && shown.texts.iter().any(|(text, _)| *text == whole) {
                return (shown.id, events);
            }
            // Another answer at the same place is nobody's decision.
            if shown.offset != offset {
                shown.tell(Fate::Rejected);
                events.push(shown.event(Fate::Rejected));
            }
        }
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let shown = Shown {
            id,
            offset,
            texts: std::iter::once((completion.text.clone(), completion.source.name()))
                .chain(completion.others.iter().map(|other| (other.text.clone(), other.source.name())))
                .collect(),
            length: document.text.len(),
            language: document.language.map_or("other", |language| language.id()).to_owned(),
            entry: record(),
        };
        events.push(shown.event(Fate::Shown));
        self.shown.insert(uri.clone(), shown);
        (id, events)
    }

    /// The document has changed: how the completion that it showed was decided on, if it was.
    pub fn changed(&self, uri: &Uri, document: &Document) -> Option<(Fate, Shown)> {
        let fate = {
            let mut shown = self.shown.get_mut(uri)?;
            let typed = match document.text.len().checked_sub(shown.length) {
                Some(length) => {
                    document.text.slice(shown.offset..shown.offset + length).replace("\r\n", "\n")
                }
                // Something was deleted.
                None => "\0".into(),
            };
            if let Some(taken) = shown.texts.iter().position(|(text, _)| typed.starts_with(text)) {
                shown.texts.swap(0, taken);
                Fate::Accepted
            } else if shown.texts.iter().any(|(text, _)| text.starts_with(&typed)) {
                return None;
            } else {
                Fate::Rejected
            }
        };
        self.shown.remove(uri).map(|(_, shown)| {
            shown.tell(fate);
            (fate, shown)
        })
    }

    /// The client says that it inserted completion `id`. `None` where the edit said so already.
    pub fn accepted(&self, id: u64) -> Option<(Uri, Shown)> {
        let uri = self.shown.iter().find(|shown| shown.id == id).map(|shown| shown.key().clone())?;
        let taken = self.shown.remove(&uri)?;
        taken.1.tell(Fate::Accepted);
        Some(taken)
    }

    pub fn closed(&self, uri: &Uri) {
        self.shown.remove(uri);
    }
}
