//! What becomes of the inline completions that were shown: read off the edits that follow, in every client alike.

use crate::server::documents::Document;
use crate::stats::{Event, Fate};
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tower_lsp::gen_lsp_types::Uri;
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
    text: String,
    /// The document's length then.
    length: usize,
    language: String,
    source: String,
}

impl Shown {
    pub fn event(&self, fate: Fate) -> Event {
        Event { fate, language: self.language.clone(), source: self.source.clone() }
    }

    /// Whether the accepted text still stands near its place.
    pub fn is_kept(&self, document: &Document) -> bool {
        let from = self.offset.saturating_sub(MOVED);
        let around = document.text.slice(from..self.offset + self.text.len() + MOVED).replace("\r\n", "\n");
        around.contains(self.text.trim())
    }
}

impl Acceptance {
    /// A completion is about to be shown: its id, and what follows from that.
    pub fn show(
        &self,
        uri: &Uri,
        document: &Document,
        offset: usize,
        completion: &Completion,
    ) -> (u64, Vec<Event>) {
        let mut events = Vec::new();
        if let Some(shown) = self.shown.get(uri) {
            let typed = document.text.slice(shown.offset..offset.max(shown.offset));
            if shown.offset <= offset && shown.text == format!("{typed}{}", completion.text) {
                return (shown.id, events);
            }
            // Another answer at the same place is nobody's decision.
            if shown.offset != offset {
                events.push(shown.event(Fate::Rejected));
            }
        }
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let shown = Shown {
            id,
            offset,
            text: completion.text.clone(),
            length: document.text.len(),
            language: document.language.map_or("other", |language| language.id()).to_owned(),
            source: completion.source.name().to_owned(),
        };
        events.push(shown.event(Fate::Shown));
        self.shown.insert(uri.clone(), shown);
        (id, events)
    }

    /// The document has changed: how the completion that it showed was decided on, if it was.
    pub fn changed(&self, uri: &Uri, document: &Document) -> Option<(Fate, Shown)> {
        let fate = {
            let shown = self.shown.get(uri)?;
            let typed = match document.text.len().checked_sub(shown.length) {
                Some(length) => {
                    document.text.slice(shown.offset..shown.offset + length).replace("\r\n", "\n")
                }
                // Something was deleted.
                None => "\0".into(),
            };
            if typed.starts_with(&shown.text) {
                Fate::Accepted
            } else if shown.text.starts_with(&typed) {
                return None;
            } else {
                Fate::Rejected
            }
        };
        self.shown.remove(uri).map(|(_, shown)| (fate, shown))
    }

    /// The client says that it inserted completion `id`. `None` where the edit said so already.
    pub fn accepted(&self, id: u64) -> Option<(Uri, Shown)> {
        let uri = self.shown.iter().find(|shown| shown.id == id).map(|shown| shown.key().clone())?;
        self.shown.remove(&uri)
    }

    pub fn closed(&self, uri: &Uri) {
        self.shown.remove(uri);
    }
}
