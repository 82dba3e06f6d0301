//! What is said where `trust-net` keeps a door for other programs of this machine: it has the socket and speaks HTTP, and asks the
//! `trust-lsp` that it started for it, which has the model, the index and the say in everything.
//!
//! *Invariant:* the first line is `trust-lsp`'s, an [`Opening`]; before it says `Open` there is no socket.

use crate::Hole;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use trust_inference::{Event, Turn};

/// Whether there may be a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    Open(Grant),
    /// Why not, with what would allow it.
    Refused(String),
}

/// What whoever comes in has to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub token: String,
    /// Where it lies, for the user alone to read, as long as the door is open.
    pub token_file: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub id: u64,
    pub wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Wanted {
    Fill(Box<Fill>),
    Talk(Box<Talk>),
    Models,
    /// Counts in the text format of Prometheus.
    Metrics,
    /// Nobody waits for the answer of this number any more.
    Cancel,
}

/// A hole that somebody types into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    pub hole: Hole,
    /// The file's, where the client says it.
    pub path: Option<String>,
    /// Tokens at most; the text is cut to about as many.
    pub tokens: Option<u32>,
    pub milliseconds: Option<u64>,
    /// The program that asks, as it calls itself.
    pub client: String,
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Talk {
    pub turn: Turn,
    pub tokens: Option<u32>,
    pub client: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub id: u64,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Said {
    Filled(Filled),
    /// Of a [`Wanted::Talk`], up to [`Event::Done`].
    Event(Event),
    Models(Vec<Offered>),
    Metrics(String),
    /// The end of any call.
    Failed(Failure, String),
    /// The door is to be closed: of no call.
    Close(String),
}

/// Whose fault it is that there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// What was asked cannot be answered, ever.
    Asked,
    /// It cannot be answered now.
    Unavailable,
    Internal,
}

/// A text for the hole; an empty one where it is better to stay quiet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Filled {
    pub text: String,
    /// Why it is empty.
    pub quiet: Option<String>,
    /// Cut, since no more was wanted.
    pub cut: bool,
    pub model: String,
    /// Tokens of the prompt that were read anew, and tokens that were written.
    pub read: u32,
    pub written: u32,
    pub milliseconds: f64,
}

/// A model that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub name: String,
    pub context: Option<u32>,
}
