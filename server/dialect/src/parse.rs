//! From the text of an answer to thoughts, text and calls, whatever the pieces are in which it comes.

use crate::call::{Read, Seen, read};
use crate::dialect::Dialect;
use crate::scan::{Eaten, eat, find, held};
use serde_json::Value;
use trust_constraint::{ConstraintError, Validator};
use trust_inference::{CallError, Event, Tool, ToolCall};

/// Where in the answer the parser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Thoughts,
    Text,
    /// Before the mark of a call, the first or a later one.
    Call {
        first: bool,
    },
    /// Nothing of what follows is for anybody.
    After,
}

/// A call that is being read.
#[derive(Default)]
struct Current {
    id: String,
    started: bool,
    /// Bytes of its arguments that were told.
    told: usize,
}

/// Reads one answer.
pub struct Parser<'a> {
    dialect: &'a Dialect,
    tools: Vec<(&'a Tool, Validator)>,
    place: Place,
    /// What was not yet told of, from a mark or a text's beginning on.
    rest: String,
    begun: bool,
    index: u32,
    current: Current,
    /// A call is over when the next one begins, or the answer ends.
    ready: Option<Result<ToolCall, CallError>>,
}

impl<'a> Parser<'a> {
    /// `thinks` says that the prompt has begun the model's thoughts.
    pub fn new(dialect: &'a Dialect, tools: &'a [Tool], thinks: bool) -> Result<Self, ConstraintError> {
        let tools = tools.iter().map(|tool| Ok((tool, Validator::new(&tool.parameters)?)));
        let place = if thinks { Place::Thoughts } else { Place::Start };
        let (rest, current) = Default::default();
        Ok(Self {
            dialect,
            tools: tools.collect::<Result<_, _>>()?,
            place,
            rest,
            begun: false,
            index: 0,
            current,
            ready: None,
        })
    }

    /// More of the answer.
    pub fn push(&mut self, text: &str) -> Vec<Event> {
        self.rest.push_str(text);
        let mut events = Vec::new();
        while self.step(&mut events, false) {}
        events
    }

    /// The answer ends. `whole` says that it is all that the model meant to say: otherwise its last call is not to be run.
    pub fn finish(&mut self, whole: bool) -> Vec<Event> {
        let mut events = Vec::new();
        while self.step(&mut events, true) {}
        if let Place::Call { first } = self.place
            && self.ready.is_none()
            && (self.current.started || (first && !self.rest.trim().is_empty()))
        {
            self.ready = Some(Err(CallError::Truncated));
        }
        if let Some(call) = self.ready.take() {
            let call = if whole { call } else { Err(CallError::Truncated) };
            events.push(Event::CallEnded { index: self.index, call: Box::new(call) });
        }
        events
    }

    /// Takes what can be taken; says whether there may be more.
    fn step(&mut self, events: &mut Vec<Event>, last: bool) -> bool {
        match self.place {
            Place::Start => self.start(last),
            Place::Thoughts => self.thoughts(events, last),
            Place::Text => self.text(events, last),
            Place::Call { first } => self.call(events, first),
            Place::After => {
                self.rest.clear();
                false
            }
        }
    }

    fn start(&mut self, last: bool) -> bool {
        let open = self.dialect.speech.reasoning.as_ref().map(|marks| marks.open.as_str());
        let eaten = open.map_or(Eaten::Not, |open| eat(&self.rest, 0, open));
        match eaten {
            Eaten::To(end) => {
                self.rest.drain(..end);
                self.place = Place::Thoughts;
            }
            Eaten::Open if !last => return false,
            _ => self.place = Place::Text,
        }
        true
    }

    fn thoughts(&mut self, events: &mut Vec<Event>, last: bool) -> bool {
        let close = self.dialect.speech.reasoning.as_ref().map_or("", |marks| marks.close.as_str());
        let found = find(&self.rest, 0, close);
        let told = found.map_or_else(
            || self.rest.len() - if last { 0 } else { held(&self.rest, &[close]) },
            |(at, _)| at,
        );
        let text: String = self.rest.drain(..told).collect();
        let text = if self.begun { text } else { text.trim_start().to_string() };
        if !text.is_empty() {
            self.begun = true;
            events.push(Event::Reasoning { text });
        }
        if found.is_some() {
            self.rest.drain(..close.len());
            (self.place, self.begun) = (Place::Text, false);
        }
        found.is_some()
    }

    fn text(&mut self, events: &mut Vec<Event>, last: bool) -> bool {
        let marks = &self.dialect.speech.text;
        if !self.begun {
            let trimmed = self.rest.trim_start().len();
            self.rest.drain(..self.rest.len() - trimmed);
            if !marks.open.is_empty() {
                match eat(&self.rest, 0, &marks.open) {
                    Eaten::To(end) => drop(self.rest.drain(..end)),
                    Eaten::Open if !last => return false,
                    _ => {}
                }
            }
        }
        let (opener, _) = self.dialect.calls.opening();
        let calls = !self.tools.is_empty();
        if calls && opener.is_empty() && !self.begun && self.rest.starts_with(['{', '[']) {
            self.place = Place::Call { first: true };
            return true;
        }
        let opening = if calls { opener.as_str() } else { "" };
        let marks = [opening, marks.close.as_str()];
        let found = marks
            .iter()
            .filter(|mark| !mark.is_empty())
            .filter_map(|mark| Some((find(&self.rest, 0, mark)?, *mark)));
        // A mark inside of what may become another one is none yet.
        let sure = self.rest.len() - if last { 0 } else { held(&self.rest, &marks) };
        let found = found.min_by_key(|((at, _), _)| *at).filter(|((at, _), _)| last || *at < sure);
        let told = found.map_or(sure, |((at, _), _)| at);
        let text: String = self.rest.drain(..told).collect();
        let text = if found.is_some() { text.trim_end().to_string() } else { text };
        if !text.is_empty() {
            self.begun = true;
            events.push(Event::Text { text, logprob: 0.0, tokens: 0 });
        }
        match found {
            Some((_, mark)) if mark == opening => self.place = Place::Call { first: true },
            Some(_) => self.place = Place::After,
            None => return false,
        }
        true
    }

    fn call(&mut self, events: &mut Vec<Event>, first: bool) -> bool {
        let calls = &self.dialect.calls;
        if !first
            && !calls.section.close.trim().is_empty()
            && matches!(eat(&self.rest, 0, &calls.section.close), Eaten::To(_))
        {
            self.place = Place::After;
            return true;
        }
        let opening = if first { &calls.section.open } else { &calls.separator };
        let opening = format!("{opening}{}", calls.call.open);
        let start = match eat(&self.rest, 0, &opening) {
            Eaten::To(start) if !self.rest[start..].trim().is_empty() || !opening.trim().is_empty() => start,
            Eaten::To(_) | Eaten::Open => return false,
            Eaten::Not => {
                // No call, though it began like one; behind a call it is nothing at all.
                if first {
                    self.ready = Some(Err(CallError::NotJson));
                }
                self.place = Place::After;
                return true;
            }
        };
        let schema = |name: &str| {
            self.tools.iter().find(|(tool, _)| tool.name == name).map(|(tool, _)| &tool.parameters)
        };
        let (read, seen) = read(&self.rest, start, calls, &schema);
        self.tell(&seen, events);
        match read {
            Read::Open => return false,
            Read::Bad => {
                self.ready = Some(Err(CallError::NotJson));
                self.place = Place::After;
            }
            Read::Whole { id, name, arguments, end } => {
                self.ready = Some(self.judged(id, name, arguments));
                self.rest.drain(..end);
                self.place = Place::Call { first: false };
            }
        }
        true
    }

    /// Tells of a call what is new of it.
    fn tell(&mut self, seen: &Seen, events: &mut Vec<Event>) {
        let Some(name) = &seen.name else { return };
        if !self.current.started || self.ready.is_some() {
            if let Some(call) = self.ready.take() {
                events.push(Event::CallEnded { index: self.index, call: Box::new(call) });
                self.index += 1;
            }
            let id = seen.id.clone().unwrap_or_else(|| format!("call_{}", self.index));
            self.current = Current { id: id.clone(), started: true, told: 0 };
            events.push(Event::CallStarted { index: self.index, id, name: name.clone() });
        }
        if seen.arguments.len() > self.current.told {
            let delta = seen.arguments[self.current.told..].to_string();
            self.current.told = seen.arguments.len();
            events.push(Event::CallArguments { index: self.index, delta });
        }
    }

    fn judged(&self, id: Option<String>, name: String, arguments: Value) -> Result<ToolCall, CallError> {
        let (_, validator) =
            self.tools.iter().find(|(tool, _)| tool.name == name).ok_or(CallError::UnknownTool)?;
        if !arguments.is_object() {
            return Err(CallError::NotJson);
        }
        match validator.fault(&arguments) {
            Some(place) => Err(CallError::Schema(place)),
            None => Ok(ToolCall { id: id.unwrap_or_else(|| self.current.id.clone()), name, arguments }),
        }
    }
}
