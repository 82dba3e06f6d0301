//! Where the open documents were edited last: what is written now often goes on with it in another place.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use trust_text::Text;

/// Places remembered.
const PLACES: usize = 8;
/// Edits nearer to each other than this many lines are at one place.
const LINES: usize = 20;

/// A line of a document where it was edited, by the document's canonical path.
pub(crate) type Edit = (PathBuf, usize);

/// The newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits(VecDeque<Edit>);

impl Edits {
    /// Notes what made `after` of `before`.
    pub fn note(&mut self, path: &Path, before: &Text, after: &Text) {
        let Some(line) = first_changed_line(before, after) else { return };
        self.0.retain(|(other, at)| other != path || at.abs_diff(line) > LINES);
        if self.0.len() == PLACES {
            self.0.pop_front();
        }
        self.0.push_back((path.to_owned(), line));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.0.iter()
    }
}

/// Pieces of the two texts are compared; where both have the same pieces, no byte is copied.
fn first_changed_line(before: &Text, after: &Text) -> Option<usize> {
    let mut at = 0;
    loop {
        let (old, new) = (before.chunk_from(at), after.chunk_from(at));
        let length = old.len().min(new.len());
        let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        if same < length || length == 0 {
            let changed = same < length || old.len() != new.len();
            return changed.then(|| after.line_of(at + same));
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_remembered_and_merged() {
        let text = |lines: &[&str]| Text::new(&lines.join("\n"));
        let before = Text::new(&"line\n".repeat(9_000));
        let edited = |line: usize, word: &str| {
            let mut text = before.clone();
            text.replace(5 * line..5 * line, word);
            text
        };
        let mut edits = Edits::default();
        let a = Path::new("/a");
        edits.note(a, &before, &before.clone());
        assert_eq!(edits.iter().count(), 0);
        edits.note(a, &before, &edited(8_000, "x"));
        edits.note(a, &before, &edited(10, "x"));
        edits.note(a, &before, &edited(15, "x"));
        edits.note(Path::new("/b"), &text(&["a", "b"]), &text(&["a", "b", "c"]));
        let found: Vec<(&str, usize)> =
            edits.iter().map(|(path, line)| (path.to_str().unwrap(), *line)).collect();
        assert_eq!(found, [("/a", 8_000), ("/a", 15), ("/b", 1)]);
        (0..20).for_each(|at| edits.note(a, &before, &edited(100 * at, "x")));
        assert_eq!(edits.iter().count(), PLACES);
    }
}
