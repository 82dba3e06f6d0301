//! `review_diff`

use super::{failed, paged, root};
use crate::repository::{holders, review_telling, scope_of};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_assist::review::{Aids, Holders, Options, report};
use trust_tools::{Answer, Context, Failure};

/// Reviews what a change adds, by rules alone: findings with path, line and severity.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDiff {
    /// Everything since this branch or commit was left. Default: what is staged.
    base: Option<String>,
    /// What is not staged instead.
    unstaged: Option<bool>,
}

pub fn run(context: &Context, asked: ReviewDiff) -> Result<Answer, Failure> {
    if asked.base.is_some() && asked.unstaged == Some(true) {
        return Err(Failure::told("either `base` or `unstaged`, not both"));
    }
    let root = root(context)?;
    let scope = scope_of(asked.base.as_deref().map(str::trim), asked.unstaged.unwrap_or(false));
    let holders = holders(&context.workspace.index, &root);
    let aids = Aids { holders: holders.as_ref().map(|holders| holders as Holders<'_>), judge: None };
    let reviewed = review_telling(
        root.as_path().into(),
        scope,
        Options::default(),
        aids,
        &context.cancel,
        &|_, _| (),
        &|_| (),
    );
    let (review, ..) = reviewed.map_err(failed)?;
    Ok(paged(&report::markdown(&review), context.limit(), "review a smaller change"))
}
