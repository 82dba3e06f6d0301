//! `trust/commitMessage`

use super::Backend;
use crate::protocol::{CommitMessageParams, CommitMessages, MessageStyle};
use crate::repository::{Asked, Tree, commit_message as propose, index_of_commit};
use crate::server::{blocking, folder_of};
use std::path::PathBuf;
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::commit::Form;
use trust_changes::Repository;

/// More are never asked for in earnest.
const MOST: u32 = 20;

pub async fn commit_message(backend: &Backend, params: CommitMessageParams) -> Result<CommitMessages> {
    let roots = backend.0.assistant().ok_or_else(Error::internal_error)?.roots();
    let folder = folder_of(params.uri.as_ref(), &roots)?;
    let form = match params.style {
        MessageStyle::Auto => None,
        MessageStyle::Conventional => Some(Form::Conventional),
        MessageStyle::Plain => Some(Form::Plain),
    };
    let count = params.count.clamp(1, MOST) as usize;
    let asked = Asked { amend: params.amend, form, count, ..Asked::default() };
    blocking(move |cancel| {
        // An editor that git has started for its message may have other repositories open too.
        let fits = |index: &PathBuf| Repository::open(&folder).is_ok_and(|own| own.with_index(index).is_ok());
        let index = index_of_commit().filter(fits);
        let tree = Tree { folder: &folder, index: index.as_deref() };
        let proposal = propose(tree, asked, cancel)?;
        Ok(CommitMessages { messages: proposal.drafts })
    })
    .await
}
