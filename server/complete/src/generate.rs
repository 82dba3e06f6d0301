//! Stage 3. The model: asked with a draft where the copy predictor has one, read until it stops.

use crate::Query;
use crate::site::{Shape, Site};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use trust_inference::{
    Budget, Candidate, Event, FinishReason, InferenceError, Model, Prior, Priority, Prompt, Request, Usage,
};

/// Tokens of an answer, at most.
pub(crate) fn answer_tokens(shape: Shape) -> u32 {
    match shape {
        Shape::Line => 40,
        Shape::Block => 96,
    }
}

/// Answers looked for where somebody asks.
const CANDIDATES: usize = 4;

/// What the model wrote.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Generated {
    pub(crate) text: String,
    /// Natural logarithm of its probability, to its end.
    pub(crate) logprob: f32,
    /// It ended by itself or at a line break, not for lack of budget or time.
    pub(crate) complete: bool,
    /// Where each of its pieces ends, and the log-probability of the text up to there.
    pub(crate) pieces: Vec<(usize, f32)>,
    /// From the query's start to its first text.
    pub(crate) first: Duration,
    pub(crate) usage: Usage,
    /// What else it might have written.
    pub(crate) others: Vec<Candidate>,
}

impl Generated {
    /// How probable it is that the text is right to its end; 0 where it was cut off.
    pub(crate) fn probability(&self) -> f32 {
        if self.complete { self.logprob.exp() } else { 0.0 }
    }

    /// Puts that text first of all candidates of which probability times `trust` is the largest.
    pub(crate) fn rank(&mut self, trust: impl Fn(&str) -> f32) {
        let probability =
            |one: &Candidate| if one.complete { one.logprob.exp() * trust(&one.text) } else { 0.0 };
        let own = Candidate { text: self.text.clone(), logprob: self.logprob, complete: self.complete };
        let best = self.others.iter().map(probability).zip(0..).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, index)) = best.filter(|(best, _)| *best > probability(&own)) {
            let better: Candidate = std::mem::replace(&mut self.others[index], own);
            (self.text, self.logprob, self.complete) = (better.text, better.logprob, better.complete);
            self.pieces = vec![(self.text.len(), self.logprob)];
        }
    }

    /// The longest beginning of the text that has at least this log-probability, with its own.
    pub(crate) fn sure(&self, logprob: f32) -> (&str, f32) {
        let sure = self.pieces.iter().take_while(|piece| piece.1 >= logprob).last();
        let (end, logprob) = sure.copied().unwrap_or_default();
        (&self.text[..end], logprob)
    }
}

/// Asks `model` to go on from `prompt`. `None` when it was cancelled.
pub(crate) fn generate(
    (model, priority): (&dyn Model, Priority),
    query: &Query,
    prompt: Prompt,
    draft: String,
    prior: Option<Arc<dyn Prior>>,
    site: &Site,
    start: Instant,
) -> Result<Option<Generated>, InferenceError> {
    let stop = match site.shape {
        Shape::Line => "\n",
        Shape::Block => "\n\n",
    };
    let events = model.generate(Request {
        prompt,
        draft,
        prior,
        heal: site.unfinished().len(),
        stop: vec![stop.into()],
        candidates: if query.invoked { CANDIDATES } else { 1 },
        budget: Budget { tokens: answer_tokens(site.shape), deadline: query.deadline },
        priority,
        cancel: query.cancel.clone(),
    });
    let (mut text, mut logprob, mut first) = (String::new(), 0.0, Duration::ZERO);
    let mut pieces = Vec::new();
    loop {
        // The model watches the token itself; this only bounds how long a request waits in its queue.
        let event = match events.recv_timeout(Duration::from_millis(10)) {
            Ok(event) => event?,
            Err(RecvTimeoutError::Timeout) if query.cancel.is_cancelled() => return Ok(None),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Err(InferenceError::Gone),
        };
        match event {
            Event::Started { .. } => {}
            Event::Text { text: more, logprob: more_logprob, .. } => {
                if text.is_empty() {
                    first = start.elapsed();
                }
                text.push_str(&more);
                logprob += more_logprob;
                pieces.push((text.len(), logprob));
            }
            Event::Done(finish) => {
                let complete = matches!(finish.reason, FinishReason::EndOfText | FinishReason::Stop);
                let logprob = logprob + finish.logprob;
                let (usage, others) = (finish.usage, finish.others);
                let generated = Generated { text, logprob, complete, pieces, first, usage, others };
                return Ok((finish.reason != FinishReason::Cancelled).then_some(generated));
            }
        }
    }
}
