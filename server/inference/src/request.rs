//! What is asked of a model.

use crate::{CancelToken, Constraint, Prior, Prompt};
use std::sync::Arc;
use std::time::Instant;

/// Typing comes before conversation, and that before what nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Background,
    Chat,
    Typing,
}

/// The most that an answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Tokens to generate.
    pub tokens: u32,
    /// When to stop, with what there is by then.
    pub deadline: Instant,
}

/// One generation. Greedy: each token is the most probable one, of the model and the prior together.
#[derive(Debug, Clone)]
pub struct Request {
    pub prompt: Prompt,
    /// A guess at the answer. Where the model agrees it is verified many tokens at a time; the answer is the
    /// same with and without it. Empty for none.
    pub draft: String,
    /// What is known besides the model of what comes next.
    pub prior: Option<Arc<dyn Prior>>,
    /// Bytes at the end of the prompt's text that may be a part of a token: a half-typed word. They are taken
    /// back and predicted again, constrained to what was typed, which is no part of the answer. (Known as token
    /// healing, after Lundberg's `guidance`.) 0 for none; without effect where the prompt does not end in text.
    pub heal: usize,
    /// The form that the answer must have. Where there is one, `draft`, `prior` and `heal` are without effect, and an
    /// answer that its budget would cut off is closed in time.
    pub constraint: Option<Constraint>,
    /// Spellings of control tokens that are a part of the answer. Any other control token ends it.
    pub visible: Vec<String>,
    /// The text ends before the first of these.
    pub stop: Vec<String>,
    /// What the answer says first is none of these, white space aside; heeded by models that [say so](crate::Model::avoids).
    pub avoid: Vec<String>,
    /// Answers to look for; beyond the first they cost more calls, and an engine may find fewer.
    pub candidates: usize,
    /// Whether what it reads and says may be kept on disk, for the next run to go on from. Conversations may not.
    pub keep: bool,
    pub budget: Budget,
    pub priority: Priority,
    pub cancel: CancelToken,
}

impl Request {
    /// One that asks for a single answer of any form, to its end.
    pub fn new(prompt: Prompt, budget: Budget, priority: Priority) -> Self {
        Self {
            prompt,
            draft: String::new(),
            prior: None,
            heal: 0,
            constraint: None,
            visible: Vec::new(),
            stop: Vec::new(),
            avoid: Vec::new(),
            candidates: 1,
            keep: priority != Priority::Chat,
            budget,
            priority,
            cancel: CancelToken::new(),
        }
    }
}

/// How likely each of several texts is behind a prompt, and another behind each of them: read forwards, as a model reads
/// that fills no hole.
#[derive(Debug, Clone)]
pub struct Likelihood {
    pub prompt: Prompt,
    /// What the prompt may go on with.
    pub texts: Vec<String>,
    /// What comes behind each of them; may be empty.
    pub then: String,
    pub deadline: Instant,
    pub priority: Priority,
    pub cancel: CancelToken,
}

/// How probable the tokens of a text are, and those of what comes behind it, each behind those before it, as natural
/// logarithms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Likely {
    pub text: Vec<f32>,
    pub then: Vec<f32>,
}
