//! What becomes of edits that were offered: next edits, edits that a model made, fixes of findings. Read off the edits that follow, as
//! with completions, and said by the client's accept command where it has one.

use crate::offered::Offered;
use crate::server::documents::Document;
use crate::stats::Fate;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tower_lsp::gen_lsp_types::Uri;

/// Offers that wait to be decided on; of the oldest beyond these nothing is told.
const MOST: usize = 32;

/// Offers of a session, the newest last.
#[derive(Default)]
pub struct Offers(Mutex<Vec<Offer>>);

struct Offer {
    id: u64,
    /// The document that it would change.
    uri: Uri,
    kind: Kind,
    offered: Offered,
}

enum Kind {
    /// Due after an edit of the document `from`. There is one at a time.
    Next {
        from: Uri,
        piece: Piece,
    },
    Fix(Piece),
    /// What the document would become, and how many changes of it may lead there: some clients send each part by itself.
    Whole {
        text: String,
        changes: usize,
    },
    /// Of documents that are not open.
    Elsewhere,
}

/// A piece of a document's text, and what is to take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub range: Range<usize>,
    pub old: String,
    pub new: String,
    /// Of the whole document.
    pub length: usize,
}

impl Kind {
    /// What a change of its document says of it, if anything.
    fn decided(&mut self, document: &Document) -> Option<Fate> {
        match self {
            Self::Next { piece, .. } | Self::Fix(piece) => piece.is_taken(document).then_some(Fate::Accepted),
            Self::Whole { text, changes } => {
                *changes = changes.saturating_sub(1);
                match document.text.len() == text.len() && document.text.to_string() == *text {
                    true => Some(Fate::Accepted),
                    false => (*changes == 0).then_some(Fate::Rejected),
                }
            }
            Self::Elsewhere => None,
        }
    }
}

impl Piece {
    fn is_taken(&self, document: &Document) -> bool {
        let start = self.range.start;
        document.text.len() + self.old.len() == self.length + self.new.len()
            && document.text.slice(start..start + self.new.len()) == self.new
    }
}

impl Offers {
    /// A next edit is offered, of which the document `from` gave the reason; its number. One that was offered before, and may only
    /// have moved, is the same; another one means that the first was passed over.
    pub fn next(
        &self,
        (from, uri): (&Uri, &Uri),
        piece: Piece,
        is_shown: bool,
        number: impl FnOnce() -> u64,
        offer: impl FnOnce() -> Offered,
    ) -> u64 {
        let mut all = self.lock();
        let mut passed_over = None;
        if let Some(at) = all.iter().position(|one| matches!(one.kind, Kind::Next { .. })) {
            let mut one = all.remove(at);
            let is_same = matches!(&one.kind, Kind::Next { piece: before, .. }
                if one.uri == *uri && (&before.old, &before.new) == (&piece.old, &piece.new));
            if is_same {
                one.kind = Kind::Next { from: from.clone(), piece };
                if is_shown && !one.offered.is_shown() {
                    one.offered = offer();
                }
                let id = one.id;
                all.push(one);
                return id;
            }
            passed_over = Some(one.offered);
        }
        let id = number();
        let kind = Kind::Next { from: from.clone(), piece };
        push(&mut all, Offer { id, uri: uri.clone(), kind, offered: offer() });
        drop(all);
        passed_over.into_iter().for_each(|offered| offered.fared(Fate::Rejected));
        id
    }

    /// None is due any more after the edits of this document.
    pub fn no_next(&self, from: &Uri) {
        let is_it = |one: &Offer| matches!(&one.kind, Kind::Next { from: of, .. } if of == from);
        self.decide(is_it, Fate::Rejected);
    }

    /// The fix of a finding is in a list; its number.
    pub fn fix(&self, uri: &Uri, piece: Piece, number: impl FnOnce() -> u64, offered: Offered) -> u64 {
        let mut all = self.lock();
        let is_it =
            |one: &&Offer| one.uri == *uri && matches!(&one.kind, Kind::Fix(before) if *before == piece);
        if let Some(known) = all.iter().find(is_it) {
            return known.id;
        }
        let id = number();
        push(&mut all, Offer { id, uri: uri.clone(), kind: Kind::Fix(piece), offered });
        id
    }

    /// A model made an edit. `whole`: what the document would become, where it is open, by how many changes at most. One that was made
    /// for the same document before was passed over.
    pub fn made(&self, uri: &Uri, whole: Option<(String, usize)>, id: u64, offered: Offered) {
        let is_before =
            |one: &Offer| one.uri == *uri && matches!(one.kind, Kind::Whole { .. } | Kind::Elsewhere);
        self.decide(is_before, Fate::Rejected);
        let kind = whole.map_or(Kind::Elsewhere, |(text, changes)| Kind::Whole { text, changes });
        push(&mut self.lock(), Offer { id, uri: uri.clone(), kind, offered });
    }

    /// The document has changed: what it says by now of what was offered for it.
    pub fn changed(&self, uri: &Uri, document: &Document) {
        let mut decided = Vec::new();
        self.lock().retain_mut(|one| {
            if one.uri != *uri {
                return true;
            }
            let fate = one.kind.decided(document);
            decided.extend(fate.map(|fate| (one.offered.clone(), fate)));
            fate.is_none()
        });
        decided.into_iter().for_each(|(offered, fate)| offered.fared(fate));
    }

    /// The client says that it took it, or would not.
    pub fn said(&self, id: u64, fate: Fate) {
        self.decide(|one| one.id == id, fate);
    }

    fn decide(&self, which: impl Fn(&Offer) -> bool, fate: Fate) {
        let decided: Vec<Offer> = self.lock().extract_if(.., |one| which(one)).collect();
        decided.into_iter().for_each(|one| one.offered.fared(fate));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push(all: &mut Vec<Offer>, offer: Offer) {
    if all.len() >= MOST {
        all.remove(0);
    }
    all.push(offer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_audit::Feature;
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

    /// `old` at `start` of a text of so many bytes.
    fn piece(start: usize, old: &str, new: &str, length: usize) -> Piece {
        Piece { range: start..start + old.len(), old: old.into(), new: new.into(), length }
    }

    fn uri(name: &str) -> Uri {
        format!("file:///p/{name}").parse().unwrap()
    }

    #[test]
    fn a_change_says_what_became_of_an_offer_only_where_it_can() {
        let next = || Kind::Next { from: uri("a.rs"), piece: piece(4, "load", "fetch", 9) };
        let whole = |changes| Kind::Whole { text: "a\nb\n".into(), changes };
        // What is offered, what its document becomes in turn, and what each says.
        let cases = [
            (next(), vec![("fn: fetch;", Some(Fate::Accepted))]),
            (next(), vec![("fn: load; ", None), ("fn: feed;", None), ("", None)]),
            (Kind::Fix(piece(1, "  ", "", 4)), vec![("x \n", None), ("x\n", Some(Fate::Accepted))]),
            (whole(1), vec![("a\nb\n", Some(Fate::Accepted))]),
            (whole(2), vec![("a\n", None), ("a\nb\n", Some(Fate::Accepted))]),
            (whole(2), vec![("a\n", None), ("a\nc\n", Some(Fate::Rejected))]),
            (Kind::Elsewhere, vec![("a\nb\n", None)]),
        ];
        for (number, (mut kind, steps)) in cases.into_iter().enumerate() {
            for (text, expected) in steps {
                assert_eq!(kind.decided(&document(text)), expected, "case {number}: {text:?}");
            }
        }
    }

    #[test]
    fn there_is_one_next_edit_and_no_more_offers_than_are_kept() {
        let offers = Offers::default();
        let offered = || Offered::listed(Feature::NextEdit, "a".into());
        let (a, b) = (uri("a.rs"), uri("b.rs"));
        let next = |to: &Uri, piece, number| offers.next((&a, to), piece, false, || number, offered);
        assert_eq!(next(&b, piece(4, "load", "fetch", 9), 1), 1);
        assert_eq!(next(&b, piece(6, "load", "fetch", 11), 2), 1, "it has moved");
        assert_eq!(next(&a, piece(6, "load", "fetch", 11), 3), 3, "it is another one");
        offers.no_next(&b);
        assert_eq!(offers.lock().len(), 1);
        offers.no_next(&a);
        assert!(offers.lock().is_empty());
        for number in 0..2 * MOST as u64 {
            let at = number as usize;
            assert_eq!(offers.fix(&a, piece(at, " ", "", 99), || number, offered()), number);
            assert_eq!(offers.fix(&a, piece(at, " ", "", 99), || 1000, offered()), number, "it is known");
        }
        assert_eq!(offers.lock().len(), MOST);
        // What is gone, and what never was, is nothing to be told of.
        [0, 1000].into_iter().for_each(|id| offers.said(id, Fate::Accepted));
        offers.said(2 * MOST as u64 - 1, Fate::Accepted);
        assert_eq!(offers.lock().len(), MOST - 1);
        offers.made(&a, None, 2000, offered());
        offers.made(&a, Some(("x".into(), 1)), 2001, offered());
        assert_eq!(offers.lock().iter().filter(|one| one.id >= 2000).count(), 1);
    }
}
