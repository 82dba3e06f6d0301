//! What comes out of a model, and why it stopped.

use crate::{CallError, Completion, ToolCall};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One step of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The prompt was read; generation begins. `cached` of its `prompt` tokens were already in the KV cache.
    Started { prompt: u32, cached: u32 },
    /// More text, never half a character. `logprob` is the natural logarithm of the probability of the tokens
    /// behind it, summed; `tokens` is how many they are.
    Text { text: String, logprob: f32, tokens: u32 },
    /// More of what the model thinks before it answers. Of turns only, as all that follows but the end.
    Reasoning { text: String },
    /// A call begins; `index` counts the calls of the turn.
    CallStarted { index: u32, id: String, name: String },
    /// More of its arguments, as the model spells them: a JSON text, or values in a form of its own.
    CallArguments { index: u32, delta: String },
    /// The call is complete: whole and checked, or what is wrong with it.
    CallEnded { index: u32, call: Box<Result<ToolCall, CallError>> },
    /// The end. Nothing follows.
    Done(Finish),
}

/// How a generation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    pub reason: FinishReason,
    /// Whether the text came to its end.
    pub completion: Completion,
    /// Natural logarithm of the probability of ending there, as far as no text carried it.
    pub logprob: f32,
    /// What else there is to say, where more than one candidate was asked for; the likeliest first.
    pub others: Vec<Candidate>,
    pub usage: Usage,
}

/// Another answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub text: String,
    /// Natural logarithm of its probability, to its end.
    pub logprob: f32,
    /// It ended by itself or before a stop string.
    pub complete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FinishReason {
    /// The model said that the text ends here.
    EndOfText,
    /// A stop string was met; it is not part of the text.
    Stop,
    /// The token budget ran out, or the context is full.
    Budget,
    /// The deadline passed.
    Deadline,
    /// Nobody wants the answer any more.
    Cancelled,
}

/// What a generation cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, and how many of those were read anew.
    pub prompt: u32,
    pub prefilled: u32,
    /// Tokens generated, and how many of those came from the draft.
    pub generated: u32,
    pub drafted: u32,
    /// Of the generated tokens those that the prior had the larger share in.
    pub recalled: u32,
    /// From the start of the work (not of the waiting) to the first text and to the end.
    pub first: Duration,
    pub total: Duration,
    /// Of it, what holding the answer to its form took.
    pub form: Duration,
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum InferenceError {
    #[error("the prompt takes {prompt} tokens, the model's context holds {context}")]
    PromptTooLong { prompt: u32, context: u32 },
    #[error("the model has no token for {0:?}")]
    MissingControl(crate::Control),
    #[error("the model has no token that is spelled {0:?}")]
    MissingToken(String),
    /// Nothing of the text is in the reason, so it may be logged.
    #[error("the answer cannot be held to its form: {0}")]
    Constraint(String),
    #[error("an answer of this form takes {needed} tokens or more, the budget is {budget}")]
    BudgetTooSmall { needed: u32, budget: u32 },
    #[error("this model cannot be talked to: {0}")]
    NoDialect(String),
    #[error("the model failed: {0}")]
    Model(String),
    #[error("the model is not running any more")]
    Gone,
}
