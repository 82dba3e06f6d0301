//! A model that says what a test told it to: no weights, no thread of its own.

use crate::{
    Candidate, Completion, Event, Finish, FinishReason, InferenceError, Likelihood, Likely, Model, ModelCard,
    Request, TurnRequest, Usage,
};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Within a reply: what is behind it is told later, after the delay once more.
pub const PAUSE: char = '\u{1f}';

/// Answers every request with `reply`, cut at the request's stop strings, and remembers what it was asked. What form a
/// reply has is the script's affair.
pub struct ScriptedModel {
    card: ModelCard,
    reply: String,
    /// Natural logarithm of the probability claimed for each token.
    logprob: f32,
    /// What else it says where several candidates are asked for.
    others: Vec<Candidate>,
    /// How likely what comes next is behind a text that begins so.
    likely: Vec<(String, f32)>,
    /// How long each answer takes, or each part of it, in steps that watch the request's cancellation.
    delay: Duration,
    requests: Mutex<Vec<Request>>,
    turns: Mutex<Turns>,
    /// What it says before `reply`, one each time.
    replies: Mutex<VecDeque<String>>,
    calls_tools: bool,
}

/// What it was asked in conversations, and what it has yet to answer there.
#[derive(Default)]
struct Turns {
    asked: Vec<TurnRequest>,
    replies: VecDeque<Vec<Event>>,
}

impl ScriptedModel {
    pub fn new(card: ModelCard, reply: impl Into<String>) -> Self {
        Self {
            card,
            reply: reply.into(),
            logprob: -0.01,
            others: Vec::new(),
            likely: Vec::new(),
            delay: Duration::ZERO,
            requests: Mutex::default(),
            turns: Mutex::default(),
            replies: Mutex::default(),
            calls_tools: false,
        }
    }

    pub fn with_logprob(self, logprob: f32) -> Self {
        Self { logprob, ..self }
    }

    /// Each with the natural logarithm of its probability.
    pub fn with_others(self, others: &[(&str, f32)]) -> Self {
        let other = |&(text, logprob): &(&str, f32)| Candidate { text: text.into(), logprob, complete: true };
        Self { others: others.iter().map(other).collect(), ..self }
    }

    /// How likely anything is behind texts that begin so: natural logarithms of probabilities, 0 elsewhere.
    pub fn with_likely(self, likely: &[(&str, f32)]) -> Self {
        Self { likely: likely.iter().map(|(text, logprob)| ((*text).into(), *logprob)).collect(), ..self }
    }

    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Answers the turns of a conversation with these events, one list a turn. [`Event::Done`] is added to each.
    pub fn with_turns(self, replies: impl IntoIterator<Item = Vec<Event>>) -> Self {
        let turns = Turns { asked: Vec::new(), replies: replies.into_iter().collect() };
        Self { turns: Mutex::new(turns), calls_tools: true, ..self }
    }

    /// Continues with these, one each time, before it says the same for good; calls among them are meant.
    pub fn with_replies(self, replies: impl IntoIterator<Item = String>) -> Self {
        Self { replies: Mutex::new(replies.into_iter().collect()), calls_tools: true, ..self }
    }

    /// The turns it was asked for so far.
    pub fn turns(&self) -> Vec<TurnRequest> {
        self.turns.lock().map(|turns| turns.asked.clone()).unwrap_or_default()
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
        // Who only has a prompt read gets no reply.
        let is_asked = request.budget.tokens > 0;
        let next = self.replies.lock().ok().filter(|_| is_asked).and_then(|mut replies| replies.pop_front());
        let (reply, logprob, delay) = (next.unwrap_or_else(|| self.reply.clone()), self.logprob, self.delay);
        let others = if request.candidates > 1 { self.others.clone() } else { Vec::new() };
        std::thread::spawn(move || {
            let wait = || {
                let mut waited = Duration::ZERO;
                while waited < delay && !request.cancel.is_cancelled() {
                    std::thread::sleep(Duration::from_millis(5));
                    waited += Duration::from_millis(5);
                }
            };
            wait();
            let reply = if request.budget.tokens == 0 { String::new() } else { reply };
            let cut = request.stop.iter().filter_map(|stop| reply.find(stop.as_str())).min();
            let _ = sender.send(Ok(Event::Started { prompt: 1, cached: 0 }));
            let (mut generated, mut cancelled) = (0, false);
            for (at, part) in reply[..cut.unwrap_or(reply.len())].split(PAUSE).enumerate() {
                if at > 0 {
                    wait();
                }
                cancelled = request.cancel.is_cancelled();
                if cancelled && at > 0 {
                    break;
                }
                let tokens = part.len().div_ceil(4) as u32;
                generated += tokens;
                let text = Event::Text { text: part.to_owned(), logprob: logprob * tokens as f32, tokens };
                let _ = sender.send(Ok(text));
            }
            let reason = match (cancelled, cut) {
                (true, _) => FinishReason::Cancelled,
                _ if request.budget.tokens == 0 => FinishReason::Budget,
                (false, Some(_)) => FinishReason::Stop,
                (false, None) => FinishReason::EndOfText,
            };
            let completion = match reason {
                FinishReason::EndOfText | FinishReason::Stop => Completion::Natural,
                _ => Completion::Truncated,
            };
            let usage = Usage { generated, ..Usage::default() };
            let finish = Finish { reason, completion, logprob: 0.0, others, usage };
            let _ = sender.send(Ok(Event::Done(finish)));
        });
        receiver
    }

    fn likelihood(&self, request: Likelihood) -> Result<Vec<Likely>, InferenceError> {
        let of = |text: &String| self.likely.iter().find(|(beginning, _)| text.starts_with(beginning));
        let behind = |text| vec![of(text).map_or(0.0, |(_, logprob)| *logprob)];
        let then = |text| if request.then.is_empty() { Vec::new() } else { behind(text) };
        Ok(request.texts.iter().map(|text| Likely { text: vec![0.0], then: then(text) }).collect())
    }

    fn calls_tools(&self) -> bool {
        self.calls_tools
    }

    /// What it says instead is the script's affair.
    fn avoids(&self) -> bool {
        true
    }

    fn converse(&self, request: TurnRequest) -> Receiver<Result<Event, InferenceError>> {
        let (sender, receiver) = channel();
        let reply = self.turns.lock().ok().and_then(|mut turns| {
            turns.asked.push(request.clone());
            turns.replies.pop_front()
        });
        let Some(reply) = reply else {
            let _ = sender.send(Err(InferenceError::NoDialect("the script has no more turns".into())));
            return receiver;
        };
        let done = |reason, completion| {
            Event::Done(Finish {
                reason,
                completion,
                logprob: 0.0,
                others: Vec::new(),
                usage: Usage::default(),
            })
        };
        for event in reply {
            if request.cancel.is_cancelled() {
                let _ = sender.send(Ok(done(FinishReason::Cancelled, Completion::Truncated)));
                return receiver;
            }
            let _ = sender.send(Ok(event));
        }
        let _ = sender.send(Ok(done(FinishReason::EndOfText, Completion::Natural)));
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, CallError, CancelToken, Message, Priority, Prompt, ToolCall, Turn};
    use std::time::Instant;

    #[test]
    fn turns_are_answered_in_order_and_remembered() {
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 64, fim: None };
        let call = ToolCall { id: "call_0".into(), name: "read".into(), arguments: serde_json::json!({}) };
        let replies = [
            vec![Event::CallEnded { index: 0, call: Box::new(Ok(call)) }],
            vec![Event::CallEnded { index: 0, call: Box::new(Err(CallError::NotJson)) }],
        ];
        let model = ScriptedModel::new(card, "").with_turns(replies.clone());
        let request = |text: &str, cancel: CancelToken| TurnRequest {
            turn: Turn { messages: vec![Message::User(text.into())], ..Turn::default() },
            budget: Budget { tokens: 8, deadline: Instant::now() },
            priority: Priority::Chat,
            cancel,
        };
        let answered = |text, cancel| -> Vec<_> { model.converse(request(text, cancel)).iter().collect() };
        let first = answered("one", CancelToken::new());
        assert_eq!(first[0], Ok(replies[0][0].clone()));
        assert!(matches!(first[1], Ok(Event::Done(Finish { reason: FinishReason::EndOfText, .. }))));
        let cancel = CancelToken::new();
        cancel.cancel();
        let second = answered("two", cancel);
        assert!(matches!(second[..], [Ok(Event::Done(Finish { reason: FinishReason::Cancelled, .. }))]));
        assert!(matches!(answered("three", CancelToken::new())[..], [Err(InferenceError::NoDialect(_))]));
        let asked: Vec<_> = model.turns().into_iter().map(|request| request.turn.messages).collect();
        assert_eq!(asked, ["one", "two", "three"].map(|text| vec![Message::User(text.into())]));
    }

    #[test]
    fn parts_are_told_one_after_another_for_as_long_as_somebody_listens() {
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 64, fim: None };
        let model = ScriptedModel::new(card, format!("one {PAUSE}two {PAUSE}three"))
            .with_delay(Duration::from_millis(20));
        let asked = |stop: &[&str]| {
            let budget = Budget { tokens: 8, deadline: Instant::now() };
            let stop = stop.iter().map(|stop| (*stop).to_owned()).collect();
            Request { stop, ..Request::new(Prompt::default(), budget, Priority::Chat) }
        };
        let told = |request: Request, heard: usize| {
            let (cancel, mut texts, mut reason) = (request.cancel.clone(), Vec::new(), None);
            for event in model.generate(request) {
                match event {
                    Ok(Event::Text { text, .. }) => texts.push(text),
                    Ok(Event::Done(finish)) => reason = Some(finish.reason),
                    _ => {}
                }
                if texts.len() == heard {
                    cancel.cancel();
                }
            }
            (texts.join("|"), reason)
        };
        assert_eq!(told(asked(&[]), 9), ("one |two |three".into(), Some(FinishReason::EndOfText)));
        assert_eq!(told(asked(&["three"]), 9), ("one |two |".into(), Some(FinishReason::Stop)));
        assert_eq!(told(asked(&[]), 1), ("one ".into(), Some(FinishReason::Cancelled)));
    }
}
