//! A model that says what a test told it to: no weights, no thread of its own.

use crate::{Candidate, Event, Finish, FinishReason, InferenceError, Model, ModelCard, Request, Usage};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Answers every request with `reply`, cut at the request's stop strings, and remembers what it was asked.
pub struct ScriptedModel {
    card: ModelCard,
    reply: String,
    /// Natural logarithm of the probability claimed for each token.
    logprob: f32,
    /// What else it says where several candidates are asked for.
    others: Vec<Candidate>,
    /// How long each answer takes, in steps that watch the request's cancellation.
    delay: Duration,
    requests: Mutex<Vec<Request>>,
}

impl ScriptedModel {
    pub fn new(card: ModelCard, reply: impl Into<String>) -> Self {
        let requests = Mutex::new(Vec::new());
        let others = Vec::new();
        Self { card, reply: reply.into(), logprob: -0.01, others, delay: Duration::ZERO, requests }
    }

    pub fn with_logprob(self, logprob: f32) -> Self {
        Self { logprob, ..self }
    }

    /// Each with the natural logarithm of its probability.
    pub fn with_others(self, others: &[(&str, f32)]) -> Self {
        let other = |&(text, logprob): &(&str, f32)| Candidate { text: text.into(), logprob, complete: true };
        Self { others: others.iter().map(other).collect(), ..self }
    }

    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().map(|requests| requests.clone()).unwrap_or_default()
    }
}

impl Model for ScriptedModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }

    fn generate(&self, request: Request) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        if let Ok(mut requests) = self.requests.lock() {
            requests.push(request.clone());
        }
        let (reply, logprob, delay) = (self.reply.clone(), self.logprob, self.delay);
        let others = if request.candidates > 1 { self.others.clone() } else { Vec::new() };
        std::thread::spawn(move || {
            let mut waited = Duration::ZERO;
            while waited < delay && !request.cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(5));
                waited += Duration::from_millis(5);
            }
            let reply = if request.budget.tokens == 0 { String::new() } else { reply };
            let cut = request.stop.iter().filter_map(|stop| reply.find(stop.as_str())).min();
            let text = reply[..cut.unwrap_or(reply.len())].to_string();
            let tokens = text.len().div_ceil(4) as u32;
            let reason = match (request.cancel.is_cancelled(), cut) {
                (true, _) => FinishReason::Cancelled,
                _ if request.budget.tokens == 0 => FinishReason::Budget,
                (false, Some(_)) => FinishReason::Stop,
                (false, None) => FinishReason::EndOfText,
            };
            let usage = Usage { generated: tokens, ..Usage::default() };
            let events = [
                Event::Started { prompt: 1, cached: 0 },
                Event::Text { text, logprob: logprob * tokens as f32, tokens },
                Event::Done(Finish { reason, logprob: 0.0, others, usage }),
            ];
            events.into_iter().try_for_each(|event| sender.send(Ok(event)))
        });
        receiver
    }
}
