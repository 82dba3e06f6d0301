//! The explanation for a terminal, in git's colours, in pieces that can be shown as they come.

use super::{FileSummary, NOT_TRACKED, Summary, Words, not_tracked, summary, title};
use crate::Changes;
use std::fmt::Write;

const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const ITALIC: &str = "\x1b[3m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[m";

/// An explanation, piece by piece: [`Page::head`], [`Page::file`] for each, [`Page::tail`].
pub struct Page<'a> {
    changes: &'a Changes,
    summary: Summary,
    colour: bool,
}

/// All of it, with what a model said, where one was asked.
pub fn terminal(changes: &Changes, colour: bool, words: Option<&Words>) -> String {
    let page = Page::of(changes, colour);
    let files: String = (0..changes.files.len()).map(|at| page.file(at, words)).collect();
    page.head() + &files + &page.tail(words)
}

impl<'a> Page<'a> {
    pub fn of(changes: &'a Changes, colour: bool) -> Self {
        Self { changes, summary: summary(changes), colour }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("{code}{text}{RESET}") } else { text.to_owned() }
    }

    fn counts(&self, added: u64, removed: u64) -> String {
        format!("{} {}", self.paint(GREEN, &format!("+{added}")), self.paint(RED, &format!("-{removed}")))
    }

    pub fn head(&self) -> String {
        let title = title(self.changes);
        if self.summary.files.is_empty() {
            return format!("{title}: nothing differs.\n");
        }
        let lines = self.counts(self.summary.added, self.summary.removed);
        let mut text = format!("{}: {} files, {lines}\n", self.paint(BOLD, &title), self.changes.files.len());
        for (kind, count) in &self.summary.kinds {
            let _ = writeln!(text, "  {count:>5} {kind}");
        }
        text
    }

    /// What is told once the file at this place is known, and all before it: nothing where others belong to it.
    pub fn file(&self, at: usize, words: Option<&Words>) -> String {
        let ended = self.summary.files.iter().filter(|file| file.of.end == at + 1);
        ended.map(|file| self.section(file, words)).collect()
    }

    fn section(&self, file: &FileSummary, words: Option<&Words>) -> String {
        let heading = self.paint(BOLD, &file.path);
        let mut text = format!("\n{heading} {}\n", self.counts(file.added, file.removed));
        for note in &file.notes {
            let _ = writeln!(text, "  {note}");
        }
        for sentence in &file.sentences {
            let place =
                sentence.line.map_or_else(|| " ".repeat(6), |line| self.paint(CYAN, &format!("{line:>6}")));
            let _ = writeln!(text, "  {place}  {}", sentence.text);
            let clause = sentence.of.and_then(|symbol| words?.of(file.of.start, symbol));
            if let Some((words, clause)) = words.zip(clause) {
                let said = self.paint(ITALIC, &format!("{}: {clause}", words.model));
                let _ = writeln!(text, "{}{said}", " ".repeat(12));
            }
        }
        if let Some(words) = words {
            for line in words.left(file, self.changes) {
                let _ = writeln!(text, "{}{}", " ".repeat(10), self.paint(ITALIC, &line));
            }
        }
        text
    }

    pub fn tail(&self, words: Option<&Words>) -> String {
        let mut text = String::new();
        if let Some(callers) = self.changes.callers.as_ref().filter(|callers| !callers.is_empty()) {
            let _ = writeln!(text, "\n{}", self.paint(BOLD, "Callers left behind"));
            for caller in callers {
                let _ = writeln!(text, "  {caller}");
            }
        }
        text.push_str(&not_tracked(self.changes, &self.paint(BOLD, NOT_TRACKED), "  "));
        if let Some((words, overview)) = words.and_then(|words| Some((words, words.overview.as_ref()?))) {
            let said = self.paint(ITALIC, &format!("{}: {overview}.", words.model));
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
