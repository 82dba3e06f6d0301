//! What is asked of `trust-net`, and what it tells. Every work has a number of its asker's, which its answers carry.

use crate::Mode;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub id: u64,
    pub work: Work,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    Pull(PullOrder),
    /// Ends the work of this number.
    Cancel,
    /// Only this much may leave from now on; it is never widened again.
    Restrict(Mode),
}

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullOrder {
    /// A [`crate::Source`] as it is written, but no file of this machine.
    pub source: String,
    /// The folder that it is written into, with what is needed to go on with it later. Nobody else writes there.
    pub folder: PathBuf,
    /// What its SHA-256 is to be, where somebody knows.
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub id: u64,
    pub answer: Answering,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answering {
    /// Bytes there are, of how many, where that is known.
    Progress { done: u64, total: Option<u64> },
    /// Something that whoever waits may want to know.
    Note(String),
    /// The end of a [`Work::Pull`].
    Pulled(Pulled),
    /// The end of any work: why it was not done.
    Failed(String),
}

/// A file that was fetched whole; whether it is what it should be has still to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    pub file: PathBuf,
    /// What its host said that its SHA-256 is.
    pub sha256: Option<String>,
    /// Bytes that came now, and those that an earlier attempt had left.
    pub fetched: u64,
    pub kept: u64,
}
