//! `trust/commitMessage`

use super::Backend;
use crate::protocol::{CommitMessageParams, CommitMessages, MessageStyle};
use crate::repository::voice::{Voice, is_wanted, of_session};
use crate::repository::{Asked, Tree, commit_message as propose, index_of_commit};
use crate::server::{News, failed, folder_of, telling};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::commit::{Draft, Form};
use trust_changes::Repository;
use trust_models::Task;

/// More are never asked for in earnest.
const MOST: u32 = 20;
/// How long an editor waits for a model's words.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn commit_message(backend: &Backend, params: CommitMessageParams) -> Result<CommitMessages> {
    let session = &backend.0;
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    let folder = folder_of(params.uri.as_ref(), &assistant.roots())?;
    let form = match params.style {
        MessageStyle::Auto => None,
        MessageStyle::Conventional => Some(Form::Conventional),
        MessageStyle::Plain => Some(Form::Plain),
    };
    let count = params.count.clamp(1, MOST) as usize;
    let asked = Asked { amend: params.amend, form, count, ..Asked::default() };
    let by_default = session.configuration.settings().git_model;
    let worded = is_wanted(&assistant, params.model, by_default).map_err(failed)?;
    telling(&session.lsp, params.tokens, "Writing a commit message", move |cancel, teller| {
        // An editor that git has started for its message may have other repositories open too.
        let fits = |index: &PathBuf| Repository::open(&folder).is_ok_and(|own| own.with_index(index).is_ok());
        let index = index_of_commit().filter(fits);
        let tree = Tree { folder: &folder, index: index.as_deref() };
        let model = |root: &Path| of_session(&assistant, Task::Chat, root, cancel).map(Some);
        let first = |drafts: &[Draft]| drop(teller.send(News::Part(json!({ "messages": drafts }))));
        let voice = Voice { model: &model, deadline: Instant::now() + PATIENCE };
        let proposal = propose(tree, asked, worded.then_some((voice, &first)), cancel)?;
        let words = proposal.words;
        let (model, not_shown, note) = (words.model, words.not_shown, words.note);
        Ok(CommitMessages { messages: proposal.drafts, model, not_shown, note })
    })
    .await
}
