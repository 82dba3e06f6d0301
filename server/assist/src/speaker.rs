//! A model that is asked for answers of a form, by somebody who waits until a moment and no longer.

use serde_json::Value;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use trust_inference::{
    Budget, CancelToken, Completion, Constraint, Event, InferenceError, Message, Model, Priority, Turn,
    TurnRequest,
};

/// How often one looks whether anybody still waits.
const LOOK: Duration = Duration::from_millis(20);
/// How long after the moment a model may take to notice that it is over.
const GRACE: Duration = Duration::from_millis(200);

/// A model, until when it is waited for, and by what it hears that nobody waits any more.
#[derive(Clone, Copy)]
pub struct Speaker<'a> {
    pub model: &'a dyn Model,
    pub deadline: Instant,
    pub priority: Priority,
    pub cancel: &'a CancelToken,
}

impl<'a> Speaker<'a> {
    /// One that somebody waits for.
    pub fn awaited(model: &'a dyn Model, deadline: Instant, cancel: &'a CancelToken) -> Self {
        Self { model, deadline, priority: Priority::Chat, cancel }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.cancel.is_cancelled() || Instant::now() >= self.deadline
    }

    /// Tokens that a question may take.
    pub(crate) fn room(&self) -> usize {
        self.model.card().context_length as usize / 2
    }

    /// The answer, where it came to its end and is what was asked for; `None` too for what the model has no room to read, and
    /// where it is over.
    ///
    /// # Errors
    /// [`InferenceError`]: among others where the model cannot hold the form.
    pub(crate) fn ask(
        &self,
        messages: &[Message],
        form: Value,
        tokens: u32,
    ) -> Result<Option<Value>, InferenceError> {
        let constraint = Some(Constraint::JsonSchema(form));
        let turn = Turn { messages: messages.to_vec(), constraint, ..Turn::default() };
        if self.is_over() || self.model.count_turn(&turn)? > self.room() {
            return Ok(None);
        }
        let tokens = tokens.min(self.model.card().context_length / 4);
        let budget = Budget { tokens, deadline: self.deadline };
        let request = TurnRequest { turn, budget, priority: self.priority, cancel: self.cancel.clone() };
        let events = self.model.converse(request);
        let (mut said, mut whole) = (String::new(), false);
        loop {
            match events.recv_timeout(LOOK) {
                Ok(event) => match event? {
                    Event::Text { text, .. } => said.push_str(&text),
                    Event::Done(finish) => whole = finish.completion == Completion::Natural,
                    _ => {}
                },
                Err(RecvTimeoutError::Disconnected) => break,
                // One that does not notice is left behind: letting go of its answer ends it.
                Err(RecvTimeoutError::Timeout) => {
                    if self.cancel.is_cancelled() || Instant::now() > self.deadline + GRACE {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(serde_json::from_str(&said).ok().filter(|_| whole))
    }
}

/// What was said, in one line.
pub(crate) fn one_line(said: &Value) -> String {
    let words = said.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).collect()
}
