//! A change as a model is shown it: what happened, as code found it, then the differing lines, secrets masked, as much of both
//! as there is room for. What is not shown is named.

use crate::explain::{file_sentences, kind_rank, symbol_sentence};
use crate::paths::{Purpose, purpose};
use std::cmp::Reverse;
use std::fmt::Write;
use trust_changes::{Content, FileFacts, Hunk, SymbolChange};
use trust_inference::Model;

/// The most names of what is not shown that a model reads, and the tokens that are kept for them.
const NAMED: usize = 20;
const NAMES: usize = 200;
/// A text that has more bytes for each token of the room is not even counted.
const BYTES: usize = 16;

pub(crate) struct Shown {
    pub text: String,
    /// Files of which the model saw nothing, or not all of the places that differ.
    pub left_out: Vec<String>,
}

/// Tokens that are left.
struct Room<'a> {
    model: &'a dyn Model,
    left: usize,
}

impl Room<'_> {
    /// Whether the text has room; it is taken then.
    fn holds(&mut self, text: &str) -> bool {
        if text.len() > self.left.saturating_mul(BYTES) {
            return false;
        }
        let left = self.left.checked_sub(self.model.count_tokens(text));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// As much of these files as `room` tokens take, those first that say most of what a change is for.
pub(crate) fn shown(files: &[FileFacts], model: &dyn Model, room: usize) -> Shown {
    let room = room - NAMES.min(room / 4);
    // What rules exclude is no model's affair, not even its name.
    let mut files: Vec<&FileFacts> =
        files.iter().filter(|file| !matches!(file.content, Content::Withheld { .. })).collect();
    files.sort_by_key(|file| (rank(&file.change.path), Reverse(file.added + file.removed)));
    let mut shown = Shown { text: String::from("What happened:\n"), left_out: Vec::new() };
    // Half of the room is for the lines themselves.
    let mut for_facts = Room { model, left: room / 2 };
    let mut told = Vec::new();
    for file in files {
        match [facts(file), heading(file)].into_iter().find(|text| for_facts.holds(text)) {
            Some(text) => {
                shown.text.push_str(&text);
                told.push(file);
            }
            None => shown.left_out.push(file.change.path.clone()),
        }
    }
    shown.text.push_str("\nWhat differs:\n");
    let mut for_lines = Room { model, left: room - room / 2 + for_facts.left };
    for file in told {
        let hidden = file.hunks.iter().filter(|hunk| {
            let text = lines(&file.change.path, hunk);
            let holds = for_lines.holds(&text);
            shown.text.push_str(if holds { &text } else { "" });
            !holds
        });
        let hidden = hidden.count();
        if hidden > 0 {
            shown.left_out.push(format!("{} ({hidden} of {} places)", file.change.path, file.hunks.len()));
        }
    }
    if !shown.left_out.is_empty() {
        let some: Vec<&str> = shown.left_out.iter().take(NAMED).map(String::as_str).collect();
        let more = shown.left_out.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(shown.text, "\nNot shown: {}{more}.", some.join(", "));
    }
    shown
}

fn rank(path: &str) -> usize {
    match purpose(path) {
        Purpose::Source => 0,
        Purpose::Test => 1,
        Purpose::Manifest => 2,
        Purpose::Other => 3,
        Purpose::Documentation => 4,
        Purpose::Pipeline => 5,
        Purpose::Lock => 6,
    }
}

fn heading(file: &FileFacts) -> String {
    let notes = file_sentences(file);
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    format!("{}{notes} +{} -{}\n", file.change.path, file.added, file.removed)
}

fn facts(file: &FileFacts) -> String {
    let mut symbols: Vec<&SymbolChange> = file.symbols.iter().flatten().collect();
    symbols.sort_by_key(|symbol| kind_rank(symbol));
    let sentences = symbols.iter().map(|symbol| format!("- {}\n", symbol_sentence(file, symbol)));
    heading(file) + &sentences.collect::<String>()
}

fn lines(path: &str, hunk: &Hunk) -> String {
    let mut text = format!("{path}, line {}", hunk.new.start + 1);
    if !hunk.header.is_empty() {
        let _ = write!(text, ", in `{}`", hunk.header);
    }
    text.push('\n');
    hunk.removed.iter().for_each(|line| text.push_str(&format!("-{line}\n")));
    hunk.added.iter().for_each(|line| text.push_str(&format!("+{line}\n")));
    text
}
