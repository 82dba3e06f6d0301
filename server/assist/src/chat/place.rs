//! Lines of a file that an answer points at.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Deref, Range};
use trust_index::{Reader, Snapshot};

/// Lines from `start` to `end`, both from 1 and both in it, of the file at `path` from its root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    pub path: String,
    pub start: usize,
    pub end: usize,
}

impl Place {
    /// The lines that hold these bytes of `text`.
    pub(super) fn of(path: String, text: &str, bytes: &Range<usize>) -> Self {
        let line = |at: usize| {
            text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
        };
        let last = bytes.end.max(bytes.start + 1) - 1;
        Self { path, start: line(bytes.start), end: line(last) }
    }

    /// `PATH:LINE` or `PATH:FIRST-LAST`.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, lines) = text.rsplit_once(':')?;
        let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
        let (start, end) = (start.parse().ok()?, end.parse().ok()?);
        (!path.is_empty() && start >= 1 && end >= start).then(|| Self { path: path.into(), start, end })
    }

    /// What stands there now, secrets masked; `None` where the file may not be quoted, or has no such lines.
    pub fn text<S: Deref<Target = Snapshot>>(&self, reader: &Reader<S>) -> Option<String> {
        let text = reader.text(reader.snapshot().file_at(&self.path)?)?;
        self.within(&text).map(str::to_owned)
    }

    /// Its lines of `text`, without the last line break.
    pub(super) fn within<'a>(&self, text: &'a str) -> Option<&'a str> {
        // Behind the last line break there is no line.
        let last = Some(text.len()).filter(|_| !text.ends_with('\n'));
        let mut ends = text.match_indices('\n').map(|(at, _)| at).chain(last);
        let start = match self.start {
            1 => 0,
            line => ends.nth(line - 2)? + 1,
        };
        let end = ends.nth(self.end - self.start)?;
        (start < text.len()).then(|| text[start..end].trim_end_matches('\r'))
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.path == other.path && self.start <= other.end && other.start <= self.end
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start == self.end {
            true => write!(formatter, "{}:{}", self.path, self.start),
            false => write!(formatter, "{}:{}-{}", self.path, self.start, self.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_counted_and_written() {
        let text = "one\ntwo\r\nthree\n";
        let cases = [
            ("a.rs:1", Some("one")),
            ("a.rs:2", Some("two")),
            ("a.rs:1-2", Some("one\ntwo")),
            ("a.rs:3-3", Some("three")),
            ("a.rs:4", None),
            ("a.rs:2-4", None),
            ("a.rs:0", None),
            ("a.rs:3-2", None),
            (":1", None),
            ("a.rs:x", None),
            ("a.rs", None),
        ];
        for (written, expected) in cases {
            let place = Place::parse(written);
            assert_eq!(place.as_ref().and_then(|place| place.within(text)), expected, "{written}");
        }
        assert_eq!(Place::of("a".into(), text, &(0..4)).to_string(), "a:1");
        assert_eq!(Place::of("a".into(), text, &(1..5)).to_string(), "a:1-2");
        assert_eq!(Place::of("a".into(), text, &(9..9)).to_string(), "a:3");
    }
}
