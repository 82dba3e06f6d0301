//! What the model is writing. A newer query that only has more typed than the one it was begun for takes it over: as
//! long as what was typed is what is being written, nothing has to be read or written again.

use crate::Query;
use crate::generate::{CANDIDATES, Generated, answer_tokens, stop};
use crate::site::{Shape, Site, unix_lines};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use trust_inference::{
    Budget, CancelToken, Event, FinishReason, InferenceError, Model, Prior, Priority, Prompt, Request,
};

/// How often one looks whether the answer is still wanted. The model watches that itself; this bounds how long a query
/// waits in its queue, and how long a newer one waits for this one to give way.
const LOOK: Duration = Duration::from_millis(3);

/// An answer in the making. Dropping it ends it.
pub(crate) struct Flight {
    query: Query,
    priority: Priority,
    events: Receiver<Result<Event, InferenceError>>,
    cancel: CancelToken,
    generated: Generated,
    end: Option<FinishReason>,
}

/// How the reading of one ended.
pub(crate) enum Read {
    /// What is left of the answer behind what was typed.
    Answer(Generated),
    /// What was typed is not what the model wrote, or it came to no end.
    Parted,
    /// A newer query may go on with it.
    Superseded,
    /// Nobody waits any more.
    GivenUp,
}

impl Flight {
    /// Asks `model` to go on from `prompt`, with a guess at the answer and with what that may not begin with.
    pub(crate) fn begin(
        (model, priority): (&dyn Model, Priority),
        query: &Query,
        prompt: Prompt,
        (draft, avoid): (String, Vec<String>),
        prior: Option<Arc<dyn Prior>>,
        site: &Site,
    ) -> Self {
        let cancel = query.cancel.child();
        let events = model.generate(Request {
            prompt,
            draft,
            prior,
            heal: site.unfinished().len(),
            constraint: None,
            visible: Vec::new(),
            stop: vec![stop(site.shape).into()],
            avoid,
            candidates: if query.invoked { CANDIDATES } else { 1 },
            keep: true,
            budget: Budget { tokens: answer_tokens(site.shape), deadline: query.deadline },
            priority,
            cancel: cancel.clone(),
        });
        let generated = Generated::default();
        Self { query: query.clone(), priority, events, cancel, generated, end: None }
    }

    /// Tokens of the prompt that were read anew because somebody typed, as far as that is known.
    pub(crate) fn prefilled(&self) -> u32 {
        if self.priority == Priority::Typing { self.generated.usage.prefilled } else { 0 }
    }

    /// Whether `query` may take it over.
    pub(crate) fn is_for(&self, query: &Query) -> bool {
        query.goes_on_from(&self.query)
    }

    /// Reads until the answer to `query` is there, which began at `start` and is to have the shape `shape`.
    pub(crate) fn read(
        &mut self,
        query: &Query,
        shape: Shape,
        start: Instant,
    ) -> Result<Read, InferenceError> {
        let typed = unix_lines(query.text.slice(self.query.offset..query.offset));
        let mut first = None;
        loop {
            if query.cancel.is_cancelled() {
                return Ok(Read::GivenUp);
            }
            if query.superseded.is_cancelled() {
                return Ok(Read::Superseded);
            }
            let text = &self.generated.text;
            if !text.starts_with(&typed) && (self.end.is_some() || !typed.starts_with(text)) {
                return Ok(Read::Parted);
            }
            if text.len() > typed.len() {
                first.get_or_insert_with(|| start.elapsed());
            }
            match self.end {
                None => {}
                // The time that it had was that of the older query.
                Some(FinishReason::Deadline) if Instant::now() < query.deadline => return Ok(Read::Parted),
                Some(FinishReason::Cancelled) => return Ok(Read::Parted),
                Some(_) => {
                    let rest = self.generated.rest(typed.len());
                    let rest = if shape == Shape::Line { rest.first_line() } else { rest };
                    return Ok(Read::Answer(Generated { first: first.unwrap_or_default(), ..rest }));
                }
            }
            self.next()?;
        }
    }

    /// Takes in what comes next, if anything does soon.
    fn next(&mut self) -> Result<(), InferenceError> {
        let event = match self.events.recv_timeout(LOOK) {
            Ok(event) => event?,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err(InferenceError::Gone),
        };
        let generated = &mut self.generated;
        match event {
            Event::Text { text, logprob, .. } => {
                generated.text.push_str(&text);
                generated.logprob += logprob;
                generated.pieces.push((generated.text.len(), generated.logprob));
            }
            Event::Done(finish) => {
                generated.complete = matches!(finish.reason, FinishReason::EndOfText | FinishReason::Stop);
                generated.logprob += finish.logprob;
                generated.usage = finish.usage;
                generated.others = finish.others;
                self.end = Some(finish.reason);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
