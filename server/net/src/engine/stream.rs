//! What an engine streams, as events: text, thoughts, calls, and one end. What ends without one has broken off.

use super::stops::Stops;
use super::{Failure, event, sse, too_long};
use crate::egress::Answer;
use serde_json::Value;
use std::io::{BufReader, Read};
use std::time::Instant;
use trust_inference::{
    CallError, CancelToken, Completion, Constraint, Event, Finish, FinishReason, InferenceError, ToolCall,
    Usage,
};
use trust_wire::{Answering, Generation, Task, is_too_deep};

/// Calls of one turn, and bytes of one call's arguments.
const CALLS: usize = 64;
const ARGUMENTS: usize = 1 << 20;
/// Bytes that are taken of an answer: so many a token that may be written, and so many more.
const BYTES: u64 = 64;
const MORE: u64 = 64 << 10;
/// The least logarithm of a probability that is handed on: what is less can be said by no number, or by none that is read again.
const LEAST: f32 = -1e4;

pub struct Stream<'a> {
    order: &'a Generation,
    tell: &'a dyn Fn(Answering),
    begun: Instant,
    usage: Usage,
    started: bool,
    stops: Stops<'a>,
    calls: Vec<Call>,
    /// Bytes of text, thoughts and arguments that came.
    taken: u64,
    /// All of the text, where a form has to be looked at.
    whole: Option<String>,
    reason: Option<FinishReason>,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl<'a> Stream<'a> {
    pub fn new(order: &'a Generation, tell: &'a dyn Fn(Answering)) -> Self {
        let (stops, whole) = match &order.task {
            Task::Fill(hole) => (hole.stop.as_slice(), None),
            Task::Turn(turn) => ([].as_slice(), turn.constraint.as_ref().map(|_| String::new())),
        };
        let (begun, usage) = (Instant::now(), Usage::default());
        let stops = Stops::new(stops);
        let (calls, taken, reason) = (Vec::new(), 0, None);
        Self { order, tell, begun, usage, started: false, stops, calls, taken, whole, reason }
    }

    /// Reads it to its end. A failure that passes is one before the first event.
    pub(super) fn read(&mut self, answer: Answer, cancel: &CancelToken) -> Result<(), Failure> {
        let host = self.order.endpoint.clone();
        let broken = |stream: &Self, why: String| {
            let told = format!("{host}: {why}");
            match stream.started {
                true => Failure::Lasting(InferenceError::Model(told)),
                false => Failure::Passing(told, None),
            }
        };
        let is_stream =
            answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
        let mut from = BufReader::new(answer);
        let mut ended = false;
        if !is_stream {
            // Some engines answer whole where they cannot stream.
            let mut text = String::new();
            from.take(8 << 20).read_to_string(&mut text).map_err(|error| broken(self, error.to_string()))?;
            let part =
                serde_json::from_str(&text).map_err(|_| broken(self, "its answer is no JSON".into()))?;
            self.part(&part)?;
            return self.end(self.reason.is_some(), &broken);
        }
        while !ended && !self.stops.met() {
            let data = match sse::next(&mut from) {
                Ok(Some(data)) => data,
                // A connection that is ended from here ends like any other.
                Ok(None) | Err(_) if cancel.is_cancelled() => {
                    self.reason = Some(FinishReason::Cancelled);
                    break;
                }
                Ok(None) => break,
                Err(error) => return Err(broken(self, error.to_string())),
            };
            ended = data == "[DONE]";
            if !ended {
                let part =
                    serde_json::from_str(&data).map_err(|_| broken(self, "an event is no JSON".into()))?;
                self.part(&part)?;
                if self.is_spent() {
                    self.reason = Some(FinishReason::Budget);
                    break;
                }
            }
        }
        self.end(ended, &broken)
    }

    /// An engine may hold to no number of tokens, and never end.
    fn is_spent(&self) -> bool {
        self.taken > u64::from(self.order.tokens) * BYTES + MORE
    }

    fn part(&mut self, part: &Value) -> Result<(), Failure> {
        if part["error"].is_object() || part["error"].is_string() {
            let told = format!("{} ended with an error of its own", self.order.endpoint);
            let error = too_long(part).unwrap_or(InferenceError::Model(told));
            return Err(Failure::Lasting(error));
        }
        if !self.started {
            self.started = true;
            self.usage.first = self.begun.elapsed();
            event(self.tell, Event::Started { prompt: 0, cached: 0 });
        }
        self.count(part);
        // The shape of llama.cpp's own streams.
        if let Some(text) = part["content"].as_str() {
            let logprobs = part["completion_probabilities"].as_array();
            let sum = logprobs.map(|all| all.iter().filter_map(|one| one["logprob"].as_f64()).sum());
            self.text(text, sum);
            if part["stop"] == true {
                let limit = part["stop_type"] == "limit" || part["stopped_limit"] == true;
                let word = part["stop_type"] == "word" || part["stopped_word"] == true;
                self.reason = Some(match (limit, word) {
                    (true, _) => FinishReason::Budget,
                    (_, true) => FinishReason::Stop,
                    _ => FinishReason::EndOfText,
                });
            }
            return Ok(());
        }
        let choice = &part["choices"][0];
        if let Some(text) = choice["text"].as_str() {
            let logprobs = choice["logprobs"]["token_logprobs"].as_array();
            self.text(text, logprobs.map(|all| all.iter().filter_map(Value::as_f64).sum()));
        }
        let delta = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        for name in ["reasoning_content", "reasoning"] {
            if let Some(text) = delta[name].as_str().filter(|text| !text.is_empty()) {
                self.taken += text.len() as u64;
                event(self.tell, Event::Reasoning { text: text.into() });
            }
        }
        if let Some(text) = delta["content"].as_str() {
            self.text(text, None);
        }
        for (at, call) in delta["tool_calls"].as_array().into_iter().flatten().enumerate() {
            self.call(at, call);
        }
        self.reason = match choice["finish_reason"].as_str() {
            None => self.reason,
            Some("length") => Some(FinishReason::Budget),
            Some(_) => Some(FinishReason::EndOfText),
        };
        Ok(())
    }

    fn count(&mut self, part: &Value) {
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let usage = &part["usage"];
        if let Some(prompt) = number(&usage["prompt_tokens"]).or_else(|| number(&part["tokens_evaluated"])) {
            let cached = number(&usage["prompt_tokens_details"]["cached_tokens"])
                .or_else(|| number(&part["tokens_cached"]))
                .unwrap_or(0);
            (self.usage.prompt, self.usage.prefilled) = (prompt, prompt.saturating_sub(cached));
        }
        if let Some(generated) =
            number(&usage["completion_tokens"]).or_else(|| number(&part["tokens_predicted"]))
        {
            self.usage.generated = generated;
        }
    }

    fn text(&mut self, text: &str, logprob: Option<f64>) {
        if text.is_empty() || self.stops.met() {
            return;
        }
        self.taken += text.len() as u64;
        let text = self.stops.push(text);
        if let Some(whole) = &mut self.whole {
            whole.push_str(&text);
        }
        if !text.is_empty() {
            let told = logprob.filter(|sum| !sum.is_nan());
            let logprob = told.map_or(UNKNOWN, |sum| (sum as f32).clamp(LEAST, 0.0));
            event(self.tell, Event::Text { text, logprob, tokens: 1 });
        }
    }

    fn call(&mut self, at: usize, part: &Value) {
        let index = part["index"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(at);
        if index > self.calls.len() || index >= CALLS {
            return;
        }
        let (number, tell) = (index as u32, self.tell);
        if index == self.calls.len() {
            let id = part["id"].as_str().map_or_else(|| format!("call_{index}"), str::to_owned);
            let name = part["function"]["name"].as_str().unwrap_or_default().to_owned();
            event(tell, Event::CallStarted { index: number, id: id.clone(), name: name.clone() });
            self.calls.push(Call { id, name, arguments: String::new() });
        }
        let Some(call) = self.calls.get_mut(index) else { return };
        if let Some(delta) = part["function"]["arguments"].as_str().filter(|delta| !delta.is_empty())
            && call.arguments.len() + delta.len() <= ARGUMENTS
        {
            self.taken += delta.len() as u64;
            call.arguments.push_str(delta);
            event(tell, Event::CallArguments { index: number, delta: delta.into() });
        }
    }

    fn end(&mut self, said: bool, broken: &dyn Fn(&Self, String) -> Failure) -> Result<(), Failure> {
        let reason = match (self.stops.met(), self.reason) {
            (true, _) => FinishReason::Stop,
            (_, Some(reason)) => reason,
            (_, None) if said && self.started => FinishReason::EndOfText,
            _ => return Err(broken(self, "the stream broke off".into())),
        };
        let rest = self.stops.flush();
        if !rest.is_empty() {
            event(self.tell, Event::Text { text: rest, logprob: 0.0, tokens: 0 });
        }
        let whole = matches!(reason, FinishReason::EndOfText | FinishReason::Stop);
        let last = self.calls.len().checked_sub(1);
        for (index, call) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            let cut = !whole && Some(index) == last;
            let call = Box::new(self.judged(call, cut));
            event(self.tell, Event::CallEnded { index: index as u32, call });
        }
        self.check_form(whole)?;
        self.usage.total = self.begun.elapsed();
        let completion = if whole { Completion::Natural } else { Completion::Truncated };
        let finish = Finish { reason, completion, logprob: 0.0, others: Vec::new(), usage: self.usage };
        event(self.tell, Event::Done(finish));
        Ok(())
    }

    fn judged(&self, call: Call, cut: bool) -> Result<ToolCall, CallError> {
        let Task::Turn(turn) = &self.order.task else { return Err(CallError::UnknownTool) };
        if cut {
            return Err(CallError::Truncated);
        }
        if !turn.tools.iter().any(|tool| tool.name == call.name) {
            return Err(CallError::UnknownTool);
        }
        let text = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
        let arguments: Value = serde_json::from_str(text).map_err(|_| CallError::NotJson)?;
        if !arguments.is_object() || is_too_deep(&arguments) {
            return Err(CallError::NotJson);
        }
        Ok(ToolCall { id: call.id, name: call.name, arguments })
    }

    /// An engine may take a form and not hold to it: then there is an error, never an answer of another form.
    fn check_form(&self, whole: bool) -> Result<(), Failure> {
        let (Some(text), Task::Turn(turn)) = (&self.whole, &self.order.task) else { return Ok(()) };
        let Some(Constraint::JsonSchema(schema)) = &turn.constraint else { return Ok(()) };
        let failed = |why: &str| Failure::Lasting(InferenceError::Constraint(why.into()));
        if !whole {
            return Err(failed("the engine ended it before its end"));
        }
        let value: Value =
            serde_json::from_str(text).map_err(|_| failed("the engine answered what is no JSON"))?;
        let schema = jsonschema::validator_for(schema).map_err(|_| failed("the schema is none"))?;
        match schema.is_valid(&value) {
            true => Ok(()),
            false => Err(failed("the engine did not hold to the schema")),
        }
    }
}

/// The logarithm that stands for a token whose probability nobody told: three in four, so that a line of them is not believed.
const UNKNOWN: f32 = -0.29;
