//! One turn of a conversation: what was said, which tools may be called, and what of it a model answers.
//!
//! *Invariant:* all texts here come from people, files and tools. None of them can become a control token.

use crate::{Budget, CancelToken, Constraint, Priority};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Message {
    System(String),
    User(String),
    Assistant {
        text: String,
        /// What it thought before; templates drop it from older turns.
        reasoning: String,
        calls: Vec<ToolCall>,
    },
    /// What a tool said.
    ToolResult {
        /// [`ToolCall::id`] of the call that it answers, and the name of its tool.
        call: String,
        name: String,
        text: String,
    },
}

impl Message {
    /// What it says, without thoughts and calls.
    pub fn text(&self) -> &str {
        match self {
            Self::System(text)
            | Self::User(text)
            | Self::Assistant { text, .. }
            | Self::ToolResult { text, .. } => text,
        }
    }
}

/// A call that a model made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The model's own, or `call_0`, `call_1` where it gives none.
    pub id: String,
    pub name: String,
    /// A JSON object.
    pub arguments: Value,
}

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    pub description: String,
    /// The schema of its arguments: an object's.
    pub parameters: Value,
}

/// Whether tools are to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// At least one call.
    Required,
    /// Text only.
    None,
}

/// What a model reads before its turn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Turn {
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub choice: ToolChoice,
    /// Whether it may think first, where it can.
    pub reasoning: bool,
    /// The form of the text. Not together with tools: the one would forbid the other.
    pub constraint: Option<Constraint>,
}

/// One turn to be generated.
#[derive(Debug, Clone)]
pub struct TurnRequest {
    pub turn: Turn,
    pub budget: Budget,
    pub priority: Priority,
    pub cancel: CancelToken,
}

/// What is wrong with a call that a model made. The words are for the model; they quote none of its arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CallError {
    #[error("there is no tool of this name")]
    UnknownTool,
    #[error("the arguments are no JSON object")]
    NotJson,
    #[error("the arguments do not fit the tool's schema at {0:?}")]
    Schema(String),
    #[error("the call ends in the middle")]
    Truncated,
}
