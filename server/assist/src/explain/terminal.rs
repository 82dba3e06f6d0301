//! The explanation for a terminal, in git's colours, in pieces that can be shown as they come: what differs, then all of it in numbers.

use super::summary::kinds;
use super::{FileSummary, NOT_TRACKED, Sentence, Summary, Words, not_tracked, summary, title};
use crate::Changes;
use std::fmt::Write;

const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const ITALIC: &str = "\x1b[3m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[m";

/// Colours, where they are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub bool);

impl Paint {
    fn paint(self, code: &str, text: &str) -> String {
        if self.0 { format!("{code}{text}{RESET}") } else { text.to_owned() }
    }

    fn counts(self, added: u64, removed: u64) -> String {
        format!("{} {}", self.paint(GREEN, &format!("+{added}")), self.paint(RED, &format!("-{removed}")))
    }

    /// A line above others.
    pub fn heading(self, text: &str) -> String {
        format!("{}\n", self.paint(BOLD, text))
    }

    /// What stands above the sentences of a file.
    pub fn file(self, file: &FileSummary) -> String {
        let heading = self.paint(BOLD, &file.path);
        let notes: String = file.notes.iter().map(|note| format!("  {note}\n")).collect();
        format!("\n{heading} {}\n{notes}", self.counts(file.added, file.removed))
    }

    pub fn sentence(self, sentence: &Sentence) -> String {
        let blank = || " ".repeat(6);
        let place = sentence.line.map_or_else(blank, |line| self.paint(CYAN, &format!("{line:>6}")));
        format!("  {place}  {}\n", sentence.text)
    }

    /// All of it in numbers.
    pub fn numbers(self, changes: &Changes) -> String {
        let (added, removed) = changes.lines();
        let mut text = format!("\n{} files, {}\n", changes.files.len(), self.counts(added, removed));
        for (kind, count) in &kinds(changes) {
            let _ = writeln!(text, "  {count:>5} {kind}");
        }
        text
    }

    /// What concerns no changed file alone.
    pub fn others(self, changes: &Changes) -> String {
        let mut text = String::new();
        if let Some(callers) = changes.callers.as_ref().filter(|callers| !callers.is_empty()) {
            let _ = write!(text, "\n{}", self.heading("Callers left behind"));
            for caller in callers {
                let _ = writeln!(text, "  {caller}");
            }
        }
        text + &not_tracked(changes, &self.paint(BOLD, NOT_TRACKED), "  ")
    }
}

/// What is said where there is nothing else to say.
pub(super) fn nothing(title: &str) -> String {
    format!("{title}: nothing differs.\n")
}

/// An explanation, piece by piece: [`Page::head`], [`Page::file`] for each, [`Page::tail`].
pub struct Page<'a> {
    changes: &'a Changes,
    summary: Summary,
    paint: Paint,
}

/// All of it, with what a model said, where one was asked.
pub fn terminal(changes: &Changes, colour: bool, words: Option<&Words>) -> String {
    let page = Page::of(changes, colour);
    let files: String = (0..changes.files.len()).map(|at| page.file(at, words)).collect();
    page.head() + &files + &page.tail(words)
}

impl<'a> Page<'a> {
    pub fn of(changes: &'a Changes, colour: bool) -> Self {
        Self { changes, summary: summary(changes), paint: Paint(colour) }
    }

    pub fn head(&self) -> String {
        let title = title(self.changes);
        if self.changes.files.is_empty() { nothing(&title) } else { self.paint.heading(&title) }
    }

    /// What is told once the file at this place is known, and all before it: nothing where others belong to it.
    pub fn file(&self, at: usize, words: Option<&Words>) -> String {
        let ended = self.summary.files.iter().filter(|file| file.of.end == at + 1);
        ended.map(|file| self.section(file, words)).collect()
    }

    fn section(&self, file: &FileSummary, words: Option<&Words>) -> String {
        let mut text = self.paint.file(file);
        for sentence in &file.sentences {
            text.push_str(&self.paint.sentence(sentence));
            let clause = sentence.of.and_then(|symbol| words?.of(file.of.start, symbol));
            if let Some((words, clause)) = words.zip(clause) {
                let said = self.paint.paint(ITALIC, &format!("{}: {clause}", words.model));
                let _ = writeln!(text, "{}{said}", " ".repeat(12));
            }
        }
        if let Some(words) = words {
            for line in words.left(file, self.changes) {
                let _ = writeln!(text, "{}{}", " ".repeat(10), self.paint.paint(ITALIC, &line));
            }
        }
        text
    }

    pub fn tail(&self, words: Option<&Words>) -> String {
        let mut text = String::new();
        if !self.changes.files.is_empty() {
            text.push_str(&self.paint.numbers(self.changes));
        }
        text.push_str(&self.paint.others(self.changes));
        if let Some((words, overview)) = words.and_then(|words| Some((words, words.overview.as_ref()?))) {
            let said = self.paint.paint(ITALIC, &format!("{}: {overview}.", words.model));
            let _ = writeln!(text, "\n{said}");
        }
        if let Some(reduced) = &self.summary.reduced {
            let _ = writeln!(text, "\n{}", reduced.told());
        }
        if let Some(told) = words.and_then(Words::told) {
            let _ = writeln!(text, "\n{told}");
        }
        text
    }
}
