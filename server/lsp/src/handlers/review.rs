//! `trust/review`

use super::Backend;
use crate::protocol::ReviewParams;
use crate::repository::voice::{judged, of_session, silence};
use crate::repository::{holders, placed, review_telling, scope_of};
use crate::server::{News, Session, failed, folder_of, telling};
use std::path::Path;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{Diagnostic, LspAny, Uri};
use tower_lsp::jsonrpc::{Error, Result as Answer};
use trust_assist::review::{Aids, Holders, HouseRules, Judge, Judged, Options, report};
use trust_assist::{Broker, Changes};
use trust_changes::{Reader, Repository};
use trust_models::Task;

pub async fn review(backend: &Backend, params: ReviewParams) -> Answer<LspAny> {
    let session = &backend.0;
    let assistant = session.assistant().ok_or_else(Error::internal_error)?;
    let (roots, index) = (assistant.roots(), assistant.index());
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let most = params.max_findings.map(|most| most as usize);
    let options = Options { max_findings: most, ..Options::default() };
    let scope = scope_of(params.base.as_deref(), params.unstaged);
    let model = params.model.then(|| Arc::clone(assistant));
    if let Some(reason) =
        model.as_ref().and_then(|assistant| silence(&assistant.model_of(Task::Review).choice()))
    {
        return Err(failed(reason));
    }
    let own = Arc::clone(session);
    let (answer, placed) =
        telling(&session.lsp, params.tokens, "Reviewing changes", move |cancel, teller| {
            let read = |at, of| drop(teller.send(News::Files(at, of)));
            let found = |findings: &[_]| drop(teller.send(News::Part(report::findings(findings))));
            let holders = holders(&index, &folder);
            let holders = holders.as_ref().map(|holders| holders as Holders);
            let judge = |changes: &Changes, house: &HouseRules| {
                let Some(assistant) = &model else { return Judged::default() };
                let repository = Repository::open(&folder).map_err(|problem| problem.to_string());
                let loaded =
                    repository.and_then(|own| of_session(assistant, Task::Review, own.root(), cancel));
                loaded.and_then(|loaded| judged(&loaded, changes, house, cancel)).unwrap_or_else(|reason| {
                    own.warn(format!("the model did not review: {reason}"));
                    Judged::default()
                })
            };
            let judge = model.is_some().then_some(&judge as Judge);
            let tree = folder.as_path().into();
            let (review, changes, root) =
                review_telling(tree, scope, options, Aids { holders, judge }, cancel, &read, &found)?;
            let broker = Broker::new(root.clone());
            let placed = placed(&review, &changes, &root, &|path| present(&own, &broker, path));
            Ok((report::json(&review), placed))
        })
        .await?;
    if params.publish {
        publish(backend, session.findings.replace(placed, &session.documents, session.client().encoding));
    }
    Ok(answer)
}

/// A file as the editor has it; as it is on the disk where it is not open.
fn present(session: &Session, broker: &Broker, path: &Path) -> Option<String> {
    let mut open = session.documents.uris().into_iter();
    match open.find(|(known, _)| known == path).and_then(|(_, uri)| session.documents.get(&uri)) {
        Some(document) => Some(document.text.to_string()),
        None => broker.bytes(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Takes all diagnostics of reviews away.
pub fn clear(backend: &Backend) {
    let session = &backend.0;
    publish(backend, session.findings.replace(Vec::new(), &session.documents, session.client().encoding));
}

fn publish(backend: &Backend, all: Vec<(Uri, Vec<Diagnostic>)>) {
    let lsp = backend.0.lsp.clone();
    tokio::spawn(async move {
        for (uri, diagnostics) in all {
            lsp.publish_diagnostics(uri, diagnostics, None).await;
        }
    });
}
