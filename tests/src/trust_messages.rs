//! The shapes of the `trust/*` messages, written here a second time so that a change of the server's own
//! definition does not pass unseen.

use serde::{Deserialize, Serialize};

/// `trust/status`, both as notification and as answer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    model: Model,
    index: Index,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    state: ModelState,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModelState {
    Loading,
    Ready,
    Failed,
    None,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    state: IndexState,
    files: u64,
    symbols: u64,
    total: u64,
    skipped: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum IndexState {
    Idle,
    Walking,
    Indexing,
    Ready,
}

/// `trust/debug/text`: the server's copy of a document, only with `--debug-requests`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebugText {
    /// Null where no document is open under that URI.
    version: Option<i32>,
    text: String,
}

/// `trust/lastCompletion`: what became of the completion asked for last.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastCompletion {
    /// Null where nothing was shown.
    source: Option<Source>,
    ms_first: f64,
    ms_total: f64,
    tokens: u32,
    prefilled: u32,
    model: Option<String>,
    /// Why nothing was shown.
    quiet: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    TypeThrough,
    Copy,
    Model,
    Mixed,
}
