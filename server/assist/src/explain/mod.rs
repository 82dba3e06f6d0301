//! A change explained: a sentence for every symbol, grouped by file and, in a file, by what happened. Facts
//! only; a model may add wording of its own beside them, never in their place.

mod history;
mod json;
mod markdown;
mod region;
mod sentence;
mod summary;
mod terminal;

pub use history::{history_json, history_markdown};
pub use json::json;
pub use markdown::{file_markdown, markdown};
pub use region::{region, touches};
pub use sentence::{file_sentences, symbol_sentence};
pub use summary::{FileSummary, Reduced, Summary, summary};
pub(crate) use summary::{kind as kind_of, kind_rank};
pub use terminal::terminal;

use crate::Changes;
use trust_changes::Scope;

/// Words intent, where it can: gets the facts as text, gives a sentence, or nothing where it is not sure.
pub type Wording<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What is compared with what, for a title.
pub fn title(changes: &Changes) -> String {
    match &changes.scope {
        Scope::Unstaged => "Changes not staged".into(),
        Scope::Staged => "Staged changes".into(),
        Scope::Amend => "The last commit as amended".into(),
        Scope::Commit(revision) => format!("Commit {revision}"),
        Scope::Range(old, new) => format!("{old} to {new}"),
        Scope::Since(base, new) => format!("{new} since it left {base}"),
    }
}
