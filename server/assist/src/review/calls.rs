//! Calls by name, found in one pass over a text, however many names are looked for.

use std::collections::HashMap;
use std::ops::Range;
use trust_changes::Stop;

/// How many words before a parenthesis are looked at until it is asked again whether anybody waits.
const OFTEN: usize = 256;

/// Names that are looked for, each with its number, by the word that it ends in.
pub(super) struct Names(HashMap<String, Vec<(usize, String)>>);

impl Names {
    /// They are numbered from 0.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_word: HashMap<String, Vec<(usize, String)>> = HashMap::new();
        for (number, name) in names.into_iter().enumerate() {
            // A name may begin with a sign that no word holds, as `#name` does.
            let word = name.rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
            by_word.entry(word.to_owned()).or_default().push((number, name.to_owned()));
        }
        Self(by_word)
    }

    /// Tells `seen` of each place in `text` where one of them stands before a parenthesis: its number, its byte, and its line,
    /// from 0. False where `stop` says so, after some of them.
    pub fn each(&self, text: &str, stop: Stop, mut seen: impl FnMut(usize, usize, u32)) -> bool {
        for (count, (place, line)) in called(text).enumerate() {
            if count % OFTEN == OFTEN - 1 && stop() {
                return false;
            }
            let named = text.get(place.clone()).and_then(|word| self.0.get(word));
            for (number, name) in named.into_iter().flatten() {
                let before = text.get(..place.end).and_then(|text| text.strip_suffix(name.as_str()));
                if let Some(before) = before.filter(|before| !before.ends_with(is_word)) {
                    seen(*number, before.len(), line);
                }
            }
        }
        true
    }
}

/// The words that stand before a parenthesis, each with its line.
fn called(text: &str) -> impl Iterator<Item = (Range<usize>, u32)> {
    let (mut counted, mut line) = (0, 0);
    text.match_indices('(').filter_map(move |(end, _)| {
        let start = text.get(..end)?.trim_end_matches(is_word).len();
        line += text.get(counted..start)?.matches('\n').count() as u32;
        counted = start;
        (start < end).then_some((start..end, line))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn seen(names: &[&str], text: &str) -> Vec<(usize, usize, u32)> {
        let mut seen = Vec::new();
        assert!(Names::new(names.iter().copied()).each(text, &|| false, |number, at, line| {
            assert!(text[at..].starts_with(names[number]));
            seen.push((number, at, line));
        }));
        seen
    }

    #[test]
    fn a_name_is_called_where_it_stands_whole_before_a_parenthesis() {
        let cases: [(&[&str], &str, &[(usize, usize, u32)]); 9] = [
            (&["one"], "one(1)", &[(0, 0, 0)]),
            (&["one", "two"], "x\none(two(1),\n\n\ntwo(2))", &[(0, 2, 1), (1, 6, 1), (1, 16, 4)]),
            (&["one"], "one (1); ones(1); another_one(1); one", &[]),
            // Two things of one name.
            (&["one", "one"], "a.one()", &[(0, 2, 0), (1, 2, 0)]),
            (&["größe"], "é(größe(ü))", &[(0, 3, 0)]),
            (&["$one", "one"], "$one(1)\na$one(2)", &[(0, 0, 0), (1, 1, 0), (1, 10, 1)]),
            (&["#one", "", "'a b'"], "this.#one(((", &[(0, 5, 0)]),
            (&[], "one(1)", &[]),
            (&["one"], "", &[]),
        ];
        for (names, text, expected) in cases {
            assert_eq!(seen(names, text), expected, "{names:?} {text:?}");
        }
    }

    #[test]
    fn more_names_take_no_more_passes_and_nobody_waits_for_the_end() {
        let text = "other(1);\n".repeat(50 * OFTEN);
        let asked = |count: usize, stops: bool| {
            let names: Vec<String> = (0..count).map(|number| format!("name_{number}")).collect();
            let asked = AtomicUsize::new(0);
            let stop = || {
                asked.fetch_add(1, Ordering::Relaxed);
                stops
            };
            let names = Names::new(names.iter().map(String::as_str));
            assert_eq!(names.each(&text, &stop, |_, _, _| ()), !stops);
            asked.load(Ordering::Relaxed)
        };
        assert_eq!([asked(1, false), asked(1_000, false), asked(1_000, true)], [50, 50, 1]);
    }
}
