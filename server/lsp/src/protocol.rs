//! Our extensions of the protocol: every `trust/*` method, its parameters and its result.
//!
//! | method | direction | parameters | result |
//! |---|---|---|---|
//! | `trust/status` | client to server, request | none | [`Status`] |
//! | `trust/status` | server to client, notification | [`Status`] | - |
//! | `trust/lastCompletion` | client to server, request | none | [`LastCompletion`], or null before the first |
//! | `trust/nextEdit` | client to server, request | [`NextEditParams`] | [`NextEdit`], or null |
//! | `trust/nextEdit` | server to client, notification | [`NextEdit`] | - |
//! | `trust/explainDiff` | client to server, request | [`ExplainDiffParams`] | [`DiffExplanation`] |
//! | `trust/explainHistory` | client to server, request | [`ExplainHistoryParams`] | [`HistoryExplanation`] |
//! | `trust/commitMessage` | client to server, request | [`CommitMessageParams`] | [`CommitMessages`] |
//! | `trust/models` | client to server, request | none | [`Models`] |
//! | `trust/useModel` | client to server, request | [`UseModelParams`] | [`UsedModel`] |
//! | `trust/profiles` | client to server, request | none | [`Profiles`] |
//! | `trust/audit` | client to server, request | [`AuditParams`] | [`AuditLog`] |
//! | `trust/review` | client to server, request | [`ReviewParams`] | an object like `trust-lsp review --format json` prints |
//! | `trust/chat` | client to server, request | [`ChatParams`] | [`ChatAnswer`] |
//!
//! Those about git, and `trust/chat`, fail with code -32803 and a sentence where there is no answer; `trust/useModel` does where the
//! model cannot be loaded, and the one before goes on.
//!
//! `trust/explainDiff`, `trust/commitMessage`, `trust/review` and `trust/chat` take the protocol's `workDoneToken` and
//! `partialResultToken`. What comes by the latter is a preview, and the answer complete all the same: of an explanation
//! `{"path", "markdown"}`, a file at a time, and once more for what a model says of it; of commit messages `{"messages"}`, those of code, before a model is asked; of a review a list of findings, as they are in the answer; of a conversation `{"places", "facts"}` once, then
//! `{"delta"}`, more of the wording, and `{"call": {"name", "arguments"}}` where a tool is called. Conversations live as long as the session does, the last 32 of them.
//!
//! Clients without these methods reach them by `workspace/executeCommand`: `trust.explainChange` (the same parameters,
//! or `{"uri", "range"}` for what differs there from the last commit), `trust.explainHistory`, `trust.commitMessage`, `trust.chat`,
//! `trust.review`, which publishes diagnostics, and `trust.clearReview`, which takes them away; `trust.models`,
//! `trust.useModel`, which without a model asks the user for one, and `trust.audit`. `trust.tool` takes `{"name", "arguments"}` of a tool
//! that reads and answers `{"text"}`; without a name `{"tools": [{"name", "description", "parameters"}]}`.
//!
//! Code actions that a model makes are resolved late: their `data` is `{"wish", "uri", "version", "range", "message"}` with a wish
//! of `document`, `simplify`, `fix` (the message is a checker's) or `rewrite` (the message says to what), and a client may resolve
//! one that it made up itself. A document of another version gives error -32801.
//!
//! The notification goes to clients whose `experimental` capabilities say `{"trustStatus": true}`: on every
//! change of state, at most a few times a second. `trust/nextEdit` goes to those that say `{"trustNextEdit": true}`, when
//! they ask for an inline completion and the next edit is due elsewhere than at the cursor: an inline completion of
//! the standard replaces text around the cursor, on its line, and nothing else.

use crate::chat::Words;
use serde::{Deserialize, Serialize};
use tower_lsp::gen_lsp_types::{
    LspAny, LspNotificationMethod, MessageDirection, Notification, Position, ProgressToken, Range, Uri,
    VersionedTextDocumentIdentifier,
};
use trust_assist::commit::Draft;

/// How far model and index are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The one that completes.
    pub model: ModelStatus,
    /// The one that converses and makes edits, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_model: Option<ModelStatus>,
    /// The one that takes part in reviews, where that is another than the one that completes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_model: Option<ModelStatus>,
    pub index: IndexStatus,
    pub completions: CompletionStatus,
}

/// What completions have cost in this session, but for what was done ahead while nobody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompletionStatus {
    pub queries: u64,
    /// Of them those that the model was asked for.
    pub to_model: u64,
    /// Those answered with what the model was writing already when the last key was pressed.
    pub taken_over: u64,
    /// Tokens of prompts that it had to read for them.
    pub prefilled_tokens: u64,
    /// Prompts that were read while nobody typed.
    pub read_ahead: u64,
    /// Microseconds from those queries to the model's first text, summed.
    pub first_text_us: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelStatus {
    /// `loading`, `ready`, `resting` (loaded again by the next query), `failed` or `none`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What went wrong, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What there is to say against it, though it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What is being loaded to take its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// On what it is computed and why there, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// What spoke for it, where the configuration says `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The models that there are.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Models {
    /// Each as `trust-lsp models list --json` prints it.
    pub models: Vec<LspAny>,
    /// What `model.path` says.
    pub configured: String,
    /// What `model.chat` and `model.review` say.
    pub chat: String,
    pub review: String,
    /// What was found wrong with the store, and what was done about it.
    pub notices: Vec<String>,
}

/// The profiles of the configuration, and what holds now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profiles {
    pub profiles: Vec<Profile>,
    /// Empty where none is in use.
    pub current: String,
    /// What `privacy` says: `strict`, `moderate` or `open`.
    pub privacy: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    pub name: String,
    /// Those that define it.
    pub files: Vec<String>,
}

/// Which model is to answer from now on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UseModelParams {
    /// As `model.path` has it: a name, an absolute path, `bundled`, `none` or `auto`. Null takes back what was said so before.
    #[serde(default)]
    pub model: Option<String>,
    /// `completion` (and all that has no model of its own), `chat` or `review`.
    #[serde(default)]
    pub task: TaskName,
    /// In the user's file, for all sessions; otherwise for this one.
    #[serde(default)]
    pub save: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditParams {
    /// How many of the newest entries; 50 where nothing is said, 1,000 at most.
    #[serde(default)]
    pub last: Option<usize>,
}

/// The newest entries of the audit log.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// Where it lies; null for a user without a home.
    pub folder: Option<String>,
    /// Each as `trust-lsp audit show --json` prints it, the oldest first.
    pub entries: Vec<LspAny>,
    /// The same for people, a line each.
    pub markdown: String,
}

/// A task that may have a model of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    #[default]
    Completion,
    Chat,
    Review,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedModel {
    /// Null where none was asked for.
    pub name: Option<String>,
    /// What the key of this task says now.
    pub configured: String,
    /// From the request to the moment from which the model answers.
    pub milliseconds: u64,
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
    /// What was weighed, in a few sentences with their numbers.
    pub why: String,
}

/// Where the user is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextEditParams {
    /// The answer is null where the server has another version.
    pub text_document: VersionedTextDocumentIdentifier,
    pub position: Position,
}

/// The next place where the edits made lately ask for another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextEdit {
    pub uri: Uri,
    /// Of the text that it is about, where that is open: in another one it means nothing.
    pub version: Option<i32>,
    pub range: Range,
    pub new_text: String,
    /// Why, in a few words.
    pub why: String,
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
    /// Looks for calls that what changed leaves behind: in the files that the index names, and where it does not know the repository in
    /// all that are tracked. Without it they are looked for where the index does.
    #[serde(default)]
    pub callers: Option<bool>,
    /// Asks the model what it is for; an error where that is none or the bundled one. Without it `git.model` says.
    #[serde(default)]
    pub model: Option<bool>,
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// By which the client knows again what it is told before the answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    pub work_done_token: Option<ProgressToken>,
    pub partial_result_token: Option<ProgressToken>,
}

/// The symbol in a line of a file, or the line, where it is in none.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainHistoryParams {
    pub uri: Uri,
    /// From 0.
    pub line: u32,
    /// The most changes to tell.
    pub max_steps: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
pub struct HistoryExplanation {
    pub markdown: String,
    /// What `trust-lsp history --json` prints.
    pub facts: LspAny,
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
    /// Asks the model too; an error where that is none or the bundled one. Without it `git.model` says.
    #[serde(default)]
    pub model: Option<bool>,
    #[serde(flatten)]
    pub tokens: Tokens,
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
#[serde(rename_all = "camelCase")]
pub struct CommitMessages {
    pub messages: Vec<Draft>,
    /// The model that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Files of which it was not shown everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_shown: Vec<String>,
    /// Why no message is the model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What to review: by default what is staged.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewParams {
    pub uri: Option<Uri>,
    /// Everything since this branch or commit was left.
    pub base: Option<String>,
    pub max_findings: Option<u32>,
    /// What is changed and not staged.
    #[serde(default)]
    pub unstaged: bool,
    /// Asks the model too; an error where that is none or the bundled one, which cannot review.
    #[serde(default)]
    pub model: bool,
    /// Shows the findings as diagnostics, in place of those of the last review.
    #[serde(default)]
    pub publish: bool,
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// A question about the workspace.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatParams {
    pub message: String,
    /// The conversation that it belongs to; a new one begins without it.
    pub conversation: Option<String>,
    /// Where the user is: a file, and lines of it.
    pub uri: Option<Uri>,
    pub range: Option<Range>,
    /// `auto`, `always` or `never`: whether the model puts the answer into words.
    #[serde(default)]
    pub words: Words,
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// What the index found, and what the model said of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatAnswer {
    pub conversation: String,
    pub places: Vec<CitedPlace>,
    /// The places in words, as Markdown.
    pub facts: String,
    /// Null where no model was asked.
    pub wording: Option<String>,
    pub model: Option<String>,
    /// What there is to say of the answer, such as why there is no wording.
    pub note: Option<String>,
    /// Whose instructions the model was given, such as a team's; null without any.
    pub instructed_by: Option<String>,
    /// The wording was ended before its end.
    pub cut: bool,
}

/// Lines that exist, and may be quoted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CitedPlace {
    /// By which the wording cites it; null for one that the wording found itself.
    pub number: Option<usize>,
    pub uri: Uri,
    pub range: Range,
    /// From its root.
    pub path: String,
    /// `open`, `defined`, `used`, `like` or `cited`.
    pub why: &'static str,
    /// The name that is defined or used there.
    pub name: Option<String>,
    /// The line that says most of it.
    pub line: String,
}

/// `trust/nextEdit`, to the client.
pub enum NextEditNotification {}

impl Notification for NextEditNotification {
    type Params = NextEdit;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("trust/nextEdit");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}

/// `trust/status`, to the client.
pub enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Status;
    const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::new("trust/status");
    const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
}
