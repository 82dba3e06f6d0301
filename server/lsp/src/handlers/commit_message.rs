//! `trust/commitMessage`

use super::Backend;
use crate::protocol::{CommitMessageParams, CommitMessages, MessageStyle};
use crate::repository::{Asked, commit_message as propose};
use crate::server::{blocking, folder_of};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::commit::Form;

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
        let proposal = propose(&folder, asked, cancel)?;
        Ok(CommitMessages { messages: proposal.drafts })
    })
    .await
}
