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
    /// The texts that were offered for the place; the one accepted first, once it is.
    texts: Vec<Offered>,
    /// The document's length then.
    length: usize,
    language: String,
    /// The entry of the audit log that tells of it.
    entry: Option<String>,
}

#[derive(Debug, Clone)]
struct Offered {
    text: String,
    /// Bytes whose place it takes.
    replaces: usize,
    source: &'static str,
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
        let source = self.texts.first().map_or("model", |offered| offered.source);
        Event { fate, language: self.language.clone(), source: source.to_owned() }
    }

    /// Whether the accepted text still stands near its place.
    pub fn is_kept(&self, document: &Document) -> bool {
        let Some(Offered { text, .. }) = self.texts.first() else { return false };
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
            if shown.offset <= offset && shown.texts.iter().any(|one| one.text == whole) {
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
            texts: std::iter::once((&completion.text, completion.replaces, completion.source))
                .chain(completion.others.iter().map(|one| (&one.text, one.replaces, one.source)))
                .map(|(text, replaces, source)| Offered {
                    text: text.clone(),
                    replaces,
                    source: source.name(),
                })
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
            // What stands there now if so many bytes behind the place went; nothing where more did.
            let typed = |replaces: usize| {
                let length = (document.text.len() + replaces).checked_sub(shown.length)?;
                Some(document.text.slice(shown.offset..shown.offset + length).replace("\r\n", "\n"))
            };
            let is_taken =
                |one: &Offered| typed(one.replaces).is_some_and(|typed| typed.starts_with(&one.text));
            let is_begun = |one: &Offered| typed(0).is_some_and(|typed| one.text.starts_with(&typed));
            if let Some(taken) = shown.texts.iter().position(is_taken) {
                shown.texts.swap(0, taken);
                Fate::Accepted
            } else if shown.texts.iter().any(is_begun) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use trust_complete::Source;
    use trust_text::Text;

    fn document(text: &str) -> Document {
        Document {
            path: "/p/a.rs".into(),
            on_disk: true,
            language: None,
            language_id: "rust".into(),
            prose: false,
            version: 1,
            text: Text::new(text),
            edits: Default::default(),
        }
    }

    #[test]
    fn a_text_that_takes_the_place_of_closing_signs_is_told_by_what_stands_there() {
        let uri: Uri = "file:///p/a.rs".parse().unwrap();
        // What the document becomes, and what that says.
        let cases = [
            ("f(a).b();\n", Some(Fate::Accepted)),
            ("f(a);\n", None),
            ("f(c);\n", Some(Fate::Rejected)),
            ("f(;\n", Some(Fate::Rejected)),
            ("f(a).b());\n", Some(Fate::Accepted)),
        ];
        for (text, expected) in cases {
            let acceptance = Acceptance::default();
            let completion = Completion {
                text: "a).b()".into(),
                replaces: 1,
                source: Source::Model,
                probability: 0.5,
                first: Duration::ZERO,
                total: Duration::ZERO,
                tokens: 4,
                prefilled: 9,
                model: None,
                others: Vec::new(),
                quoted: Vec::new(),
            };
            acceptance.show(&uri, &document("f();\n"), 2, &completion, || None);
            let found = acceptance.changed(&uri, &document(text)).map(|(fate, _)| fate);
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
