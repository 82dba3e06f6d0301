//! The completion thread and the queue before it: one waiting and one running query a document. A newer
//! query on the same document supersedes both, and takes over what the model is writing where the document was only
//! typed on. A query may wait a moment for the key that follows at once, and while nobody types there is time to work
//! ahead (`rhythm.rs`).

mod running;
mod thread;

use crate::server::rhythm::Rhythm;
use crate::setup::{Manner, Pace};
use running::Running;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tower_lsp::gen_lsp_types::Uri;
use trust_complete::{Outcome, Query, Quiet};
use trust_inference::CancelToken;
use trust_text::Text;

/// Bytes before the cursor that say whether a key is likely to follow.
const LINE: usize = 200;

/// A query as a handler asks it.
pub struct Asked {
    pub uri: Uri,
    pub query: Query,
    pub manner: Manner,
}

struct Job {
    id: u64,
    asked: Asked,
    /// Not before this: another key may follow at once.
    due: Instant,
    reply: oneshot::Sender<Outcome>,
}

#[derive(Default)]
pub struct Completions {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    running: Option<Running>,
    last_id: u64,
    /// Where somebody looks, and may type soon.
    looked_at: Option<Asked>,
    /// Where something was asked last.
    place: Option<(Uri, usize)>,
    /// The token of work done ahead.
    ahead: Option<CancelToken>,
    last: Option<(Outcome, Duration)>,
    /// The document that a completion is shown in, which may be typed into: that is answered from memory.
    showing: Option<Uri>,
    rhythm: Rhythm,
    closed: bool,
}

/// A request for a query. Dropping it cancels that, but for what a newer one is likely to go on with.
pub struct Waiting {
    completions: Arc<Completions>,
    id: u64,
    outcome: oneshot::Receiver<Outcome>,
}

impl Waiting {
    pub async fn outcome(&mut self) -> Outcome {
        (&mut self.outcome).await.unwrap_or(Outcome::Quiet(Quiet::Cancelled))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.completions.leave(self.id);
    }
}

impl Completions {
    /// Queues a query. One that was superseded while it waited has its outcome at once: [`Quiet::Cancelled`].
    pub fn ask(self: &Arc<Self>, mut asked: Asked) -> Waiting {
        let (reply, outcome) = oneshot::channel();
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        state.looked_at = None;
        state.place = Some((asked.uri.clone(), asked.query.offset));
        if let Some(token) = state.ahead.take() {
            token.cancel();
        }
        let takes_over = state.running.as_mut().is_some_and(|running| running.is_taken_over(id, &mut asked));
        let same = |job: &Job| job.asked.uri == asked.uri;
        while let Some(job) =
            state.waiting.iter().position(same).and_then(|index| state.waiting.remove(index))
        {
            // Whoever asked may be gone already.
            let _ = job.reply.send(Outcome::Quiet(Quiet::Cancelled));
        }
        if !state.closed {
            let now = Instant::now();
            let due = state.due(&asked, now);
            state.waiting.push_back(Job { id, asked, due: if takes_over { now } else { due }, reply });
            self.changed.notify_one();
        }
        Waiting { completions: self.clone(), id, outcome }
    }

    /// Somebody rests at a place, which the model may read while nobody asks anything. The place of the last query was read.
    pub fn looked_at(&self, asked: Asked) {
        let mut state = self.lock();
        let is_known =
            state.place.as_ref().is_some_and(|(uri, at)| (uri, *at) == (&asked.uri, asked.query.offset));
        if !is_known && !state.closed {
            state.looked_at = Some(asked);
            self.changed.notify_one();
        }
    }

    /// A document was edited, to `text`.
    pub fn edited(&self, uri: &Uri, text: &Text) {
        let mut state = self.lock();
        state.looked_at.take_if(|asked| asked.uri == *uri);
        if let Some(running) = state.running.as_mut().filter(|running| running.uri == *uri) {
            running.edited(text);
        }
    }

    /// Nobody waits for this query any more.
    fn leave(&self, id: u64) {
        let mut state = self.lock();
        if let Some(index) = state.waiting.iter().position(|job| job.id == id) {
            // It is dropped together with the channel that nobody listens to.
            let _ = state.waiting.remove(index);
        }
        if let Some(running) = &mut state.running {
            running.leave(id);
        }
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
        if let Some(running) = &state.running {
            running.query.cancel.cancel();
        }
        if let Some(token) = state.ahead.take() {
            token.cancel();
        }
        state.waiting.clear();
        state.looked_at = None;
    }

    /// Ends the thread after the query in progress, which is cancelled.
    pub fn close(&self) {
        self.cancel_all();
        self.lock().closed = true;
        self.changed.notify_all();
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

#[cfg(test)]
mod tests {
    use super::*;
    use running::tests::job;

    #[test]
    fn a_pace_is_followed_from_the_next_query_on() {
        let completions = Completions::default();
        let pace = |delay| Pace { delay, ..Pace::default() };
        let start = Instant::now();
        // What is followed from some key on, keys 30 ms apart, and how long the query of the last one waits.
        for (followed, expected) in
            [(None, 45), (Some(pace(10)), 10), (Some(pace(0)), 0), (Some(pace(1_000)), 45)]
        {
            if let Some(pace) = followed {
                completions.follow(pace);
            }
            let mut state = completions.lock();
            let keys = (0..9).map(|key| start + Duration::from_millis(30) * key);
            let waits = keys.map(|now| state.due(&job(1, "let|").asked, now) - now);
            assert_eq!(waits.last().map(|wait| wait.as_millis()), Some(expected), "{followed:?}");
            state.rhythm = Rhythm::default();
        }
    }
}
