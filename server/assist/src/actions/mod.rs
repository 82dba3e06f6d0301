//! Edits of one symbol that a model makes. What it answers is put into a copy of the text, indented as what it replaces, and
//! parsed; what adds a syntax error, loses the symbol or changes nothing goes back to the model with the reason, twice at
//! most. Nothing here changes a file.

mod comment;
mod reply;
mod target;

pub use target::{Target, target};

use reply::check;
use std::ops::Range;
use std::time::{Duration, Instant};
use trust_index::Language;
use trust_inference::{
    Budget, CancelToken, Completion, Event, FinishReason, InferenceError, Message, Model, Priority, Turn,
    TurnRequest,
};
use trust_redact::masked;

/// How often a model is asked again.
const AGAIN: usize = 2;
/// Tokens of one answer, and how long all of them may take.
const TOKENS: usize = 2048;
const PATIENCE: Duration = Duration::from_secs(300);

/// What is to be done with a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Say in a comment of its language what it is for.
    Document,
    Simplify,
    /// Do what somebody says.
    Rewrite(String),
    /// Mend what a checker says of it.
    Fix(String),
}

/// A text, whole, and the symbol in it that is wished something of.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// From its root; for the model.
    pub path: &'a str,
    pub language: Language,
    pub text: &'a str,
    pub target: &'a Target,
}

/// What to replace, in bytes of the text, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
    /// How often the model was asked.
    pub attempts: usize,
}

/// Why there is no edit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    #[error("a secret stands there, which no model is shown; it would be lost")]
    Secret,
    #[error("the symbol is too long for the model: {tokens} tokens, its context leaves {room}")]
    TooLong { tokens: usize, room: usize },
    #[error("cancelled")]
    Cancelled,
    #[error("the model's answers could not be used; of the last: {0}")]
    Unusable(String),
    #[error(transparent)]
    Model(#[from] InferenceError),
}

/// Has `model` make the edit. Blocks; `cancel` ends it at any token.
///
/// # Errors
/// [`ActionError`].
pub fn make(
    wish: &Wish,
    site: &Site<'_>,
    model: &dyn Model,
    cancel: &CancelToken,
) -> Result<Edit, ActionError> {
    let source = site.text.get(site.target.item.clone()).unwrap_or_default();
    if masked(source.to_owned()) != source {
        return Err(ActionError::Secret);
    }
    let asked = vec![Message::System(SYSTEM.into()), Message::User(request(wish, site, source))];
    let mut messages = asked.clone();
    let deadline = Instant::now() + PATIENCE;
    let mut why = String::new();
    for attempt in 1..=AGAIN + 1 {
        let said = match say(model, &messages, deadline, cancel) {
            // What was said before may not fit any more; the wish does.
            Err(ActionError::TooLong { .. }) if attempt > 1 => say(model, &asked, deadline, cancel)?,
            said => said?,
        };
        let checked = if said.whole {
            check(wish, site, &said.text, &|| cancel.is_cancelled())
        } else {
            Err("it was cut off before its end".into())
        };
        match checked {
            Ok((range, text)) => return Ok(Edit { range, text, attempts: attempt }),
            Err(_) if cancel.is_cancelled() => return Err(ActionError::Cancelled),
            Err(reason) => why = reason,
        }
        messages.truncate(asked.len());
        messages.push(Message::Assistant { text: said.text, reasoning: String::new(), calls: Vec::new() });
        messages.push(Message::User(format!("That cannot be used: {why}. Answer again, in the same form.")));
    }
    Err(ActionError::Unusable(why))
}

const SYSTEM: &str = "You edit source code. Answer in the form that is asked for, and with nothing else.";

fn request(wish: &Wish, site: &Site<'_>, source: &str) -> String {
    let Site { path, target, .. } = site;
    let (kind, name) = (target.kind, &target.name);
    let quoted = format!("The {kind} `{name}` in {path}:\n```\n{source}\n```\n");
    let code = "Answer with the whole of it, changed, between ``` and ```.";
    let wished = match wish {
        Wish::Document => {
            "Say in one to three sentences what it is for, as its documentation. Answer with the sentences alone.".into()
        }
        Wish::Simplify => format!("Write it more simply, so that it does the same. {code}"),
        Wish::Rewrite(instruction) => format!("{}\n{code}", masked(instruction.trim().to_owned())),
        Wish::Fix(message) => {
            format!("A checker says of it: {}\nMend that, and change nothing else. {code}", masked(message.clone()))
        }
    };
    quoted + &wished
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
