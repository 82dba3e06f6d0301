//! `explain_diff`

use super::{failed, paged, root};
use crate::repository::{changes, holders};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_assist::explain;
use trust_changes::Scope;
use trust_tools::{Answer, Context, Failure};

/// Says what changed in git, file by file and symbol by symbol: facts, found by comparing syntax, nothing guessed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainDiff {
    /// What to compare: `A..B`, `A...B` since the branches parted, or one commit. Default: what is changed and not staged.
    revisions: Option<String>,
    /// What is staged instead.
    staged: Option<bool>,
    /// Also name callers that what changed leaves behind.
    callers: Option<bool>,
}

pub fn run(context: &Context, asked: ExplainDiff) -> Result<Answer, Failure> {
    let scope = match (&asked.revisions, asked.staged) {
        (Some(_), Some(true)) => return Err(Failure::told("either `revisions` or `staged`, not both")),
        (Some(revisions), _) => Scope::parse(revisions.trim()),
        (None, Some(true)) => Scope::Staged,
        (None, _) => Scope::Unstaged,
    };
    let (root, callers) = (root(context)?, asked.callers.unwrap_or(false));
    let holders = holders(&context.workspace.index, &root);
    let holders = holders.as_ref().map(|holders| holders as trust_assist::review::Holders<'_>);
    let tree = root.as_path().into();
    let changes = changes(tree, scope, callers, holders, &context.cancel, &|_, _, _| ()).map_err(failed)?;
    let text = explain::markdown(&changes, None);
    Ok(paged(&text, context.limit(), "ask about fewer revisions"))
}
