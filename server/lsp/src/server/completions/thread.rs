//! The completion thread: takes queries as they are due, and works ahead while there are none.

use super::running::Running;
use super::{Asked, Completions, Job};
use crate::assistant::Assistant;
use crate::audit;
use crate::server::power::Power;
use crate::setup::Manner;
use crate::stats;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use trust_audit::Feature;
use trust_complete::{Outcome, Query, Quiet};
use trust_inference::CancelToken;

/// What the thread is to do.
enum Next {
    Job(Box<Job>),
    /// Work ahead of who was answered, or of who looks at a place since.
    Ahead(Option<Box<Asked>>, CancelToken),
}

impl Completions {
    /// The thread's body.
    pub fn serve(&self, assistant: &Arc<Assistant>) {
        let mut answered = None;
        let mut power = Power::default();
        while let Some(next) = self.next(answered.is_some()) {
            let Job { asked, reply, .. } = *match next {
                Next::Job(job) => job,
                Next::Ahead(looked_at, cancel) => {
                    let nothing = Outcome::Quiet(Quiet::Nothing);
                    let looked_at = looked_at.map(|asked| (asked.query, asked.manner, nothing));
                    if let Some((query, manner, outcome)) = looked_at.or(answered.take()) {
                        let query = Query { cancel, superseded: CancelToken::new(), ..query };
                        self.work_ahead(assistant, query, manner, &outcome);
                    }
                    continue;
                }
            };
            let start = Instant::now();
            let (query, manner) = (asked.query, asked.manner);
            let is_late = query.cancel.is_cancelled() || start >= query.deadline;
            let outcome = if is_late {
                Outcome::Quiet(Quiet::Cancelled)
            } else {
                catch_unwind(AssertUnwindSafe(|| assistant.complete(query.clone(), manner))).unwrap_or_else(
                    |_| {
                        tracing::error!(uri = %asked.uri, "a completion panicked");
                        Outcome::Quiet(Quiet::Nothing)
                    },
                )
            };
            match &outcome {
                Outcome::Show(_) => audit::count(Feature::Completion, "answered"),
                Outcome::Quiet(quiet) => {
                    audit::count(Feature::Completion, &format!("{quiet:?}").to_lowercase());
                }
            }
            let took = start.elapsed();
            let mut state = self.lock();
            // What gave way may still be written.
            state.running.take_if(|running| !running.query.superseded.is_cancelled());
            state.showing = matches!(outcome, Outcome::Show(_)).then(|| asked.uri.clone());
            if outcome != Outcome::Quiet(Quiet::Cancelled) {
                state.last = Some((outcome.clone(), took));
            }
            drop(state);
            let is_heard = reply.send(outcome.clone()).is_ok();
            if !is_late && is_unseen(&outcome, is_heard) {
                let model = assistant.model().current();
                stats::unshown(model.map(|loaded| loaded.model().card().name.clone()), took);
            }
            answered = Some((query, manner, outcome));
            let on_battery = power.on_battery(Instant::now());
            self.lock().rhythm.runs_on(on_battery);
        }
    }

    fn work_ahead(&self, assistant: &Assistant, query: Query, manner: Manner, outcome: &Outcome) {
        let start = Instant::now();
        if !self.lock().rhythm.may_work_ahead(start) {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| assistant.prepare(query, manner, outcome))).is_err() {
            tracing::error!("working ahead panicked");
        }
        self.lock().rhythm.worked_ahead(Instant::now(), start.elapsed());
    }

    /// Waits for the next query. Where one was `answered`, or somebody looks at a place, and nothing is asked for a while, it is
    /// time to work ahead.
    fn next(&self, answered: bool) -> Option<Next> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let now = Instant::now();
            let due = state.waiting.iter().position(|job| job.due <= now);
            if let Some(job) = due.and_then(|index| state.waiting.remove(index)) {
                state.running = Some(Running::new(&job));
                return Some(Next::Job(Box::new(job)));
            }
            if let Some(due) = state.waiting.iter().map(|job| job.due).min() {
                let wait = due.saturating_duration_since(now);
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if !answered && state.looked_at.is_none() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let idle = state.rhythm.idle();
            let waited = self.changed.wait_timeout(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.waiting.is_empty() && !state.closed {
                let cancel = CancelToken::new();
                state.ahead = Some(cancel.clone());
                return Some(Next::Ahead(state.looked_at.take().map(Box::new), cancel));
            }
        }
    }
}

/// Whether something was worked out that nobody sees. Where the place says that nothing is wanted, nothing was.
fn is_unseen(outcome: &Outcome, is_heard: bool) -> bool {
    match outcome {
        Outcome::Show(_) => !is_heard,
        Outcome::Quiet(Quiet::Excluded | Quiet::Place | Quiet::Text | Quiet::Secret | Quiet::Off) => false,
        Outcome::Quiet(_) => true,
    }
}
