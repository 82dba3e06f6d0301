//! A change explained: a sentence for every symbol, grouped by file and, in a file, by what happened. Facts
//! only; a model may add words of its own beside them (`words.rs`), never in their place.

mod history;
mod json;
mod markdown;
mod region;
mod running;
mod sentence;
mod summary;
mod terminal;
mod words;

pub use history::{history_json, history_markdown};
pub use json::{json, write_json};
pub use markdown::{file_markdown, markdown, words_markdown};
pub use region::{region, touches};
pub use running::Running;
pub use sentence::{file_sentences, symbol_sentence};
pub use summary::{FileSummary, Reduced, Sentence, Summary, summary};
pub(crate) use summary::{kind as kind_of, kind_rank};
pub use terminal::{Page, terminal};
use words::beside;
pub use words::{Words, words};

use crate::Changes;
use trust_changes::Scope;

/// Above what git does not know yet.
pub(crate) const NOT_TRACKED: &str = "Not tracked";
/// The most of it that is named.
const NAMED: usize = 100;

/// What git does not know yet, below a heading; empty where there is nothing.
pub(crate) fn not_tracked(changes: &Changes, heading: &str, bullet: &str) -> String {
    let all = &changes.untracked;
    if all.is_empty() {
        return String::new();
    }
    let named: String = all.iter().take(NAMED).map(|path| format!("{bullet}{path}\n")).collect();
    let more = all.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("{bullet}and {more} more\n") } else { String::new() };
    format!("\n{heading}\n{named}{more}")
}

/// What is compared with what, for a title.
pub fn title(changes: &Changes) -> String {
    title_of(&changes.scope)
}

pub(crate) fn title_of(scope: &Scope) -> String {
    match scope {
        Scope::Unstaged => "Changes not staged".into(),
        Scope::Staged => "Staged changes".into(),
        Scope::Amend => "The last commit as amended".into(),
        Scope::Commit(revision) => format!("Commit {revision}"),
        Scope::Range(old, new) => format!("{old} to {new}"),
        Scope::Since(base, new) => format!("{new} since it left {base}"),
    }
}
