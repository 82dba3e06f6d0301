//! `read_file`

use super::numbered;
use crate::lines::Lines;
use crate::{Answer, Context, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

/// Reads a text file of the workspace, or a part of it, with line numbers. Secrets in it are masked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadFile {
    /// Path from the workspace's root.
    path: String,
    /// First line, from 1. Default: the first.
    #[schemars(range(min = 1))]
    first_line: Option<usize>,
    /// Last line. Default: the last.
    #[schemars(range(min = 1))]
    last_line: Option<usize>,
}

pub fn run(context: &Context, asked: ReadFile) -> Result<Answer, Failure> {
    let file = context.file(&asked.path)?;
    let count = Lines::of(&file.text).count();
    let first = asked.first_line.unwrap_or(1);
    let last = asked.last_line.unwrap_or(count).min(count);
    if first > count.max(1) {
        return Err(Failure::told(format!("`{}` has {count} lines", file.shown)));
    }
    if last < first && count > 0 {
        return Err(Failure::told("`last_line` is before `first_line`"));
    }
    Ok(numbered(&file, first, last, context.limit()))
}
