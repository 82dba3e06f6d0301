//! `symbol_history`

use super::{failed, paged};
use crate::repository::{Place, history};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_tools::{Answer, Context, Failure};

const MOST: usize = 20;

/// Says how the symbol in one line of a file came to be, commit by commit, through renames and moves.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolHistory {
    /// Path from the workspace's root.
    path: String,
    /// A line of the symbol, from 1.
    #[schemars(range(min = 1, max = 100_000_000))]
    line: u32,
    /// How many changes at most. Default: 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
}

pub fn run(context: &Context, asked: SymbolHistory) -> Result<Answer, Failure> {
    let file = context.file(&asked.path)?;
    if asked.line as usize > file.text.lines().count() {
        return Err(Failure::told(format!("`{}` has {} lines", file.shown, file.text.lines().count())));
    }
    let place = Place { path: file.path, text: None };
    let told = history(&place, asked.line - 1, asked.limit.unwrap_or(MOST), &context.cancel);
    Ok(paged(&told.map_err(failed)?.markdown, context.limit(), "ask with a smaller `limit`"))
}
