//! The shapes of the `trust/*` messages, written here a second time so that a change of the server's own
//! definition does not pass unseen.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `trust/status`, both as notification and as answer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Status {
    model: Model,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_model: Option<Model>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review_model: Option<Model>,
    index: Index,
    completions: Completions,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Completions {
    queries: u64,
    to_model: u64,
    taken_over: u64,
    prefilled_tokens: u64,
    read_ahead: u64,
    first_text_us: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    state: ModelState,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// `trust/models`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    models: Vec<Map<String, Value>>,
    configured: String,
    chat: String,
    review: String,
    notices: Vec<String>,
}

/// `trust/audit`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditLog {
    folder: Option<String>,
    entries: Vec<Map<String, Value>>,
    markdown: String,
}

/// `trust/profiles`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    profiles: Vec<Profile>,
    current: String,
    privacy: Privacy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: String,
    files: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Privacy {
    Strict,
    Moderate,
    Open,
}

/// `trust/useModel`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedModel {
    name: Option<String>,
    configured: String,
    milliseconds: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModelState {
    Loading,
    Ready,
    Resting,
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
    Cancelled,
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
    why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    TypeThrough,
    Copy,
    Model,
    Mixed,
}

/// `trust/nextEdit`, both as answer and as notification.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NextEdit {
    uri: String,
    version: Option<i32>,
    range: gen_lsp_types::Range,
    new_text: String,
    why: String,
}

/// `trust/explainDiff`: the facts are judged by the tests that know what changed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiffExplanation {
    markdown: String,
    facts: Map<String, Value>,
}

/// `trust/explainHistory`: the newest change first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryExplanation {
    markdown: String,
    facts: History,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    symbol: Option<String>,
    steps: Vec<Step>,
    complete: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Null for what is not committed yet.
    commit: Option<Commit>,
    path: String,
    line: Option<u32>,
    sentence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    id: String,
    author: String,
    date: String,
    subject: String,
}

/// `trust/commitMessage`: the best first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CommitMessages {
    messages: Vec<CommitMessage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_shown: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitMessage {
    subject: String,
    body: String,
    r#type: Option<String>,
    scope: Option<String>,
    source: FindingSource,
}

/// `trust/review`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Review {
    findings: Vec<Finding>,
    left_out: u64,
    known: u64,
    suppressed: u64,
    files: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_searched: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_judged: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<OfTeam>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTeam {
    name: String,
    #[serde(rename = "leftOut")]
    left_out: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    rule: String,
    severity: Severity,
    source: FindingSource,
    path: String,
    line: u32,
    columns: Option<[u32; 2]>,
    symbol: Option<String>,
    message: String,
    fingerprint: String,
    #[serde(default, rename = "byTeam", skip_serializing_if = "Option::is_none")]
    by_team: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Information,
    Warning,
    Error,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FindingSource {
    Code,
    Model,
}

/// `trust/chat`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatAnswer {
    conversation: String,
    places: Vec<CitedPlace>,
    facts: String,
    wording: Option<String>,
    model: Option<String>,
    note: Option<String>,
    #[serde(rename = "instructedBy")]
    instructed_by: Option<String>,
    cut: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CitedPlace {
    number: Option<u64>,
    uri: String,
    range: gen_lsp_types::Range,
    path: String,
    why: PlaceReason,
    name: Option<String>,
    line: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlaceReason {
    Open,
    Defined,
    Used,
    Like,
    Cited,
}
