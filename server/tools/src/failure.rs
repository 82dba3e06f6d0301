//! Why a call gave no answer, in words that a model can act upon.

use crate::check::Fault;
use crate::permission::Class;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("there is no tool of this name{}", .nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Unknown { nearest: Option<String> },
    #[error("wrong parameters: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Parameters(Vec<Fault>),
    #[error("the call ends in the middle, so nothing was done")]
    Truncated,
    /// Somebody said no, now or for good, or there was nobody to ask.
    #[error("not permitted: {} {}", .class.deed(), .why)]
    Denied { class: Class, why: &'static str },
    #[error("given up after {} s; ask for less", .0.as_secs())]
    TimedOut(Duration),
    #[error("cancelled")]
    Cancelled,
    #[error("too many calls are still running; wait for one to end")]
    Busy,
    #[error("the tool broke off; nothing was changed")]
    Panicked,
    /// What the tool itself says.
    #[error("{0}")]
    Told(String),
}

impl Failure {
    pub fn told(text: impl Into<String>) -> Self {
        Self::Told(text.into())
    }

    /// A word for counting, and for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_tool",
            Self::Parameters(_) => "parameters",
            Self::Truncated => "truncated",
            Self::Denied { .. } => "denied",
            Self::TimedOut(_) => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Panicked => "panicked",
            Self::Told(_) => "failed",
        }
    }
}
