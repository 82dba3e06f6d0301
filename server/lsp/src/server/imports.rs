//! The imports that inline completions need: the protocol gives such an item one range, so its import is sent as an edit of its own
//! once the client has said that it inserted the item.

use crate::server::documents::Document;
use dashmap::DashMap;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tower_lsp::gen_lsp_types::Uri;
use trust_complete::{Completion, Import};
use trust_text::Text;

/// Completions of which it may yet be said that they were inserted.
const RECENT: usize = 8;

#[derive(Default)]
pub struct Imports {
    /// Where inline completions were shown, the newest last.
    shown: Mutex<VecDeque<Place>>,
    /// What was sent, until it stands there.
    sent: DashMap<Uri, Import>,
}

/// The place of an inline completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    id: u64,
    pub uri: Uri,
    pub offset: usize,
    texts: Vec<String>,
}

impl Place {
    /// Which of the texts stands at the place in `text`, the longest of several, and `text` without it.
    pub fn taken(&self, text: &Text) -> Option<(String, Text)> {
        let end = self.texts.iter().filter_map(|one| text.stands(self.offset, one)).max()?;
        let mut without = text.clone();
        without.replace(self.offset..end, "");
        Some((text.slice(self.offset..end), without))
    }
}

impl Imports {
    /// An inline completion is shown, and the others beside it. What is typed into keeps its number and its place.
    pub fn shown(&self, id: u64, uri: &Uri, offset: usize, completion: &Completion) {
        let mut shown = self.places();
        if shown.iter().any(|place| place.id == id) {
            return;
        }
        let others = completion.others.iter().map(|other| other.text.clone());
        let texts = std::iter::once(completion.text.clone()).chain(others).collect();
        if shown.len() == RECENT {
            shown.pop_front();
        }
        shown.push_back(Place { id, uri: uri.clone(), offset, texts });
    }

    /// Where the completion of this number was shown; once.
    pub fn inserted(&self, id: u64) -> Option<Place> {
        let mut shown = self.places();
        let index = shown.iter().position(|place| place.id == id)?;
        shown.remove(index)
    }

    pub fn send(&self, uri: &Uri, import: Import) {
        self.sent.insert(uri.clone(), import);
    }

    /// Where the import stands in `document` that was sent for it, once it does.
    pub fn arrived(&self, uri: &Uri, document: &Document) -> Option<Range<usize>> {
        let place = |import: &Import| Some(import.at..document.text.stands(import.at, &import.text)?);
        let (_, import) = self.sent.remove_if(uri, |_, import| place(import).is_some())?;
        place(&import)
    }

    /// The document is closed, or its client would not take the import.
    pub fn forget(&self, uri: &Uri) {
        self.sent.remove(uri);
    }

    fn places(&self) -> MutexGuard<'_, VecDeque<Place>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_what_stands_at_the_place() {
        let texts = ["fetch(1);", "fetch(1); more();", "first();\nsecond();"].map(str::to_owned).to_vec();
        let place = Place { id: 1, uri: "file:///p/a.rs".parse().unwrap(), offset: 4, texts };
        let cases = [
            ("x = fetch(1);\n", Some(("fetch(1);", "x = \n"))),
            ("x = fetch(1); more();\n", Some(("fetch(1); more();", "x = \n"))),
            ("x = first();\r\nsecond();\r\n", Some(("first();\r\nsecond();", "x = \r\n"))),
            ("x = first();\nsecond();\n", Some(("first();\nsecond();", "x = \n"))),
            ("x = fetch(\n", None),
            ("x =", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = place.taken(&Text::new(text)).map(|(taken, without)| (taken, without.to_string()));
            let expected = expected.map(|(taken, without)| (taken.to_owned(), without.to_owned()));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_place_is_told_once_and_the_oldest_are_forgotten() {
        let imports = Imports::default();
        for id in 0..RECENT as u64 + 2 {
            imports.places().push_back(Place {
                id,
                uri: "file:///p/a.rs".parse().unwrap(),
                offset: 0,
                texts: Vec::new(),
            });
        }
        assert!(imports.inserted(3).is_some() && imports.inserted(3).is_none());
        assert!(imports.inserted(99).is_none());
    }
}
