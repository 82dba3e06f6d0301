//! What was deleted lately in one document, by the place where it stood: whoever takes a text away does not want to be offered it
//! there again. Other than the bursts it tells of what somebody typed, or accepted, and took away again.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};
use trust_text::Text;

/// Deletions remembered, and bytes of each.
const MOST: usize = 8;
const BYTES: usize = 2 << 10;

/// What stood at a place, in bytes of the document as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    at: usize,
    text: String,
    when: Instant,
}

/// The newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cuts {
    all: VecDeque<Cut>,
    /// The last edit was a deletion: another one beside it goes on with it.
    goes_on: bool,
}

impl Cuts {
    /// Notes that `range` of `before` becomes `new`.
    pub(crate) fn record(&mut self, before: &Text, range: &Range<usize>, new: &str, when: Instant) {
        let deletes = new.is_empty() && !range.is_empty();
        let goes_on = std::mem::replace(&mut self.goes_on, deletes) && deletes;
        let touches = |cut: &&Cut| cut.at == range.end || cut.at == range.start;
        let last = self.all.back().filter(|_| goes_on).filter(touches).cloned();
        // What stood within a text that goes stood at no place that is left.
        self.all.retain(|cut| cut.at <= range.start || cut.at >= range.end);
        for cut in self.all.iter_mut().filter(|cut| cut.at > range.start) {
            cut.at = cut.at + new.len() - range.len();
        }
        if range.is_empty() || range.len() > BYTES {
            return;
        }
        let mut text = before.slice(range.clone());
        if let Some(last) = last.filter(|last| last.text.len() + text.len() <= BYTES) {
            self.all.pop_back();
            text = if last.at == range.end { text + &last.text } else { last.text + &text };
        } else if self.all.len() == MOST {
            self.all.pop_front();
        }
        self.all.push_back(Cut { at: range.start, text, when });
    }

    /// What was deleted at `offset` no longer ago than `recent`, the newest first.
    pub(crate) fn at(
        &self,
        offset: usize,
        now: Instant,
        recent: Duration,
    ) -> impl Iterator<Item = String> + '_ {
        let is_recent = move |cut: &&Cut| now.saturating_duration_since(cut.when) < recent;
        let here = self.all.iter().rev().filter(move |cut| cut.at == offset);
        here.filter(is_recent).map(|cut| cut.text.clone()).filter(|text| !text.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_remembered_by_their_place() {
        // Edits of "let a = parse(b);", a place, and what was deleted there, the newest first.
        let cases: [(&[(usize, usize, &str)], usize, &[&str]); 9] = [
            (&[(8, 17, "")], 8, &["parse(b);"]),
            (&[(8, 17, "")], 7, &[]),
            // Key by key, backwards and forwards.
            (&[(16, 17, ""), (15, 16, ""), (14, 15, "")], 14, &["b);"]),
            (&[(8, 13, ""), (8, 11, "")], 8, &["parse(b)"]),
            // Typed, and taken away again.
            (&[(8, 17, ""), (8, 8, "x"), (8, 9, "")], 8, &["x", "parse(b);"]),
            (&[(17, 17, " c();"), (17, 22, "")], 17, &[" c();"]),
            // It moves with the text before it, and goes with the text around it.
            (&[(8, 17, ""), (0, 3, "const")], 10, &["parse(b);"]),
            (&[(8, 13, ""), (4, 11, "")], 4, &["a = (b)"]),
            (&[(8, 13, "read")], 8, &["parse"]),
        ];
        let start = Instant::now();
        for (edits, at, expected) in cases {
            let (mut text, mut cuts) = (Text::new("let a = parse(b);"), Cuts::default());
            for (from, to, new) in edits {
                cuts.record(&text, &(*from..*to), new, start);
                text.replace(*from..*to, new);
            }
            let found = |seconds| -> Vec<String> {
                cuts.at(at, start + Duration::from_secs(seconds), Duration::from_secs(30)).collect()
            };
            assert_eq!(found(29), expected, "{edits:?}");
            assert!(found(30).is_empty());
        }
    }

    #[test]
    fn they_stay_few() {
        let (mut text, mut cuts) = (Text::new(&"word ".repeat(2000)), Cuts::default());
        for index in 0..100 {
            cuts.record(&text, &(index * 5..index * 5 + 4), "name", Instant::now());
            text.replace(index * 5..index * 5 + 4, "name");
        }
        assert_eq!(cuts.all.len(), MOST);
        cuts.record(&text, &(0..9000), "", Instant::now());
        assert!(cuts.all.iter().all(|cut| cut.at == 0));
    }
}
