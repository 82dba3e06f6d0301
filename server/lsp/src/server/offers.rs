//! What becomes of edits that were offered: next edits, edits that a model made, fixes of findings. Read off the edits that follow, as
//! with completions, and said by the client's accept command where it has one.

use crate::offered::Offered;
use crate::server::documents::Document;
use crate::stats::Fate;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tower_lsp::gen_lsp_types::Uri;
use trust_text::Text;

/// Offers that wait to be decided on; of the oldest beyond these nothing is told, fixes first.
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
    Fix {
        title: String,
        piece: Piece,
    },
    /// What the document would become, and how many changes of it may lead there: some clients send each part by itself.
    Whole {
        text: String,
        changes: usize,
    },
    /// Of documents that are not open.
    Elsewhere,
}

/// A piece of a document's text, and what is to take its place.
#[derive(Debug, Clone)]
pub struct Piece {
    pub range: Range<usize>,
    pub old: String,
    pub new: String,
    /// The whole document, which tells this place from others that read alike.
    pub text: Text,
}

impl Kind {
    /// What a change of its document says of it, if anything.
    fn decided(&mut self, document: &Document) -> Option<Fate> {
        match self {
            Self::Next { piece, .. } | Self::Fix { piece, .. } => {
                piece.is_taken(document).then_some(Fate::Accepted)
            }
            Self::Whole { text, changes } => {
                *changes = changes.saturating_sub(1);
                match document.text.stands(0, text) == Some(document.text.len()) {
                    true => Some(Fate::Accepted),
                    false => (*changes == 0).then_some(Fate::Rejected),
                }
            }
            Self::Elsewhere => None,
        }
    }
}

impl Offer {
    /// What it mends, if it is a fix of this document that is called so.
    fn fix(&self, uri: &Uri, title: &str) -> Option<&Piece> {
        match &self.kind {
            Kind::Fix { title: own, piece } if self.uri == *uri && own == title => Some(piece),
            _ => None,
        }
    }
}

impl Piece {
    fn reads_like(&self, other: &Self) -> bool {
        (&self.old, &self.new) == (&other.old, &other.new)
    }

    fn is_taken(&self, document: &Document) -> bool {
        document.text.is_edit_of(&self.text, self.range.clone(), &self.new)
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
                if one.uri == *uri && before.reads_like(&piece));
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

    /// The fix of a finding is in a list; its number. One that was listed before the document's last change, and may only have moved,
    /// is the same; two places that read alike are two.
    pub fn fix(
        &self,
        uri: &Uri,
        (title, piece): (&str, Piece),
        number: impl FnOnce() -> u64,
        offered: Offered,
    ) -> u64 {
        let mut all = self.lock();
        let find = |is_it: &dyn Fn(&Piece) -> bool| {
            let is_known = |before: &Piece| before.reads_like(&piece) && is_it(before);
            all.iter().position(|one| one.fix(uri, title).is_some_and(is_known))
        };
        let known = find(&|before| before.text.is_same_as(&piece.text) && before.range == piece.range)
            .or_else(|| find(&|before| !before.text.is_same_as(&piece.text)));
        let known = known.map(|at| all.remove(at));
        let (id, offered) = known.map_or_else(|| (number(), offered), |one| (one.id, one.offered));
        let kind = Kind::Fix { title: title.to_owned(), piece };
        push(&mut all, Offer { id, uri: uri.clone(), kind, offered });
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
        // A fix that is passed over is nothing to be told of.
        let fix = all.iter().position(|one| matches!(one.kind, Kind::Fix { .. }));
        all.remove(fix.unwrap_or(0));
    }
    all.push(offer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_audit::Feature;

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

    /// `old` at `start` of a text.
    fn piece(start: usize, old: &str, new: &str, text: &str) -> Piece {
        piece_of(&Text::new(text), start, old, new)
    }

    fn piece_of(text: &Text, start: usize, old: &str, new: &str) -> Piece {
        Piece { range: start..start + old.len(), old: old.into(), new: new.into(), text: text.clone() }
    }

    fn uri(name: &str) -> Uri {
        format!("file:///p/{name}").parse().unwrap()
    }

    #[test]
    fn of_two_fixes_that_only_delete_the_one_is_taken_that_is() {
        let text = "fn f() {\n    dbg!(x);\n    dbg!(y);\n}\n";
        let fix = |line: &str| {
            let start = text.find(line).unwrap();
            Kind::Fix { title: "Remove it".into(), piece: piece(start, line, "", text) }
        };
        let lines = ["    dbg!(x);\n", "    dbg!(y);\n"];
        for (number, gone) in lines.iter().enumerate() {
            let now = document(&text.replace(*gone, ""));
            let found = lines.map(|line| fix(line).decided(&now));
            let mut expected = [None; 2];
            expected[number] = Some(Fate::Accepted);
            assert_eq!(found, expected, "{gone:?}");
        }
    }

    #[test]
    fn a_change_says_what_became_of_an_offer_only_where_it_can() {
        let next = || Kind::Next { from: uri("a.rs"), piece: piece(4, "load", "fetch", "fn: load;") };
        let fix = |piece| Kind::Fix { title: "Mend it".into(), piece };
        let whole = |changes| Kind::Whole { text: "a\nb\n".into(), changes };
        // What is offered, what its document becomes in turn, and what each says.
        let cases = [
            (next(), vec![("fn: fetch;", Some(Fate::Accepted))]),
            (next(), vec![("fn: load; ", None), ("fn: feed;", None), ("", None)]),
            (fix(piece(1, "  ", "", "x  \n")), vec![("x \n", None), ("x\n", Some(Fate::Accepted))]),
            (fix(piece(0, "a", "b\nc", "a")), vec![("b", None), ("b\r\nc", Some(Fate::Accepted))]),
            (whole(1), vec![("a\nb\n", Some(Fate::Accepted))]),
            (whole(1), vec![("a\r\nb\r\n", Some(Fate::Accepted))]),
            (whole(1), vec![("a\nb\n\n", Some(Fate::Rejected))]),
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
        let (before, moved) =
            (piece(4, "load", "fetch", "fn: load;"), piece(5, "load", "fetch", "fn:  load;"));
        assert_eq!(next(&b, before, 1), 1);
        assert_eq!(next(&b, moved.clone(), 2), 1, "it has moved");
        assert_eq!(next(&a, moved, 3), 3, "it is another one");
        offers.no_next(&b);
        assert_eq!(offers.lock().len(), 1);
        offers.no_next(&a);
        assert!(offers.lock().is_empty());
        let text = Text::new(&" ".repeat(99));
        let fix = |at: usize, number| {
            offers.fix(&a, ("Cut it", piece_of(&text, at, " ", "")), || number, offered())
        };
        // What is more than a fix in a list stays.
        offers.made(&b, None, 999, offered());
        for number in 0..2 * MOST as u64 {
            assert_eq!(fix(number as usize, number), number);
            assert_eq!(fix(number as usize, 1000), number, "it is known");
        }
        assert_eq!(offers.lock().len(), MOST);
        offers.said(999, Fate::Rejected);
        assert_eq!(offers.lock().len(), MOST - 1);
        // What is gone, and what never was, is nothing to be told of.
        [0, 1000].into_iter().for_each(|id| offers.said(id, Fate::Accepted));
        offers.said(2 * MOST as u64 - 1, Fate::Accepted);
        assert_eq!(offers.lock().len(), MOST - 2);
        offers.made(&a, None, 2000, offered());
        offers.made(&a, Some(("x".into(), 1)), 2001, offered());
        assert_eq!(offers.lock().iter().filter(|one| one.id >= 2000).count(), 1);
    }

    #[test]
    fn a_fix_that_is_listed_after_each_key_is_one_offer() {
        let offers = Offers::default();
        let a = uri("a.rs");
        let list = |text: &Text, number: u64| {
            let offered = || Offered::listed(Feature::Action, "Remove it".into());
            let whole = text.to_string();
            let places = whole.match_indices("dbg!();\n").map(|(at, old)| piece_of(text, at, old, ""));
            let fix = |piece| offers.fix(&a, ("Remove it", piece), || number + 1, offered());
            places.map(fix).collect::<Vec<u64>>()
        };
        // The numbers would be others in each list; those of the first stay.
        let mut text = Text::new("dbg!();\n\n");
        for key in 0..3 * MOST as u64 {
            assert_eq!(list(&text, 10 * key), [1], "{text}");
            text.replace(0..0, "\n");
        }
        assert_eq!(offers.lock().len(), 1);
        assert_eq!(offers.fix(&a, ("Keep it", piece_of(&text, 0, "\n", "")), || 2, other()), 2);
        // Where the line stands twice, there are two, and each is told from the other by what goes.
        let mut text = Text::new("dbg!();\na();\ndbg!();\n");
        let ids = list(&text, 500);
        assert_eq!(ids, [1, 501]);
        assert_eq!(list(&text, 600), ids);
        text.replace(0..0, "\n");
        assert_eq!(list(&text, 700), ids, "they have moved");
        offers.changed(&a, &document("\ndbg!();\na();\n"));
        let left: Vec<u64> = offers.lock().iter().map(|one| one.id).collect();
        assert_eq!(left, [2, 1]);
    }

    fn other() -> Offered {
        Offered::listed(Feature::Action, "Keep it".into())
    }
}
