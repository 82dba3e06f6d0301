//! `replace_lines`

use crate::edit::{lines_replaced, replace};
use crate::lines::{Lines, hash};
use crate::{Context, Failure, Plan};
use schemars::JsonSchema;
use serde::Deserialize;

/// Replaces lines of a file, or takes them away. Refused where the lines are not any more as they were read, or where it
/// would add a syntax error.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceLines {
    /// Path from the workspace's root.
    path: String,
    /// First line, from 1.
    #[schemars(range(min = 1))]
    first_line: usize,
    /// Last line; the one before `first_line` to put text before it.
    last_line: usize,
    /// The hash of these lines, or of the file, as `read_file` gave it.
    #[schemars(length(min = 8, max = 8))]
    expected_hash: String,
    /// The new lines with their indentation; empty to take the lines away.
    #[schemars(length(max = 40_000))]
    text: String,
    /// Allow new syntax errors. Default: false.
    allow_syntax_errors: Option<bool>,
}

pub fn plan(context: &Context, asked: ReplaceLines) -> Result<Plan, Failure> {
    let file = context.file_to_change(&asked.path)?;
    let lines = Lines::of(&file.text);
    let (first, last, count) = (asked.first_line, asked.last_line, lines.count());
    if last > count || last + 1 < first {
        let told = format!("lines {first} to {last}: `{}` has {count} lines", file.shown);
        return Err(Failure::told(told));
    }
    let part = (last >= first).then(|| hash(lines.slice(first..=last)));
    let expected = asked.expected_hash.to_lowercase();
    if file.hash() != expected && part.as_ref() != Some(&expected) {
        let now = part.unwrap_or_else(|| file.hash());
        return Err(Failure::told(format!(
            "lines {first} to {last} of `{}` are not any more as they were read (their hash is {now}); read them again",
            file.shown
        )));
    }
    let new: Vec<&str> = asked.text.lines().collect();
    let part = lines_replaced(&file.text, first, last, &new);
    let change = replace(&file, &[part], asked.allow_syntax_errors.unwrap_or(false))?;
    Ok(Plan { changes: vec![change] })
}
