//! The queue in front of the engine's thread: highest priority first, then oldest.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use trust_inference::{CancelToken, Event, InferenceError, Likelihood, Likely, Priority, Request};

pub(crate) enum Job {
    Generate { request: Box<Request>, reply: Sender<Result<Event, InferenceError>> },
    Score { tokens: Vec<i32>, reply: Sender<Result<f64, InferenceError>> },
    Likelihood { request: Box<Likelihood>, reply: Sender<Result<Vec<Likely>, InferenceError>> },
}

impl Job {
    fn priority(&self) -> Priority {
        match self {
            Self::Generate { request, .. } => request.priority,
            Self::Score { .. } => Priority::Background,
            Self::Likelihood { request, .. } => request.priority,
        }
    }
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Of the answer that was worked on last: raised at the end, and when something comes that it ends for.
    running: Option<(Priority, CancelToken)>,
    /// What was read is to be forgotten, before anything else and also at the end.
    forget: bool,
    closed: bool,
}

impl State {
    fn next(&mut self, above: Option<Priority>) -> Option<Job> {
        // The first of the highest priority: `max_by_key` would take the last.
        let highest = self.jobs.iter().map(Job::priority).filter(|one| Some(*one) > above).max()?;
        let next = self.jobs.iter().position(|job| job.priority() == highest)?;
        self.jobs.remove(next)
    }
}

/// Whether what runs with `priority` ends for `job`; what does not run in the background is gone on with behind it.
fn ends_for(priority: Priority, job: &Job) -> bool {
    priority == Priority::Background && job.priority() > priority
}

impl Queue {
    /// Adds a job; after [`Queue::close`] it is dropped, which closes its reply channel.
    pub(crate) fn push(&self, job: Job) {
        let mut state = self.lock();
        if !state.closed {
            let ends = |running: &mut (Priority, CancelToken)| ends_for(running.0, &job);
            if let Some((_, unwanted)) = state.running.take_if(ends) {
                unwanted.cancel();
            }
            state.jobs.push_back(job);
            self.changed.notify_one();
        }
    }

    /// An answer is worked on from now on: `unwanted` is raised at the end and, where it is one in the background, as soon as
    /// something more urgent waits. Who asks for anything else waits for it, and holds the engine meanwhile.
    pub(crate) fn runs(&self, priority: Priority, unwanted: &CancelToken) {
        let mut state = self.lock();
        if state.closed || state.jobs.iter().any(|job| ends_for(priority, job)) {
            unwanted.cancel();
        }
        state.running = Some((priority, unwanted.clone()));
    }

    /// Waits for the next job; `None` once the queue is closed.
    pub(crate) fn pop(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.next(None) {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job that is more urgent than `priority`, if one waits.
    pub(crate) fn pop_above(&self, priority: Priority) -> Option<Job> {
        self.lock().next(Some(priority))
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if let Some((_, unwanted)) = state.running.take() {
            unwanted.cancel();
        }
        for job in state.jobs.drain(..) {
            if let Job::Generate { request, .. } = job {
                request.cancel.cancel();
            }
        }
        self.changed.notify_all();
    }

    pub(crate) fn forget(&self) {
        self.lock().forget = true;
    }

    /// Whether it is time to forget; once each time.
    pub(crate) fn is_to_forget(&self) -> bool {
        std::mem::take(&mut self.lock().forget)
    }

    /// Whether something waits that is more urgent than `priority`.
    pub(crate) fn has_above(&self, priority: Priority) -> bool {
        self.lock().jobs.iter().any(|job| job.priority() > priority)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Instant;
    use trust_inference::{Budget, Prompt};

    fn ask(queue: &Queue, priority: Priority) {
        let request =
            Request::new(Prompt::default(), Budget { tokens: 1, deadline: Instant::now() }, priority);
        queue.push(Job::Generate { request: Box::new(request), reply: channel().0 });
    }

    fn runs(queue: &Queue, priority: Priority, cancel: &CancelToken) -> CancelToken {
        let running = cancel.child();
        queue.runs(priority, &running);
        running
    }

    #[test]
    fn what_runs_in_the_background_hears_at_once_of_what_is_more_urgent() {
        let queue = Queue::default();
        let cancel = CancelToken::new();
        let running = runs(&queue, Priority::Background, &cancel);
        ask(&queue, Priority::Background);
        assert!(!running.is_cancelled());
        ask(&queue, Priority::Typing);
        assert!(running.is_cancelled() && !cancel.is_cancelled());
        // What waits already is more urgent than what begins.
        assert!(runs(&queue, Priority::Background, &cancel).is_cancelled());
        assert_eq!(queue.pop().map(|job| job.priority()), Some(Priority::Typing));
        let running = runs(&queue, Priority::Background, &cancel);
        assert!(!running.is_cancelled());
        cancel.cancel();
        assert!(running.is_cancelled());
    }

    #[test]
    fn whatever_runs_hears_of_the_end_and_what_is_gone_on_with_of_nothing_else() {
        for priority in [Priority::Background, Priority::Chat, Priority::Typing] {
            let (queue, cancel) = (Queue::default(), CancelToken::new());
            let running = runs(&queue, priority, &cancel);
            ask(&queue, Priority::Background);
            assert!(!running.is_cancelled(), "{priority:?}");
            if priority != Priority::Background {
                ask(&queue, Priority::Typing);
                assert!(!running.is_cancelled(), "{priority:?}");
            }
            queue.close();
            assert!(running.is_cancelled() && !cancel.is_cancelled(), "{priority:?}");
            // What is gone on with only then is not begun.
            assert!(runs(&queue, priority, &cancel).is_cancelled(), "{priority:?}");
        }
    }
}
