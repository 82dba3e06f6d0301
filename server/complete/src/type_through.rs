//! Stage 1. What was shown and still fits what has been typed since is answered from memory.

use crate::site::unix_lines;
use crate::{Completion, Query, Source};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

/// Completions remembered.
const REMEMBERED: usize = 64;
/// Bytes around the cursor that must be as they were.
const SURROUNDINGS: usize = 256;
/// The most that can have been typed into a completion.
const TYPED: usize = 512;

/// The completions shown last, newest first.
#[derive(Default)]
pub(crate) struct Shown(VecDeque<Entry>);

struct Entry {
    path: PathBuf,
    offset: usize,
    before: String,
    after: String,
    completion: Completion,
}

impl Shown {
    /// Remembers a completion, and the others that were shown with it.
    pub(crate) fn remember(&mut self, query: &Query, completion: &Completion) {
        for other in completion.others.iter().rev() {
            let (text, probability) = (other.text.clone(), other.probability);
            let other = Completion {
                text,
                probability,
                source: other.source,
                others: Vec::new(),
                ..completion.clone()
            };
            self.remember_one(query, other);
        }
        self.remember_one(query, Completion { others: Vec::new(), ..completion.clone() });
    }

    fn remember_one(&mut self, query: &Query, completion: Completion) {
        let offset = query.offset;
        self.0.push_front(Entry {
            path: query.path.clone(),
            offset,
            before: query.text.slice(offset.saturating_sub(SURROUNDINGS)..offset),
            after: query.text.slice(offset..offset + SURROUNDINGS),
            completion,
        });
        self.0.truncate(REMEMBERED);
    }

    /// The rest of a remembered completion, if the text is what it was but for the beginning of that
    /// completion typed at its place.
    pub(crate) fn continue_from(&self, query: &Query, start: Instant) -> Option<Completion> {
        let after = query.text.slice(query.offset..query.offset + SURROUNDINGS);
        self.0.iter().find_map(|entry| {
            let typed = query.offset.checked_sub(entry.offset).filter(|&typed| typed <= TYPED)?;
            if entry.path != query.path {
                return None;
            }
            // An editor inserts a line break as its document has them.
            let typed = unix_lines(query.text.slice(entry.offset..entry.offset + typed));
            let rest = entry.completion.text.strip_prefix(&typed).filter(|rest| !rest.is_empty())?;
            let fits = entry.before
                == query.text.slice(entry.offset.saturating_sub(SURROUNDINGS)..entry.offset)
                && entry.after == after;
            let elapsed = start.elapsed();
            fits.then(|| Completion {
                text: rest.to_string(),
                source: Source::TypeThrough,
                probability: entry.completion.probability,
                first: elapsed,
                total: elapsed,
                tokens: 0,
                prefilled: 0,
                model: entry.completion.model.clone(),
                others: Vec::new(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alternative;
    use std::time::Duration;
    use trust_inference::CancelToken;
    use trust_text::Text;

    fn query(marked: &str) -> Query {
        let (before, after) = marked.split_once('|').unwrap();
        Query {
            path: "/p/a.rs".into(),
            relative: "a.rs".into(),
            repository: "p".into(),
            language: None,
            text: Text::new(&format!("{before}{after}")),
            offset: before.len(),
            invoked: false,
            deadline: Instant::now() + Duration::from_secs(1),
            cancel: CancelToken::new(),
        }
    }

    #[test]
    fn typing_into_a_completion_keeps_its_rest() {
        let mut shown = Shown::default();
        let completion = Completion {
            text: "parse(é, input)".into(),
            source: Source::Model,
            probability: 0.5,
            first: Duration::ZERO,
            total: Duration::ZERO,
            tokens: 4,
            prefilled: 9,
            model: Some("nano".into()),
            others: vec![Alternative {
                text: "push(1);\nnext();".into(),
                source: Source::Copy,
                probability: 0.1,
            }],
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
        ];
        for (marked, expected) in cases {
            let found = shown.continue_from(&query(marked), Instant::now());
            assert_eq!(found.as_ref().map(|c| c.text.as_str()), expected, "{marked:?}");
            assert!(found.is_none_or(|c| c.source == Source::TypeThrough));
        }
        let elsewhere = Query { path: "/p/b.rs".into(), ..query("let x = |;\n") };
        assert_eq!(shown.continue_from(&elsewhere, Instant::now()), None);
    }
}
