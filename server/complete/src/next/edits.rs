//! What was edited lately in one document: bursts of typing, each with the text that it replaced.
//!
//! Fed at every change, so it does no more than compare ranges. Bounded in number and in bytes.

use super::cuts::Cuts;
use crate::lexer::{first_token, is_word, last_token};
use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};
use trust_text::Text;

/// Bursts remembered, and bytes of each, after and before: what is cut may be put elsewhere.
const BURSTS: usize = 32;
const BYTES: usize = 2 << 10;
const OLD_BYTES: usize = 8 << 10;
/// Bytes of an edit that may be made again.
const LONGEST: usize = 200;
/// A longer pause ends a burst, unless typing goes on in the same word.
const PAUSE: Duration = Duration::from_secs(2);

/// One place that was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Burst {
    /// What stands there now, in bytes of the document as it is now.
    pub(crate) range: Range<usize>,
    /// What stood there before.
    pub(crate) old: String,
    pub(crate) at: Instant,
}

/// The recent edits of one document, the newest last. Their ranges do not overlap.
#[derive(Debug, Clone, Default)]
pub struct EditLog(VecDeque<Burst>, Cuts);

impl EditLog {
    /// Notes that `range` of `before` becomes `new`. `None` for a new text as a whole, after which nothing is known.
    pub fn record(&mut self, before: &Text, range: Option<Range<usize>>, new: &str, at: Instant) {
        let Some(range) = range else { return *self = Self::default() };
        self.1.record(before, &range, new, at);
        if range.is_empty() && new.is_empty() {
            return;
        }
        let merged = self.take_merged(before, &range, new, at);
        let shift = |offset: usize| (offset + new.len()).saturating_sub(range.len());
        for burst in &mut self.0 {
            if burst.range.start >= range.end {
                burst.range = shift(burst.range.start)..shift(burst.range.end);
            }
        }
        let start = merged.first().map_or(range.start, |burst| burst.range.start.min(range.start));
        let end = merged.last().map_or(range.end, |burst| burst.range.end.max(range.end));
        if end - start > OLD_BYTES || new.len() > BYTES {
            return;
        }
        let (mut old, mut place) = (String::new(), start);
        for burst in &merged {
            old += &before.slice(place..burst.range.start);
            old += &burst.old;
            place = burst.range.end;
        }
        old += &before.slice(place..end);
        let now = format!("{}{new}{}", before.slice(start..range.start), before.slice(range.end..end));
        if old.len() > OLD_BYTES || now.len() > BYTES || old == now {
            return;
        }
        if self.0.len() == BURSTS {
            self.0.pop_front();
        }
        self.0.push_back(Burst { range: start..start + now.len(), old, at });
    }

    /// The bursts that an edit goes on with, in the order of the text.
    fn take_merged(&mut self, before: &Text, range: &Range<usize>, new: &str, at: Instant) -> Vec<Burst> {
        let last = self.0.len().checked_sub(1);
        let mut merged = Vec::new();
        let mut index = 0;
        self.0.retain(|burst| {
            let overlaps = burst.range.start < range.end && range.start < burst.range.end;
            let touches = burst.range.start <= range.end && range.start <= burst.range.end;
            let goes_on =
                || at.saturating_duration_since(burst.at) < PAUSE || same_word(before, burst, range, new);
            // An empty place must not have two of them: nobody could tell which comes first.
            let empty = burst.range.is_empty() || new.is_empty();
            let merges = overlaps || touches && (empty || Some(index) == last && goes_on());
            if merges {
                merged.push(burst.clone());
            }
            index += 1;
            !merges
        });
        merged.sort_by_key(|burst| (burst.range.start, burst.range.end));
        merged
    }

    /// What was deleted lately, by the place where it stood.
    pub(crate) fn cuts(&self) -> &Cuts {
        &self.1
    }

    /// The newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Burst> {
        self.0.iter().rev()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn same_word(before: &Text, burst: &Burst, range: &Range<usize>, new: &str) -> bool {
    let word = |text: &str| text.bytes().all(is_word);
    range.len() < BYTES
        && word(new)
        && word(&before.slice(range.clone()))
        && word(&before.slice(burst.range.clone()))
}

/// A burst as whole tokens: where, what went and what came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Edit {
    /// Without the tokens that stayed; `None` where it is long, of several lines, or of white space.
    pub(crate) fn new(now: &str, burst: &Burst) -> Option<Self> {
        let word = whole_words(now, &burst.range);
        let new = now.get(word.clone())?;
        let old = format!(
            "{}{}{}",
            now.get(word.start..burst.range.start)?,
            burst.old,
            now.get(burst.range.end..word.end)?
        );
        let (mut start, mut ends) = (0, (old.len(), new.len()));
        while let (Some((a, end)), Some((b, other))) =
            (first_token(&old.as_bytes()[start..]), first_token(&new.as_bytes()[start..]))
            && a == b
            && end == other
            && old.get(start..start + end) == new.get(start..start + end)
        {
            start += end;
        }
        while let (Some((at, a)), Some((other, b))) =
            (last_token(&old.as_bytes()[start..ends.0]), last_token(&new.as_bytes()[start..ends.1]))
            && a == b
            && old[start + at..ends.0] == new[start + other..ends.1]
        {
            ends = (start + at, start + other);
        }
        let (old, new) = (old[start..ends.0].to_owned(), &new[start..ends.1]);
        let plain = |text: &str| text.len() <= LONGEST && !text.contains('\n');
        let says = |text: &str| !text.trim().is_empty();
        (plain(&old) && plain(new) && (says(&old) || says(new))).then(|| Self {
            range: word.start + start..word.start + ends.1,
            old,
            new: new.to_owned(),
        })
    }
}

/// A text with some bursts taken back.
pub(crate) struct Base {
    pub(crate) text: String,
    /// Where each of them stood, now and in `text`.
    pub(crate) spans: Vec<(Range<usize>, Range<usize>)>,
}

impl Base {
    /// `replaced`: ranges of `now` and what stood there, in any order.
    pub(crate) fn new(now: &str, mut replaced: Vec<(Range<usize>, String)>) -> Self {
        replaced.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut text, mut place, mut spans) = (String::with_capacity(now.len()), 0, Vec::new());
        for (range, old) in replaced {
            text += now.get(place..range.start).unwrap_or_default();
            let start = text.len();
            text += &old;
            spans.push((range.clone(), start..text.len()));
            place = range.end;
        }
        text += now.get(place..).unwrap_or_default();
        Self { text, spans }
    }

    /// Where `range` of the text is now; `None` where it was edited.
    pub(crate) fn now(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let mut shift = 0isize;
        for (now, base) in &self.spans {
            if base.end <= range.start && base != range {
                shift = now.end as isize - base.end as isize;
            } else if base.start < range.end || base == range {
                return None;
            }
        }
        let moved = |offset: usize| offset.checked_add_signed(shift);
        Some(moved(range.start)?..moved(range.end)?)
    }
}

/// `range` of `text`, widened to whole words.
pub(crate) fn whole_words(text: &str, range: &Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let before = bytes.get(..range.start).unwrap_or_default();
    let after = bytes.get(range.end..).unwrap_or_default();
    let left = before.iter().rev().take_while(|byte| is_word(**byte)).count();
    let right = after.iter().take_while(|byte| is_word(**byte)).count();
    range.start - left..range.end + right
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Applies `(start, end, new, seconds since the last)` to `text`.
    fn edited(text: &str, edits: &[(usize, usize, &str, u64)]) -> (String, EditLog) {
        let (mut text, mut log, mut at) = (Text::new(text), EditLog::default(), Instant::now());
        for (start, end, new, pause) in edits {
            at += Duration::from_secs(*pause);
            log.record(&text, Some(*start..*end), new, at);
            text.replace(*start..*end, new);
        }
        (text.to_string(), log)
    }

    #[test]
    fn typing_makes_bursts() {
        let cases: [(&[(usize, usize, &str, u64)], &[(&str, &str)]); 6] = [
            (&[(4, 5, "b", 0), (5, 5, "c", 0)], &[("a", "bc")]),
            (&[(4, 5, "", 0), (4, 4, "b", 9), (5, 5, "c", 9)], &[("a", "bc")]),
            (&[(4, 5, "b", 0), (5, 5, ".c()", 9)], &[("a", "b"), ("", ".c()")]),
            (&[(4, 5, "b", 0), (4, 5, "a", 1)], &[]),
            (
                &[(4, 5, "bb", 0), (9, 10, "2", 9), (0, 3, "var", 9)],
                &[("a", "bb"), ("1", "2"), ("let", "var")],
            ),
            (&[(4, 5, "bb", 0), (0, 11, "x", 0)], &[("let a = 1;", "x")]),
        ];
        for (edits, expected) in cases {
            let (text, log) = edited("let a = 1;\n", edits);
            let found: Vec<(&str, &str)> =
                log.0.iter().map(|burst| (burst.old.as_str(), &text[burst.range.clone()])).collect();
            assert_eq!(found, expected, "{edits:?}");
        }
    }

    #[test]
    fn it_stays_small() {
        let (mut text, mut log) = (Text::new(&"word ".repeat(3000)), EditLog::default());
        for index in 0..200 {
            let at = Instant::now();
            log.record(&text, Some(index * 5..index * 5 + 4), "name", at);
            text.replace(index * 5..index * 5 + 4, "name");
        }
        assert_eq!(log.0.len(), BURSTS);
        log.record(&text, Some(0..9000), "", Instant::now());
        assert!(log.0.iter().all(|burst| burst.range.end <= text.len()));
        log.record(&text, None, "new", Instant::now());
        assert!(log.is_empty());
    }

    proptest! {
        #[test]
        fn taking_all_bursts_back_gives_the_text_before(
            source in "[ab .]{0,30}",
            edits in prop::collection::vec((0usize..40, 0usize..6, "[ab. ]{0,5}", 0u64..5), 0..12),
        ) {
            let (mut text, mut log, mut at) = (Text::new(&source), EditLog::default(), Instant::now());
            for (start, length, new, pause) in edits {
                let start = start.min(text.len());
                let end = (start + length).min(text.len());
                at += Duration::from_secs(pause);
                log.record(&text, Some(start..end), &new, at);
                text.replace(start..end, &new);
            }
            let replaced = log.0.iter().map(|burst| (burst.range.clone(), burst.old.clone())).collect();
            prop_assert_eq!(Base::new(&text.to_string(), replaced).text, source);
        }
    }
}
