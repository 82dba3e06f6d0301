//! The query that the model is, or was, asked for: what may become of what it is writing.

use super::{Asked, Job};
use tower_lsp::gen_lsp_types::Uri;
use trust_complete::Query;
use trust_text::Text;

/// The query that runs, or that ran last and gave way: the model may still be writing for it.
pub(super) struct Running {
    id: u64,
    pub(super) uri: Uri,
    pub(super) query: Query,
    /// Whoever takes it over is waiting.
    heir: Option<u64>,
    /// All that has happened to its document since it was asked, or taken over, is that more was typed.
    typed_on: bool,
    /// Its request was cancelled since; a newer one is likely.
    left: bool,
}

impl Running {
    pub(super) fn new(job: &Job) -> Self {
        let Job { id, asked: Asked { uri, query, .. }, .. } = job;
        Self { id: *id, uri: uri.clone(), query: query.clone(), heir: None, typed_on: false, left: false }
    }

    /// Whether that is the request which what is written is for.
    fn is_of(&self, id: u64) -> bool {
        self.heir.unwrap_or(self.id) == id
    }

    /// Whether a newer query takes over what the model writes for this one, which is given up where that is of no use.
    /// From then on one token ends both.
    pub(super) fn is_taken_over(&mut self, id: u64, asked: &mut Asked) -> bool {
        let cancel = &self.query.cancel;
        if self.uri == asked.uri && !cancel.is_cancelled() && asked.query.goes_on_from(&self.query) {
            self.query.superseded.cancel();
            asked.query.cancel = cancel.clone();
            (self.heir, self.typed_on, self.left) = (Some(id), false, false);
            return true;
        }
        if self.uri == asked.uri || self.left {
            cancel.cancel();
        }
        false
    }

    /// Its document was edited, to `text`.
    pub(super) fn edited(&mut self, text: &Text) {
        self.typed_on = self.query.typed_since(text).is_some_and(|typed| !typed.is_empty());
        if self.left && !self.typed_on {
            self.query.cancel.cancel();
        }
    }

    /// Nobody waits for the request `id` any more.
    pub(super) fn leave(&mut self, id: u64) {
        if !self.is_of(id) {
            return;
        }
        if self.typed_on {
            self.left = true;
            self.query.superseded.cancel();
        } else {
            self.query.cancel.cancel();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::setup::manner;
    use std::time::{Duration, Instant};
    use tokio::sync::oneshot;
    use trust_config::Settings;
    use trust_inference::CancelToken;

    /// A job in one document, whose text has a `|` at the cursor.
    pub(crate) fn job(id: u64, marked: &str) -> Job {
        let (before, after) = marked.split_once('|').unwrap();
        let query = Query {
            path: "/p/a.rs".into(),
            relative: "a.rs".into(),
            repository: "p".into(),
            language: None,
            text: Text::new(&format!("{before}{after}")),
            offset: before.len(),
            invoked: false,
            may_replace: false,
            deadline: Instant::now() + Duration::from_secs(9),
            cancel: CancelToken::new(),
            superseded: CancelToken::new(),
            edited: Vec::new(),
        };
        let asked =
            Asked { uri: "file:///p/a.rs".parse().unwrap(), query, manner: manner(&Settings::default()) };
        Job { id, asked, due: Instant::now(), reply: oneshot::channel().0 }
    }

    enum Step {
        Edit(&'static str),
        Leave(u64),
        Ask(u64, &'static str),
        AskElsewhere,
    }

    #[test]
    fn what_is_written_lasts_as_long_as_it_may_be_of_use() {
        use Step::*;
        // What happens, whether it is given up then, and whether it is left to another query.
        let cases: [(&[Step], bool, bool); 13] = [
            (&[], false, false),
            (&[Leave(1)], true, false),
            (&[Leave(7)], false, false),
            (&[Edit("ab")], false, false),
            (&[Edit("ab"), Leave(1)], false, true),
            (&[Edit("b"), Leave(1)], true, false),
            (&[Edit("ab"), Leave(1), Edit("abc")], false, true),
            (&[Edit("ab"), Leave(1), Edit("b")], true, true),
            (&[Edit("ab"), Leave(1), AskElsewhere], true, true),
            (&[Edit("ab"), AskElsewhere], false, false),
            (&[Edit("ab"), Ask(2, "ab|"), Leave(1)], false, true),
            (&[Edit("ab"), Ask(2, "ab|"), Leave(1), Leave(2)], true, true),
            (&[Edit("b"), Ask(2, "b|")], true, false),
        ];
        for (number, (steps, given_up, handed_on)) in cases.into_iter().enumerate() {
            let mut running = Running::new(&job(1, "a|"));
            for step in steps {
                match step {
                    Edit(text) => running.edited(&Text::new(text)),
                    Leave(id) => running.leave(*id),
                    Ask(id, marked) => {
                        let mut asked = job(*id, marked).asked;
                        let taken = running.is_taken_over(*id, &mut asked);
                        assert_eq!(taken, handed_on, "case {number}");
                    }
                    AskElsewhere => {
                        let mut asked = job(9, "a|").asked;
                        asked.uri = "file:///p/b.rs".parse().unwrap();
                        assert!(!running.is_taken_over(9, &mut asked));
                    }
                }
            }
            let found = (running.query.cancel.is_cancelled(), running.query.superseded.is_cancelled());
            assert_eq!(found, (given_up, handed_on), "case {number}");
        }
    }

    #[test]
    fn one_token_ends_both() {
        let mut running = Running::new(&job(1, "a|"));
        let mut asked = job(2, "ab|").asked;
        assert!(running.is_taken_over(2, &mut asked));
        running.leave(2);
        assert!(asked.query.cancel.is_cancelled());
        // What has ended is of no use to anybody.
        let mut asked = job(3, "abc|").asked;
        assert!(!running.is_taken_over(3, &mut asked) && !asked.query.cancel.is_cancelled());
    }
}
