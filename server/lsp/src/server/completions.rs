//! The completion thread and the queue before it: one waiting and one running query a document. A newer
//! query on the same document supersedes both; that is how bursts of typing stay cheap.

use crate::assistant::Assistant;
use crate::setup::Manner;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tower_lsp::gen_lsp_types::Uri;
use trust_complete::{Outcome, Query, Quiet};
use trust_inference::CancelToken;

/// How long nobody asks anything before the next questions are foreseen: longer than from key to key.
const IDLE: Duration = Duration::from_millis(120);

/// A query as a handler asks it.
pub struct Asked {
    pub uri: Uri,
    pub query: Query,
    pub manner: Manner,
}

struct Job {
    asked: Asked,
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
    last: Option<(Outcome, std::time::Duration)>,
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
            state.waiting.push_back(Job { asked, reply });
            self.changed.notify_one();
        }
        receiver
    }

    /// The newest outcome and what it took.
    pub fn last(&self) -> Option<(Outcome, std::time::Duration)> {
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
        while let Some(next) = self.next(answered.is_some()) {
            let Job { asked, reply } = *match next {
                Next::Job(job) => job,
                Next::Ahead(cancel) => {
                    if let Some((query, manner, outcome)) = answered.take() {
                        let query = Query { cancel, ..query };
                        let work = AssertUnwindSafe(|| assistant.prepare(query, manner, &outcome));
                        if catch_unwind(work).is_err() {
                            tracing::error!("working ahead panicked");
                        }
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
            if outcome != Outcome::Quiet(Quiet::Cancelled) {
                state.last = Some((outcome.clone(), start.elapsed()));
            }
            drop(state);
            let _ = reply.send(outcome.clone());
            answered = Some((query, manner, outcome));
        }
    }

    /// Waits for the next query. Where one was `answered` and nothing is asked for a while, it is time to work ahead.
    fn next(&self, answered: bool) -> Option<Next> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                state.running = Some((job.asked.uri.clone(), job.asked.query.cancel.clone()));
                return Some(Next::Job(Box::new(job)));
            }
            if !answered {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.changed.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
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
