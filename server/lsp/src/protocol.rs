//! Our extensions of the protocol: every `trust/*` method, its parameters and its result.
//!
//! | method | direction | parameters | result |
//! |---|---|---|---|
//! | `trust/status` | client to server, request | none | [`Status`] |
//! | `trust/status` | server to client, notification | [`Status`] | - |
//! | `trust/lastCompletion` | client to server, request | none | [`LastCompletion`], or null before the first |
//! | `trust/explainDiff` | client to server, request | [`ExplainDiffParams`] | [`DiffExplanation`] |
//! | `trust/commitMessage` | client to server, request | [`CommitMessageParams`] | [`CommitMessages`] |
//! | `trust/review` | client to server, request | [`ReviewParams`] | an object like `trust-lsp review --format json` prints |
//!
//! The last three fail with code -32803 and a sentence where the repository gives no answer.
//!
//! The notification goes to clients whose `experimental` capabilities say `{"trustStatus": true}`: on every
//! change of state, at most a few times a second.

use serde::{Deserialize, Serialize};
use tower_lsp::gen_lsp_types::{LspAny, LspNotificationMethod, MessageDirection, Notification, Uri};
use trust_assist::commit::Draft;

/// How far model and index are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub model: ModelStatus,
    pub index: IndexStatus,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelStatus {
    /// `loading`, `ready`, `failed` or `none`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What went wrong, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexStatus {
    /// `idle`, `walking`, `indexing`, `ready`, or `cancelled`: the client ended the build.
    pub state: String,
    /// Files and definitions in the index.
    pub files: usize,
    pub symbols: usize,
    /// Files to index in all, and those left out: excluded, binary, too large, unreadable.
    pub total: usize,
    pub skipped: usize,
}

/// What became of the completion that was asked for last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastCompletion {
    /// `type-through`, `copy`, `model` or `mixed`; null where nothing was shown.
    pub source: Option<String>,
    /// Milliseconds to the first piece of text, and to the end.
    pub ms_first: f64,
    pub ms_total: f64,
    /// Tokens the model generated, and tokens of the prompt it had to read anew.
    pub tokens: u32,
    pub prefilled: u32,
    pub model: Option<String>,
    /// Why nothing was shown, in a sentence.
    pub quiet: Option<String>,
}

/// What to explain: by default what is changed and not staged.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainDiffParams {
    /// A file or folder of the repository; by default the first workspace folder.
    pub uri: Option<Uri>,
    #[serde(default)]
    pub staged: bool,
    /// A commit, `A..B` or `A...B`.
    pub revisions: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DiffExplanation {
    pub markdown: String,
    /// What `trust-lsp diff explain --format json` prints.
    pub facts: LspAny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitMessageParams {
    pub uri: Option<Uri>,
    /// For the last commit together with what is staged.
    #[serde(default)]
    pub amend: bool,
    #[serde(default)]
    pub style: MessageStyle,
    /// How many different messages.
    #[serde(default)]
    pub count: u32,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStyle {
    /// As most of the last 200 messages are.
    #[default]
    Auto,
    Conventional,
    Plain,
}

/// The best first; none where nothing is staged.
#[derive(Debug, Clone, Serialize)]
pub struct CommitMessages {
    pub messages: Vec<Draft>,
}

/// What to review: by default what is staged.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewParams {
    pub uri: Option<Uri>,
    /// Everything since this branch or commit was left.
    pub base: Option<String>,
    pub max_findings: Option<u32>,
}

/// `trust/status`, to the client.
pub enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Status;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("trust/status");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}
