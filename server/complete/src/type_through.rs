//! Stage 1. What was shown and still fits what has been typed since is answered from memory.

use crate::brackets::unopened;
use crate::site::unix_lines;
use crate::{Alternative, Completion, Query, Source};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

/// Completions remembered.
const REMEMBERED: usize = 64;
/// Bytes around the cursor that must be as they were. What changes beyond them moves a completion, and no more.
const SURROUNDINGS: usize = 256;
/// The most that can have been typed into a completion.
const TYPED: usize = 512;

/// The completions shown last, newest first.
#[derive(Default)]
pub(crate) struct Shown(VecDeque<Entry>);

/// A completion and the text it stood in, wherever in the file that is by now.
struct Entry {
    path: PathBuf,
    before: String,
    /// `before` is all that stands before it in the file.
    first: bool,
    after: String,
    completion: Completion,
}

impl Entry {
    fn stands_behind(&self, text: &str) -> bool {
        if self.first { text == self.before } else { text.ends_with(&self.before) }
    }
}

impl Shown {
    /// Remembers a completion, and the others that were shown with it.
    pub(crate) fn remember(&mut self, query: &Query, completion: &Completion) {
        for other in completion.others.iter().rev() {
            let Alternative { text, replaces, source, probability } = other.clone();
            let other =
                Completion { text, replaces, source, probability, others: Vec::new(), ..completion.clone() };
            self.remember_one(query, other);
        }
        self.remember_one(query, Completion { others: Vec::new(), ..completion.clone() });
    }

    fn remember_one(&mut self, query: &Query, completion: Completion) {
        let offset = query.offset;
        self.0.push_front(Entry {
            path: query.path.clone(),
            first: offset <= SURROUNDINGS,
            before: unix_lines(query.text.slice(offset.saturating_sub(SURROUNDINGS)..offset)),
            after: query.text.slice(offset..offset + SURROUNDINGS),
            completion,
        });
        self.0.truncate(REMEMBERED);
    }

    /// The rest of a remembered completion, if the text is what it was but for the beginning of that
    /// completion typed at its place.
    pub(crate) fn continue_from(&self, query: &Query, start: Instant) -> Option<Completion> {
        // Completions have the line breaks of models, documents those of their editors.
        let start_of = query.offset.saturating_sub(SURROUNDINGS + TYPED);
        let before = unix_lines(query.text.slice(start_of..query.offset));
        let after = query.text.slice(query.offset..query.offset + SURROUNDINGS);
        let place = (before.as_str(), after.as_str());
        let own = self.0.iter().filter(|entry| entry.path == query.path);
        let mut found = own.flat_map(|entry| (0..=entry.completion.replaces).map(move |over| (entry, over)));
        found.find_map(|(entry, over)| entry.rest(over, place, start))
    }
}

impl Entry {
    /// What is left of it between `before` and `after`, where `over` of the closing signs whose place it takes were typed over.
    fn rest(&self, over: usize, (before, after): (&str, &str), start: Instant) -> Option<Completion> {
        let behind = self.after.get(over..)?;
        if !(if over == 0 { after == behind } else { after.starts_with(behind) }) {
            return None;
        }
        let Completion { text, replaces, .. } = &self.completion;
        let says_them = |typed: &str| *replaces == 0 || unopened(typed).len() == over;
        let ends = text.char_indices().map(|(end, _)| end).take_while(|&end| end <= TYPED);
        // The longest that has been typed of it: what is left of "aa" after "a" is "a".
        let typed = ends.collect::<Vec<_>>().into_iter().rev().find(|&end| {
            let stands = before.strip_suffix(&text[..end]).is_some_and(|rest| self.stands_behind(rest));
            stands && says_them(&text[..end])
        })?;
        let elapsed = start.elapsed();
        Some(Completion {
            text: text[typed..].to_string(),
            replaces: replaces - over,
            source: Source::TypeThrough,
            probability: self.completion.probability,
            first: elapsed,
            total: elapsed,
            tokens: 0,
            prefilled: 0,
            model: self.completion.model.clone(),
            others: Vec::new(),
            quoted: self.completion.quoted.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::query;
    use std::time::Duration;

    #[test]
    fn typing_into_a_completion_keeps_its_rest() {
        let mut shown = Shown::default();
        let completion = Completion {
            text: "parse(é, input)".into(),
            replaces: 0,
            source: Source::Model,
            probability: 0.5,
            first: Duration::ZERO,
            total: Duration::ZERO,
            tokens: 4,
            prefilled: 9,
            model: Some("nano".into()),
            others: vec![Alternative {
                text: "push(1);\nnext();".into(),
                replaces: 0,
                source: Source::Copy,
                probability: 0.1,
            }],
            quoted: Vec::new(),
        };
        shown.remember(&query("let x = |;\n"), &completion);
        let cases = [
            ("let x = |;\n", Some("parse(é, input)")),
            ("let x = pars|;\n", Some("e(é, input)")),
            ("let x = parse(é|;\n", Some(", input)")),
            ("let x = parse(é, input)|;\n", None),
            ("let x = pushed|;\n", None),
            // Another that was shown, taken word by word and line by line.
            ("let x = push|;\n", Some("(1);\nnext();")),
            ("let x = push(1);\n|;\n", Some("next();")),
            ("let x = push(1);\r\n|;\n", Some("next();")),
            ("let y = pars|;\n", None),
            ("let x = pars| ;\n", None),
            ("let x =|;\n", None),
            ("//\nlet x = |;\n", None),
        ];
        for (marked, expected) in cases {
            let found = shown.continue_from(&query(marked), Instant::now());
            assert_eq!(found.as_ref().map(|c| c.text.as_str()), expected, "{marked:?}");
            assert!(found.is_none_or(|c| c.source == Source::TypeThrough));
        }
        // Far enough from the start of the file, it may move.
        let far = "// A line of a file.\n".repeat(20);
        shown.remember(&query(&format!("{far}let x = |;\n")), &completion);
        for (head, expected) in [("", Some("e(é, input)")), ("use a;\n", Some("e(é, input)"))] {
            let moved = query(&format!("{head}{far}let x = pars|;\n"));
            let found = shown.continue_from(&moved, Instant::now());
            assert_eq!(found.as_ref().map(|c| c.text.as_str()), expected, "{head:?}");
        }
        let elsewhere = Query { path: "/p/b.rs".into(), ..query("let x = |;\n") };
        assert_eq!(shown.continue_from(&elsewhere, Instant::now()), None);
    }

    #[test]
    fn closing_signs_may_be_typed_over() {
        let completion = Completion {
            text: "a]).b();".into(),
            replaces: 2,
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
        let mut shown = Shown::default();
        shown.remember(&query("f([|])\n"), &completion);
        let cases = [
            ("f([|])\n", Some(("a]).b();", 2))),
            ("f([a|])\n", Some(("]).b();", 2))),
            ("f([a]|)\n", Some((").b();", 1))),
            ("f([a])|\n", Some((".b();", 0))),
            ("f([a]).b|\n", Some(("();", 0))),
            // Typed, and not over.
            ("f([a]|])\n", None),
            ("f([a|)\n", None),
            ("f([|)\n", None),
        ];
        for (marked, expected) in cases {
            let found = shown.continue_from(&query(marked), Instant::now());
            assert_eq!(found.as_ref().map(|one| (one.text.as_str(), one.replaces)), expected, "{marked:?}");
        }
    }
}
