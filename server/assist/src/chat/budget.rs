//! Makes a conversation fit the model's context, counted in the model's own tokens, with its template: first the oldest
//! exchanges become lines, then the oldest lines go, then fewer excerpts are quoted.

use super::{Conversation, Source};
use trust_inference::{InferenceError, Message, Model, Tool, Turn};

/// Tokens kept for an answer: this share of the context, within these bounds.
const ANSWER: usize = 4;
const LEAST: usize = 32;
const MOST: usize = 1024;
/// Lines of one excerpt, and how much of the room excerpts may take, and must find.
const LINES: usize = 60;
const EXCERPTS: usize = 2;
const WANTED: usize = 4;

/// Why a question is not answered. The conversation is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    #[error("there is no question")]
    Empty,
    #[error("the question is too long: it takes {tokens} tokens, the model's context leaves {room}")]
    TooLong { tokens: usize, room: usize },
    #[error("the question is too long: {0} bytes")]
    TooManyBytes(usize),
    #[error(transparent)]
    Model(#[from] InferenceError),
}

/// A turn that fits.
pub(super) struct Fitted {
    pub turn: Turn,
    /// The question as the model reads it.
    pub read: String,
    /// How many of the sources are quoted, from the first.
    pub quoted: usize,
    /// Tokens left for the answer.
    pub answer: usize,
}

pub(super) fn fit(
    conversation: &mut Conversation,
    question: &str,
    sources: &[Source],
    tools: &[Tool],
    model: &dyn Model,
) -> Result<Fitted, ChatError> {
    let context = model.card().context_length as usize;
    let answer = (context / ANSWER).clamp(LEAST, MOST).min(context / 2);
    let room = context - answer;
    let turn = |conversation: &Conversation, read: &str| {
        let mut messages = conversation.messages();
        messages.push(Message::User(read.to_owned()));
        Turn { messages, tools: tools.to_vec(), ..Turn::default() }
    };
    let mut base = model.count_turn(&turn(conversation, question))?;
    let wanted = if sources.is_empty() { 0 } else { room / WANTED };
    if base + wanted > room {
        // Much at once, so that what the model has read stays as it is for long.
        let before = conversation.clone();
        while base + wanted > room / 2 && (conversation.fold() || conversation.drop_half()) {
            base = model.count_turn(&turn(conversation, question))?;
        }
        if base > room {
            *conversation = before;
            return Err(ChatError::TooLong { tokens: base, room });
        }
    }
    let mut left = (room / EXCERPTS).min(room - base);
    let mut excerpts = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let cost = |lines| model.count_tokens(&source.quoted(at + 1, lines)) + 1;
        let mut lines = LINES;
        while lines > 0 && cost(lines) > left {
            lines = if lines > source.text.lines().count() { source.text.lines().count() } else { lines } / 2;
        }
        if lines == 0 {
            break;
        }
        left -= cost(lines);
        excerpts.push(source.quoted(at + 1, lines));
    }
    loop {
        let read = match excerpts.is_empty() {
            true => question.to_owned(),
            false => format!("{}\n{question}", excerpts.concat()),
        };
        let whole = turn(conversation, &read);
        let tokens = model.count_turn(&whole)?;
        if tokens <= room || excerpts.pop().is_none() {
            return Ok(Fitted { turn: whole, read, quoted: excerpts.len(), answer: context - tokens });
        }
    }
}
