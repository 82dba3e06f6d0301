//! A model asked until its answer can be used, or often enough: what is wrong with an answer goes back with it.

use super::ActionError;
use std::time::{Duration, Instant};
use trust_inference::{
    Budget, CancelToken, Completion, Event, FinishReason, Message, Model, Priority, Turn, TurnRequest,
};

/// How often a model is asked again.
const AGAIN: usize = 2;
/// Tokens of one answer, and how long all of them may take.
const TOKENS: usize = 2048;
const PATIENCE: Duration = Duration::from_secs(300);

const SYSTEM: &str = "You edit source code. Answer in the form that is asked for, and with nothing else.";

/// The first answer to `request` that `check` takes, and how often the model was asked; the reason that `check` gives
/// otherwise is for the model.
pub(super) fn until_usable<T>(
    request: String,
    (model, cancel): (&dyn Model, &CancelToken),
    mut check: impl FnMut(&str) -> Result<T, String>,
) -> Result<(T, usize), ActionError> {
    let asked = vec![Message::System(SYSTEM.into()), Message::User(request)];
    let mut messages = asked.clone();
    let deadline = Instant::now() + PATIENCE;
    let mut why = String::new();
    for attempt in 1..=AGAIN + 1 {
        let said = match say(model, &messages, deadline, cancel) {
            // What was said before may not fit any more; the wish does.
            Err(ActionError::TooLong { .. }) if attempt > 1 => say(model, &asked, deadline, cancel)?,
            said => said?,
        };
        let checked =
            if said.whole { check(&said.text) } else { Err("it was cut off before its end".into()) };
        match checked {
            Ok(usable) => return Ok((usable, attempt)),
            Err(_) if cancel.is_cancelled() => return Err(ActionError::Cancelled),
            Err(reason) => why = reason,
        }
        messages.truncate(asked.len());
        messages.push(Message::Assistant { text: said.text, reasoning: String::new(), calls: Vec::new() });
        messages.push(Message::User(format!("That cannot be used: {why}. Answer again, in the same form.")));
    }
    Err(ActionError::Unusable(why))
}

struct Said {
    text: String,
    whole: bool,
}

fn say(
    model: &dyn Model,
    messages: &[Message],
    deadline: Instant,
    cancel: &CancelToken,
) -> Result<Said, ActionError> {
    let turn = Turn { messages: messages.to_vec(), ..Turn::default() };
    let context = model.card().context_length as usize;
    // An answer is about as long as what it replaces.
    let (tokens, room) = (model.count_turn(&turn)?, context / 2);
    if tokens > room {
        return Err(ActionError::TooLong { tokens, room });
    }
    let budget = Budget { tokens: (context - tokens).min(TOKENS) as u32, deadline };
    let request = TurnRequest { turn, budget, priority: Priority::Chat, cancel: cancel.clone() };
    let mut said = Said { text: String::new(), whole: false };
    for event in model.converse(request) {
        match event? {
            Event::Text { text, .. } => said.text.push_str(&text),
            Event::Done(finish) if finish.reason == FinishReason::Cancelled => {
                return Err(ActionError::Cancelled);
            }
            Event::Done(finish) => said.whole = finish.completion == Completion::Natural,
            _ => {}
        }
    }
    Ok(said)
}
