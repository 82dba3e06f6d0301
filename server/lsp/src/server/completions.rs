//! The completion thread and the queue before it: one waiting and one running query a document. A newer
//! query on the same document supersedes both; that is how bursts of typing stay cheap. A query may wait a moment for
//! the key that follows at once, and while nobody types there is time to work ahead (`rhythm.rs`).

use crate::assistant::Assistant;
use crate::server::power::Power;
use crate::server::rhythm::Rhythm;
use crate::setup::{Manner, Pace};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tower_lsp::gen_lsp_types::Uri;
use trust_complete::{Outcome, Query, Quiet};
use trust_inference::CancelToken;

/// Bytes before the cursor that say whether a key is likely to follow.
const LINE: usize = 200;

/// A query as a handler asks it.
pub struct Asked {
    pub uri: Uri,
    pub query: Query,
    pub manner: Manner,
}

struct Job {
    asked: Asked,
    /// Not before this: another key may follow at once.
    due: Instant,
    reply: oneshot::Sender<Outcome>,
}

/// What the thread is to do.
enum Next {
    Job(Box<Job>),
    Ahead(CancelToken),
}

#[derive(Default)]
pub struct Completions {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// The running query's document and token.
    running: Option<(Uri, CancelToken)>,
    /// The token of work done ahead.
    ahead: Option<CancelToken>,
    last: Option<(Outcome, Duration)>,
    /// The document that a completion is shown in, which may be typed into: that is answered from memory.
    showing: Option<Uri>,
    rhythm: Rhythm,
    closed: bool,
}

impl Completions {
    /// Queues a query. The outcome comes through the channel; one that was superseded comes at once as
    /// [`Quiet::Cancelled`].
    pub fn ask(&self, asked: Asked) -> oneshot::Receiver<Outcome> {
        let (reply, receiver) = oneshot::channel();
        let mut state = self.lock();
        if let Some(token) = state.ahead.take() {
            token.cancel();
        }
        if let Some((_, token)) = state.running.as_ref().filter(|(uri, _)| *uri == asked.uri) {
            token.cancel();
        }
        let same = |job: &Job| job.asked.uri == asked.uri;
        while let Some(job) =
            state.waiting.iter().position(same).and_then(|index| state.waiting.remove(index))
        {
            // Whoever asked may be gone already.
            let _ = job.reply.send(Outcome::Quiet(Quiet::Cancelled));
        }
        if !state.closed {
            let due = state.due(&asked, Instant::now());
            state.waiting.push_back(Job { asked, due, reply });
            self.changed.notify_one();
        }
        receiver
    }

    /// The pace that the user chose.
    pub fn follow(&self, pace: Pace) {
        self.lock().rhythm.follow(pace);
    }

    /// The newest outcome and what it took.
    pub fn last(&self) -> Option<(Outcome, Duration)> {
        self.lock().last.clone()
    }

    /// Something was asked that is answered without a look.
    pub fn answered(&self, quiet: Quiet) {
        self.lock().last = Some((Outcome::Quiet(quiet), Duration::ZERO));
    }

    /// Ends what is running and waiting.
    pub fn cancel_all(&self) {
        let mut state = self.lock();
        if let Some((_, token)) = &state.running {
            token.cancel();
        }
        if let Some(token) = state.ahead.take() {
            token.cancel();
        }
        state.waiting.clear();
    }

    /// Ends the thread after the query in progress, which is cancelled.
    pub fn close(&self) {
        self.cancel_all();
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The thread's body.
    pub fn serve(&self, assistant: &Arc<Assistant>) {
        let mut answered = None;
        let mut power = Power::default();
        while let Some(next) = self.next(answered.is_some()) {
            let Job { asked, reply, .. } = *match next {
                Next::Job(job) => job,
                Next::Ahead(cancel) => {
                    if let Some((query, manner, outcome)) = answered.take() {
                        self.work_ahead(assistant, Query { cancel, ..query }, manner, &outcome, &mut power);
                    }
                    continue;
                }
            };
            let start = Instant::now();
            let (query, manner) = (asked.query, asked.manner);
            let outcome = if query.cancel.is_cancelled() || start >= query.deadline {
                Outcome::Quiet(Quiet::Cancelled)
            } else {
                catch_unwind(AssertUnwindSafe(|| assistant.complete(query.clone(), manner))).unwrap_or_else(
                    |_| {
                        tracing::error!(uri = %asked.uri, "a completion panicked");
                        Outcome::Quiet(Quiet::Nothing)
                    },
                )
            };
            let mut state = self.lock();
            state.running = None;
            state.showing = matches!(outcome, Outcome::Show(_)).then(|| asked.uri.clone());
            if outcome != Outcome::Quiet(Quiet::Cancelled) {
                state.last = Some((outcome.clone(), start.elapsed()));
            }
            drop(state);
            let _ = reply.send(outcome.clone());
            answered = Some((query, manner, outcome));
        }
    }

    fn work_ahead(
        &self,
        assistant: &Assistant,
        query: Query,
        manner: Manner,
        outcome: &Outcome,
        power: &mut Power,
    ) {
        let start = Instant::now();
        let on_battery = power.on_battery(start);
        if !self.lock().rhythm.may_work_ahead(start, on_battery) {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| assistant.prepare(query, manner, outcome))).is_err() {
            tracing::error!("working ahead panicked");
        }
        self.lock().rhythm.worked_ahead(Instant::now(), start.elapsed());
    }

    /// Waits for the next query. Where one was `answered` and nothing is asked for a while, it is time to work ahead.
    fn next(&self, answered: bool) -> Option<Next> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let now = Instant::now();
            let due = state.waiting.iter().position(|job| job.due <= now);
            if let Some(job) = due.and_then(|index| state.waiting.remove(index)) {
                state.running = Some((job.asked.uri.clone(), job.asked.query.cancel.clone()));
                return Some(Next::Job(Box::new(job)));
            }
            if let Some(due) = state.waiting.iter().map(|job| job.due).min() {
                let wait = due.saturating_duration_since(now);
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if !answered {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let idle = state.rhythm.idle();
            let waited = self.changed.wait_timeout(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.waiting.is_empty() && !state.closed {
                let cancel = CancelToken::new();
                state.ahead = Some(cancel.clone());
                return Some(Next::Ahead(cancel));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// When a query that is asked `now` is to be answered at the earliest.
    fn due(&mut self, asked: &Asked, now: Instant) -> Instant {
        if asked.query.invoked {
            return now;
        }
        self.rhythm.key(now);
        if self.showing.take().is_some_and(|uri| uri == asked.uri) {
            return now;
        }
        let Query { text, offset, .. } = &asked.query;
        let start = text.line_range(text.line_of(*offset)).start;
        // What decides stands right before the cursor; lines can be long.
        let line = text.slice(start.max(offset.saturating_sub(LINE))..*offset);
        now + self.rhythm.delay(&line)
    }
}
