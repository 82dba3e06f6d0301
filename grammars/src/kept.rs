//! The whole trees of the texts that were parsed last, most of them open documents: what comes next is one of these but for
//! a few bytes, and only what those touch is parsed again.

use crate::{Change, Incremental, Language, Place};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tree_sitter::Tree;

/// Bytes of all texts that are kept together; their trees take some ten times as much.
const BYTES: usize = 1 << 20;
const TEXTS: usize = 16;

/// One text that was parsed, and its tree.
#[derive(Clone)]
struct Kept {
    language: Language,
    text: Arc<str>,
    tree: Incremental,
}

/// The one that was used last is in front.
struct Trees(Mutex<VecDeque<Kept>>);

static TREES: Trees = Trees(Mutex::new(VecDeque::new()));

/// Parses `text` by way of the tree of the text most like it among those that were parsed by this last. `None` when `limit`
/// runs out or `stop` says so.
pub fn parse_kept(language: Language, text: &str, limit: Duration, stop: &dyn Fn() -> bool) -> Option<Tree> {
    TREES.parse(language, text, limit, stop)
}

/// The same of a text that is looked at once, as the text of a document with a proposal in it: its tree takes the place of the one
/// that it was made from, since what comes next is as much like it.
pub fn parse_passing(
    language: Language,
    text: &str,
    limit: Duration,
    stop: &dyn Fn() -> bool,
) -> Option<Tree> {
    TREES.pass(language, text, limit, stop)
}

impl Trees {
    fn pass(&self, language: Language, text: &str, limit: Duration, stop: &dyn Fn() -> bool) -> Option<Tree> {
        let like = self.nearest(language, text).map(|(known, _)| known.text);
        let found = self.parse(language, text, limit, stop)?;
        if let Some(like) = like.filter(|like| **like != *text) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|one| !Arc::ptr_eq(&one.text, &like));
        }
        Some(found)
    }

    fn parse(
        &self,
        language: Language,
        text: &str,
        limit: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Option<Tree> {
        let mut tree = match self.nearest(language, text) {
            Some((known, _)) if *known.text == *text => return known.tree.tree().cloned(),
            Some((mut known, shared)) => {
                known.tree.edit(&difference(&known.text, text, shared));
                known.tree
            }
            None => Incremental::new(language),
        };
        let read = |offset: usize| text.as_bytes().get(offset..).unwrap_or_default();
        if !tree.parse_until(read, limit, stop) {
            return None;
        }
        let found = tree.tree().cloned();
        self.keep(Kept { language, text: text.into(), tree });
        found
    }

    /// The text that shares most with `text`, if that is the most of it, and what it shares; it is in front from now on.
    fn nearest(&self, language: Language, text: &str) -> Option<(Kept, (usize, usize))> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_language = kept.iter().enumerate().filter(|(_, one)| one.language == language);
        let shared = of_language.map(|(place, one)| {
            let (before, behind) = common(&one.text, text);
            (before + behind, place, before)
        });
        let (shared, place, before) = shared.max().filter(|(shared, ..)| 2 * shared >= text.len())?;
        let found = kept.remove(place)?;
        kept.push_front(found.clone());
        Some((found, (before, shared - before)))
    }

    fn keep(&self, new: Kept) {
        if new.text.len() > BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(new);
        let mut bytes = 0;
        let room = kept.iter().take(TEXTS).take_while(|one| {
            bytes += one.text.len();
            bytes <= BYTES
        });
        let room = room.count();
        kept.truncate(room);
    }
}

/// How many bytes two texts share at their beginnings, and behind these at their ends, in whole characters.
fn common(a: &str, b: &str) -> (usize, usize) {
    let before = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let before = a.floor_char_boundary(before);
    let behind = a.as_bytes()[before..]
        .iter()
        .rev()
        .zip(b.as_bytes()[before..].iter().rev())
        .take_while(|(a, b)| a == b);
    let behind = behind.count();
    (before, a.len() - a.ceil_char_boundary(a.len() - behind))
}

/// What made `new` of `old`, as one change; they share so many bytes before it and behind it.
fn difference(old: &str, new: &str, (before, behind): (usize, usize)) -> Change {
    let start = Place::default().behind(&old[..before]);
    let end = |text: &str| start.behind(&text[before..text.len() - behind]);
    Change { start, old_end: end(old), new_end: end(new) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_str;
    use proptest::prelude::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn trees() -> Trees {
        Trees(Mutex::default())
    }

    proptest! {
        /// Several documents at once, each edited anywhere.
        #[test]
        fn a_kept_tree_is_that_of_a_fresh_parse(
            edits in prop::collection::vec((0usize..3, 0usize..200, 0usize..12, "[a-zé{}()\"\n ;=]{0,6}"), 1..30),
        ) {
            let documents = [
                (Language::Rust, "fn größe() {\n    let a = \"é\";\n    b(a);\n}\n\nstruct C { d: u8 }\n"),
                (Language::Python, "def a(é):\n    if é:\n        return 'x'\n\nclass B:\n    c = 1\n"),
                (Language::TypeScript, "class A {\n  b() { return `${this.c}`; }\n}\nconst d = () => 1;\n"),
            ];
            let trees = trees();
            let mut texts = documents.map(|(_, text)| text.to_owned());
            for (at, start, length, new) in edits {
                let text = &mut texts[at];
                let start = text.floor_char_boundary(start.min(text.len()));
                let end = text.ceil_char_boundary((start + length).min(text.len()));
                text.replace_range(start..end, &new);
                let language = documents[at].0;
                let fresh = parse_str(language, text, LIMIT).unwrap();
                let kept = trees.parse(language, text, LIMIT, &|| false).unwrap();
                prop_assert_eq!(kept.root_node().end_byte(), text.len());
                // What does not parse may be mended in more than one way.
                if !fresh.root_node().has_error() {
                    prop_assert_eq!(kept.root_node().to_sexp(), fresh.root_node().to_sexp(), "{}", text);
                }
            }
        }
    }

    #[test]
    fn a_key_costs_a_fraction_of_a_parse_and_no_key_nothing() {
        let text = "fn unlike_any_other() {\n    let a = b(c);\n}\n".repeat(4_000);
        let trees = trees();
        let steps = |text: &str| {
            let asked = std::cell::Cell::new(0);
            let stop = || {
                asked.set(asked.get() + 1);
                false
            };
            trees.parse(Language::Rust, text, LIMIT, &stop).unwrap();
            asked.get()
        };
        let typed = text.replacen("b(c)", "b(cd)", 1);
        let [whole, key, none] = [&text, &typed, &typed].map(|text| steps(text));
        assert!(whole > 100 && key * 10 < whole && none == 0, "{whole} {key} {none}");
    }

    #[test]
    fn a_text_that_passes_takes_the_place_of_the_one_before() {
        let trees = trees();
        let text = "fn a() {\n    b();\n}\n".repeat(50);
        trees.parse(Language::Rust, &text, LIMIT, &|| false).unwrap();
        for typed in ["c()", "cd()", "cd()", "cde()"] {
            let longer = text.replacen("b()", typed, 1);
            let tree = trees.pass(Language::Rust, &longer, LIMIT, &|| false).unwrap();
            assert_eq!(tree.root_node().end_byte(), longer.len());
            let kept = trees.0.lock().unwrap();
            assert_eq!(kept.iter().map(|one| &*one.text).collect::<Vec<_>>(), [longer.as_str()]);
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept_and_a_limit_keeps_nothing() {
        let long = "fn a_long_one() {}\n".repeat(80_000);
        let trees = trees();
        trees.parse(Language::Rust, &long, LIMIT, &|| false).unwrap();
        let hostile = "fn a(){ y[".repeat(50_000);
        assert!(trees.parse(Language::Rust, &hostile, Duration::from_millis(5), &|| false).is_none());
        let stopped = "fn stopped() { z[".repeat(5_000);
        assert!(trees.parse(Language::Rust, &stopped, LIMIT, &|| true).is_none());
        assert!(trees.0.lock().unwrap().is_empty());
        for text in 0..40 {
            let unlike = format!("fn {}() {{ {text} }}\n", "name".repeat(text)).repeat(2_000);
            trees.parse(Language::Rust, &unlike, LIMIT, &|| false).unwrap();
            let kept = trees.0.lock().unwrap();
            assert!(kept.len() <= TEXTS && kept.iter().map(|one| one.text.len()).sum::<usize>() <= BYTES);
            assert_eq!(kept.front().map(|one| &*one.text), Some(unlike.as_str()));
        }
    }
}
