//! `trust/explainDiff`

use super::Backend;
use crate::protocol::{DiffExplanation, ExplainDiffParams};
use crate::repository::voice::{Voice, is_wanted, of_session};
use crate::repository::{changes, holders, in_words};
use crate::server::{News, failed, folder_of, telling};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::explain::{Words, file_markdown, json as facts, markdown, words_markdown};
use trust_assist::review::{Holders, leads_here};
use trust_changes::{Repository, Scope};
use trust_models::Task;

/// How long an editor waits for a model's words.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn explain_diff(backend: &Backend, params: ExplainDiffParams) -> Result<DiffExplanation> {
    let session = &backend.0;
    let assistant = Arc::clone(session.assistant().ok_or_else(Error::internal_error)?);
    let (roots, index) = (assistant.roots(), assistant.index());
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let scope = match (&params.revisions, params.staged) {
        (Some(revisions), _) => Scope::parse(revisions),
        (None, true) => Scope::Staged,
        (None, false) => Scope::Unstaged,
    };
    let by_default = session.configuration.settings().git_model;
    let worded = is_wanted(&assistant, params.model, by_default).map_err(failed)?;
    telling(&session.lsp, params.tokens, "Explaining changes", move |cancel, teller| {
        let holders = holders(&index, &folder).filter(|_| params.callers != Some(false));
        let here = || Repository::open(&folder).is_ok_and(|own| leads_here(&own, &scope));
        let callers = params.callers.unwrap_or_else(|| holders.is_some() && here());
        let holders = holders.as_ref().map(|holders| holders as Holders);
        let tree = folder.as_path().into();
        // Nobody listens any more where the request was given up.
        let part = |path: &str, markdown: String| {
            drop(teller.send(News::Part(json!({ "path": path, "markdown": markdown }))));
        };
        let changes = changes(tree, scope, callers, holders, cancel, &|file, at, of| {
            part(&file.change.path, file_markdown(file));
            let _ = teller.send(News::Files(at, of));
        })?;
        let words = worded.then(|| {
            let model = |root: &Path| of_session(&assistant, Task::Chat, root, cancel).map(Some);
            let voice = Voice { model: &model, deadline: Instant::now() + PATIENCE };
            in_words(tree, &changes, &voice, cancel, &mut |at, words: &Words| {
                let said = words_markdown(&changes, at, words);
                if let Some(file) = changes.files.get(at).filter(|_| !said.is_empty()) {
                    part(&file.change.path, said);
                }
                let _ = teller.send(News::Files(at + 1, changes.files.len()));
            })
        });
        let words = words.transpose()?.flatten();
        let words = words.as_ref();
        Ok(DiffExplanation { markdown: markdown(&changes, words), facts: facts(&changes, words) })
    })
    .await
}
