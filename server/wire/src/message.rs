//! What is asked of `trust-net`, and what it tells. Every work has a number of its asker's, which its answers carry.

use crate::{Engine, Mode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
use trust_inference::{Event, InferenceError, Turn};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub id: u64,
    pub work: Work,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    Pull(PullOrder),
    /// What the endpoint of this name says of itself.
    Facts {
        endpoint: String,
        roots: Vec<PathBuf>,
    },
    Generate(Box<Generation>),
    /// What would be sent for it; nothing is.
    Preview(Box<Generation>),
    /// Which engines answer on this machine, at the usual ports or at these addresses.
    Detect(Vec<String>),
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

/// Something that an engine is to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// The name of an endpoint of the policy.
    pub endpoint: String,
    /// What it is for, in a word.
    pub purpose: String,
    /// The workspaces that something of is in it.
    pub roots: Vec<PathBuf>,
    pub task: Task,
    /// Tokens to generate, and how long that may take.
    pub tokens: u32,
    pub milliseconds: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Turn(Turn),
    Fill(Hole),
}

/// A hole in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hole {
    pub prefix: String,
    pub suffix: String,
    /// Paths and texts of other files.
    pub extra: Vec<(String, String)>,
    /// It is filled before the first of these.
    pub stop: Vec<String>,
}

/// What an endpoint says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub model: Option<String>,
    /// Tokens that it holds at once, as far as it says so.
    pub context: Option<u32>,
    /// Whether it fills holes.
    pub fills: bool,
    pub version: String,
    /// The chat template that it renders conversations by, as far as it says so.
    #[serde(default)]
    pub template: Option<String>,
}

/// An engine that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    pub url: String,
    /// What it is called.
    pub program: String,
    pub engine: Engine,
    pub models: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub id: u64,
    pub answer: Answering,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answering {
    /// Bytes there are, of how many, where that is known.
    Progress {
        done: u64,
        total: Option<u64>,
    },
    /// Something that whoever waits may want to know.
    Note(String),
    /// The end of a [`Work::Pull`].
    Pulled(Pulled),
    Facts(Facts),
    Detected(Vec<Detected>),
    Preview(Value),
    /// A request is about to leave for it; written down already.
    Sent(Departure),
    /// Of a [`Work::Generate`], up to [`Event::Done`].
    Event(Event),
    /// The end of one: what went wrong.
    Stopped(InferenceError),
    /// The end of any work: why it was not done.
    Failed(String),
}

/// A request that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Of its lines in the record.
    pub id: String,
    /// What it is for, in a word.
    pub purpose: String,
    /// [`Departure::DOWNLOAD`], or that of the engine that it is for.
    pub class: String,
    pub host: String,
    /// Of its body.
    pub bytes: u64,
    /// Secrets that were masked in that.
    pub masked: u64,
}

impl Departure {
    /// The class of what is asked for a download.
    pub const DOWNLOAD: &str = "download";
    /// The purpose of what is asked at every key.
    pub const COMPLETION: &str = "completion";

    pub fn is_for_a_download(&self) -> bool {
        self.class == Self::DOWNLOAD
    }

    pub fn is_for_a_completion(&self) -> bool {
        self.purpose == Self::COMPLETION
    }
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
