//! One key in a large file: how long its syntax tree takes to follow.

use crate::latency::{own_time, summary};
use std::time::Duration;
use trust_grammars::{Change, Incremental, Language, Place, identifiers};
use trust_index::Snapshot;

const LINES: usize = 10_000;
const KEYS: usize = 300;
const LIMIT: Duration = Duration::from_secs(5);

const LANGUAGES: [(Language, &str); 3] = [
    (Language::Rust, "one key in 10,000 lines of Rust, reparsed"),
    (Language::Python, "one key in 10,000 lines of Python, reparsed"),
    (Language::TypeScript, "one key in 10,000 lines of TypeScript, reparsed"),
];

/// What was done, and milliseconds: the median and the 99th percentile. A character is typed into an identifier, and
/// taken back, at places spread over a text of whole files.
pub fn measure(snapshot: &Snapshot) -> Vec<(&'static str, f64, f64)> {
    let of = |(language, name)| {
        let text = text(snapshot, language)?;
        Some(summary(name, times(language, &text)?))
    };
    LANGUAGES.into_iter().filter_map(of).collect()
}

fn text(snapshot: &Snapshot, language: Language) -> Option<String> {
    let mut text = String::new();
    let mut lines = 0;
    for file in snapshot.file_ids().filter(|file| snapshot.language(*file) == Some(language)) {
        let own = std::fs::read_to_string(snapshot.path(file)).ok()?;
        lines += own.lines().count();
        text.push_str(&own);
        if lines >= LINES {
            return Some(text);
        }
    }
    None
}

fn times(language: Language, text: &str) -> Option<Vec<Duration>> {
    let mut text = text.as_bytes().to_vec();
    let mut tree = Incremental::new(language);
    tree.parse(|offset| text.get(offset..).unwrap_or_default(), LIMIT).then_some(())?;
    let ends: Vec<usize> = identifiers(std::str::from_utf8(&text).ok()?).map(|range| range.end).collect();
    let mut times = Vec::new();
    for end in ends.iter().step_by((ends.len() / KEYS).max(1)) {
        let start = Place::default().behind(std::str::from_utf8(text.get(..*end)?).ok()?);
        let behind = start.behind("x");
        for typed in [true, false] {
            if typed {
                text.insert(*end, b'x');
                tree.edit(&Change { start, old_end: start, new_end: behind });
            } else {
                text.remove(*end);
                tree.edit(&Change { start, old_end: behind, new_end: start });
            }
            let before = own_time();
            tree.parse(|offset| text.get(offset..).unwrap_or_default(), LIMIT).then_some(())?;
            times.push(own_time().saturating_sub(before));
        }
    }
    Some(times)
}
