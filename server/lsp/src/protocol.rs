//! Our extensions of the protocol: every `trust/*` method, its parameters and its result.
//!
//! | method | direction | parameters | result |
//! |---|---|---|---|
//! | `trust/status` | client to server, request | none | [`Status`] |
//! | `trust/status` | server to client, notification | [`Status`] | - |
//! | `trust/lastCompletion` | client to server, request | none | [`LastCompletion`], or null before the first |
//!
//! The notification goes to clients whose `experimental` capabilities say `{"trustStatus": true}`: on every
//! change of state, at most a few times a second.

use serde::{Deserialize, Serialize};
use tower_lsp::gen_lsp_types::{LspNotificationMethod, MessageDirection, Notification};

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
    /// `idle`, `walking`, `indexing` or `ready`.
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

/// `trust/status`, to the client.
pub enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Status;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("trust/status");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}
