//! Commit messages in the repository's own voice: form learned from its history, content from the facts, and
//! every name in it checked against the diff.

mod bump;
mod classify;
mod compose;
mod features;
mod frame;
mod grounding;
mod learner;
mod scope;
mod split;
mod style;
mod ticket;
mod topic;
mod verbs;
mod words;
mod written;

pub(crate) use bump::entry;
pub use classify::{Classifier, Example};
pub use compose::{Draft, Request, SIGNED, Source, draft, draft_each, drafts};
pub(crate) use grounding::check;
pub use grounding::{Facts, ungrounded};
pub use scope::Scopes;
pub use split::groups;
pub use style::{Case, Form, MAX_SUBJECT, Style, parse_area, parse_typed};
pub use verbs::Tense;
pub use words::{Worded, worded};
pub use written::written;

use ticket::is_ticket;
use trust_changes::{Message, Problem, Repository, Scope, Status, Stop, list, messages};

/// How many of the newest messages the style is learned from.
pub const HISTORY: usize = 200;
/// How many of the newest messages teach types and scopes, where the newest [`HISTORY`] have types or areas.
pub const EXAMPLES: usize = 800;

/// What a repository's history teaches: how messages look, and which changes have which type and scope.
pub struct History {
    pub style: Style,
    pub examples: Vec<Example>,
}

/// Learns from the newest [`HISTORY`] messages that `revision` leads to, and types from [`EXAMPLES`]. Where `stop` says so, what
/// was learned until then, of the newest first, is what there is.
///
/// # Errors
/// What [`messages`] can give.
pub fn learn(repository: &Repository, revision: &str, stop: Stop) -> Result<History, Problem> {
    let mut found = messages(repository, revision, HISTORY)?;
    let style = Style::learn(&found);
    let areas = style.areas;
    if (style.form == Form::Conventional || areas) && !stop() {
        found = messages(repository, revision, EXAMPLES)?;
    }
    let examples = found.iter().take_while(|_| !stop());
    let examples = examples.filter_map(|message| example(repository, message, areas));
    Ok(History { style, examples: examples.collect() })
}

/// A message with a type, or an area in place of a scope, and the paths that its commit touched; none where the history is not all here.
fn example(repository: &Repository, message: &Message, areas: bool) -> Option<Example> {
    if areas {
        let (area, _) = parse_area(&message.subject)?;
        let (kind, scope) = (String::new(), Some(area.to_owned()));
        return Some(Example { kind, scope, paths: touched(repository, &message.commit)? });
    }
    let typed = parse_typed(&message.subject)?;
    // What was called by its ticket is called so once.
    let scope = typed.scope.filter(|scope| !is_ticket(scope));
    Some(Example { kind: typed.kind, scope, paths: touched(repository, &message.commit)? })
}

/// The paths that a commit touched, without looking into them.
pub fn touched(repository: &Repository, commit: &str) -> Option<Vec<(String, Status)>> {
    let files = list(repository, &Scope::Commit(commit.to_owned()), &Nothing).ok()?;
    Some(files.into_iter().map(|file| (file.path, file.status)).collect())
}

/// For looking at names only.
struct Nothing;

impl trust_changes::Reader for Nothing {
    fn allows(&self, _: &std::path::Path) -> Result<(), String> {
        Err("only names are looked at".into())
    }

    fn read(&self, _: &std::path::Path) -> Result<String, trust_changes::Unread> {
        Err(trust_changes::Unread::Excluded("only names are looked at".into()))
    }
}
