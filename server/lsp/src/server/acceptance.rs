//! What becomes of the completions that were shown, inline or in the menu: read off the edits that follow, in every client alike.

use crate::audit::{self, Event as Told};
use crate::server::documents::Document;
use crate::stats::{self, Event, Fate};
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tower_lsp::gen_lsp_types::Uri;
use trust_audit::{Action, Feature};
use trust_complete::Completion;

/// Bytes around its place in which an accepted text may have moved.
const MOVED: usize = 8 << 10;

/// Where a completion is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Inline,
    /// As an item of the menu, with the import that it brings: where, in bytes, and what is inserted there.
    Menu(Option<(usize, String)>),
}

impl Way {
    /// As the counts by feature call it.
    fn feature(&self) -> &'static str {
        match self {
            Self::Inline => "completion",
            Self::Menu(_) => "menu",
        }
    }
}

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
    way: Way,
    model: Option<String>,
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
    /// Counts what became of it, and tells the audit log.
    pub fn tell(&self, fate: Fate) {
        stats::fared(self.way.feature(), self.model.as_deref(), fate);
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

    /// What is counted by language and source, and what the gate learns from: inline completions alone. In a menu one of ours
    /// stands among others, and who passes it over may have looked at none.
    pub fn event(&self, fate: Fate) -> Option<Event> {
        let source = self.texts.first().map_or("model", |offered| offered.source);
        let event = Event { fate, language: self.language.clone(), source: source.to_owned() };
        (self.way == Way::Inline).then_some(event)
    }

    /// How many bytes an import that came with it stands before its place, and how many that made of the document.
    fn imported(&self, document: &Document) -> (usize, usize) {
        let Way::Menu(Some((at, text))) = &self.way else { return (0, 0) };
        match document.text.stands(*at, text).map(|end| end.saturating_sub(*at)) {
            Some(bytes) if *at <= self.offset => (bytes, bytes),
            Some(bytes) => (0, bytes),
            None => (0, 0),
        }
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
        way: Way,
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
                events.extend(shown.event(Fate::Rejected));
            }
        }
        let id = self.number();
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
            way,
            model: completion.model.clone(),
            entry: record(),
        };
        shown.tell(Fate::Shown);
        events.extend(shown.event(Fate::Shown));
        self.shown.insert(uri.clone(), shown);
        (id, events)
    }

    /// The document has changed: how the completion that it showed was decided on, if it was.
    pub fn changed(&self, uri: &Uri, document: &Document) -> Option<(Fate, Shown)> {
        let fate = {
            let mut shown = self.shown.get_mut(uri)?;
            let (moved, more) = shown.imported(document);
            let start = shown.offset + moved;
            // Where what came ends if so many bytes behind the place went; nowhere where more did.
            let until = |replaces: usize| {
                let length = (document.text.len() + replaces).checked_sub(shown.length + more)?;
                Some(start + length)
            };
            let is_taken = |one: &Offered| {
                let end = document.text.stands(start, &one.text);
                end.zip(until(one.replaces)).is_some_and(|(end, until)| end <= until)
            };
            let is_begun = |one: &Offered| {
                until(0).is_some_and(|until| document.text.agree(start, &one.text).1 >= until)
            };
            if let Some(taken) = shown.texts.iter().position(is_taken) {
                shown.texts.swap(0, taken);
                Fate::Accepted
            } else if shown.texts.iter().any(is_begun) {
                return None;
            } else if matches!(shown.way, Way::Menu(Some(_))) {
                // The import may have come in a form of the client's own; whoever inserted the item says so next.
                shown.way = Way::Menu(None);
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

    /// So many bytes came to stand at `at`, which decide nothing.
    pub fn moved(&self, uri: &Uri, at: usize, bytes: usize) {
        if let Some(mut shown) = self.shown.get_mut(uri) {
            shown.length += bytes;
            if at <= shown.offset {
                shown.offset += bytes;
            }
        }
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

    /// A number that no other has, for the client's accept command.
    pub fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
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

    fn completion(text: &str, replaces: usize) -> Completion {
        Completion {
            text: text.into(),
            replaces,
            source: Source::Model,
            probability: 0.5,
            first: Duration::ZERO,
            total: Duration::ZERO,
            tokens: 4,
            prefilled: 9,
            model: None,
            others: Vec::new(),
            quoted: Vec::new(),
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
            let completion = completion("a).b()", 1);
            let (_, events) =
                acceptance.show(&uri, &document("f();\n"), 2, &completion, Way::Inline, || None);
            assert_eq!(events.len(), 1);
            let found = acceptance.changed(&uri, &document(text)).map(|(fate, _)| fate);
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn line_ends_of_the_document_are_no_difference() {
        let uri: Uri = "file:///p/a.rs".parse().unwrap();
        let shown = completion("a();\nb();", 0);
        let before = document("\r\n}\r\n");
        for (texts, expected) in [
            (["a();", "a();\r\nb();"], Fate::Accepted),
            (["a();\r\n", "a();\r\nb();\r\n"], Fate::Accepted),
            (["a();\nb()", "a();\nb();"], Fate::Accepted),
            (["a();\r\n", "a();\r\nc();"], Fate::Rejected),
        ] {
            let acceptance = Acceptance::default();
            acceptance.show(&uri, &before, 0, &shown, Way::Inline, || None);
            let found = texts.map(|text| {
                let now = document(&format!("{text}\r\n}}\r\n"));
                acceptance.changed(&uri, &now).map(|(fate, _)| fate)
            });
            assert_eq!(found, [None, Some(expected)], "{texts:?}");
        }
    }

    #[test]
    fn an_import_that_comes_while_something_is_shown_decides_nothing() {
        let uri: Uri = "file:///p/a.rs".parse().unwrap();
        let acceptance = Acceptance::default();
        let shown = completion("Big;", 0);
        acceptance.show(&uri, &document("let x = \n"), 8, &shown, Way::Inline, || None);
        let import = "use b::Small;\n";
        acceptance.moved(&uri, 0, import.len());
        for (text, expected) in [("", None), ("Bi", None), ("Big;", Some(Fate::Accepted))] {
            let now = document(&format!("{import}let x = {text}\n"));
            assert_eq!(acceptance.changed(&uri, &now).map(|(fate, _)| fate), expected, "{text:?}");
        }
    }

    #[test]
    fn an_item_of_the_menu_is_told_by_its_text_with_its_import_or_without() {
        let uri: Uri = "file:///p/a.rs".parse().unwrap();
        let import = || Way::Menu(Some((0, "use b::Big;\n".to_owned())));
        // How it was shown, what the document becomes in turn, and what each says.
        let cases = [
            (Way::Menu(None), vec![("let x = Big;\n", Some(Fate::Accepted))]),
            (Way::Menu(None), vec![("let x = Bi\n", None), ("let x = Bit\n", Some(Fate::Rejected))]),
            (import(), vec![("use b::Big;\nlet x = Big;\n", Some(Fate::Accepted))]),
            (
                import(),
                vec![
                    ("use b::Big;\nlet x = \n", None),
                    ("use b::Big;\nlet x = Big;\n", Some(Fate::Accepted)),
                ],
            ),
            (import(), vec![("use b::Big;\r\nlet x = Big;\n", Some(Fate::Accepted))]),
            (import(), vec![("let x = Big;\n", Some(Fate::Accepted))]),
            (import(), vec![("let x = c\n", None), ("let x = co\n", Some(Fate::Rejected))]),
            (import(), vec![("", None), ("", Some(Fate::Rejected))]),
        ];
        for (way, steps) in cases {
            let acceptance = Acceptance::default();
            let before = document("let x = \n");
            let (_, events) = acceptance.show(&uri, &before, 8, &completion("Big;", 0), way, || None);
            assert!(events.is_empty(), "the gate learns nothing of a menu");
            for (text, expected) in &steps {
                let found = acceptance.changed(&uri, &document(text)).map(|(fate, _)| fate);
                assert_eq!(found, *expected, "{steps:?} {text:?}");
            }
        }
    }
}
