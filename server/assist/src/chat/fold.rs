//! Long conversations: the oldest exchanges become a line each, of a fixed form, made of facts by code. Lines are only
//! added at the end, so a model goes on from what it has read of them; what is dropped is dropped by halves, and seldom.

use super::{Conversation, Exchange, Place};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use trust_index::{Reader, Snapshot};

/// Characters of a question and of an answer that a line keeps.
const QUESTION: usize = 120;
const ANSWER: usize = 160;
/// Places that it keeps.
const PLACES: usize = 4;

/// An exchange in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folded {
    pub line: String,
    pub places: Vec<Place>,
}

impl Conversation {
    /// What was said long ago; none where nothing was.
    pub(super) fn summary(&self) -> Option<String> {
        if self.folded.is_empty() && self.forgotten == 0 {
            return None;
        }
        let mut summary = String::from("Earlier in this conversation:\n");
        if self.forgotten > 0 {
            summary.push_str(&format!("- {} questions before these are left out\n", self.forgotten));
        }
        for Folded { line, .. } in &self.folded {
            summary.push_str(line);
            summary.push('\n');
        }
        Some(summary)
    }

    /// Makes a line of the oldest exchange: whole, its calls with their results. False where there is none.
    pub(super) fn fold(&mut self) -> bool {
        if self.exchanges.is_empty() {
            return false;
        }
        let exchange = self.exchanges.remove(0);
        self.folded.push(Folded { line: line(&exchange), places: exchange.places });
        true
    }

    /// Drops the older half of the lines. False where there is none.
    pub(super) fn drop_half(&mut self) -> bool {
        let half = self.folded.len().div_ceil(2);
        self.folded.drain(..half);
        self.forgotten += half;
        half > 0
    }

    /// Forgets what quotes files that may not be quoted any more, or are gone. True where there was any.
    pub(super) fn forget_unreadable<S: Deref<Target = Snapshot>>(&mut self, reader: &Reader<S>) -> bool {
        let readable = |place: &Place| {
            let file = reader.snapshot().file_at(&place.path);
            file.is_some_and(|file| reader.is_quotable(file))
        };
        let lines = self.folded.len();
        self.folded.retain(|folded| folded.places.iter().all(readable));
        self.forgotten += lines - self.folded.len();
        let mut forgot = lines != self.folded.len();
        for exchange in &mut self.exchanges {
            if exchange.places.iter().all(readable) {
                continue;
            }
            exchange.places.retain(readable);
            exchange.read = None;
            exchange.steps.clear();
            forgot = true;
        }
        forgot
    }
}

fn line(exchange: &Exchange) -> String {
    let mut line = format!("- asked: {}", clipped(&exchange.question, QUESTION));
    for call in exchange.steps.iter().flat_map(|step| &step.calls) {
        line.push_str(&format!("; called {}: {}", call.name, clipped(&call.result, QUESTION)));
    }
    if !exchange.places.is_empty() {
        let places: Vec<String> = exchange.places.iter().take(PLACES).map(Place::to_string).collect();
        line.push_str(&format!("; looked at {}", places.join(", ")));
    }
    let answer = exchange.answer();
    let first = answer.find(". ").map_or(answer, |end| &answer[..end]);
    if !first.is_empty() {
        line.push_str(&format!("; answered: {}", clipped(first, ANSWER)));
    }
    line
}

/// On one line, at most so many characters.
fn clipped(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}
