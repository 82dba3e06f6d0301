//! `edit_symbol`

use crate::edit::{lines_replaced, replace};
use crate::lines::{Lines, hash};
use crate::symbol;
use crate::{Context, Failure, Plan};
use schemars::JsonSchema;
use serde::Deserialize;

/// Replaces the whole source of one symbol, its documentation too, or puts something before or behind it. A change that
/// would add a syntax error is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditSymbol {
    /// The file that defines it, from the workspace's root.
    path: String,
    /// Its name; `Type.method` where the name alone stands for several.
    #[schemars(length(min = 1, max = 200))]
    symbol: String,
    /// The new source, at any indentation.
    #[schemars(length(max = 40_000))]
    source: String,
    /// Where it goes. Default: replace.
    place: Option<Where>,
    /// A line of the symbol, where the file defines several of this name.
    #[schemars(range(min = 1))]
    line: Option<usize>,
    /// The hash that `symbol_source` gave: the change is refused where the symbol is not as it was.
    expected_hash: Option<String>,
    /// Allow new syntax errors. Default: false.
    allow_syntax_errors: Option<bool>,
}

#[derive(Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Where {
    Replace,
    Before,
    After,
}

pub fn plan(context: &Context, asked: EditSymbol) -> Result<Plan, Failure> {
    let file = context.file_to_change(&asked.path)?;
    let found = symbol::one(&file, &asked.symbol, asked.line)?;
    let lines = Lines::of(&file.text);
    let (first, last) = found.lines;
    if let Some(expected) = &asked.expected_hash {
        let now = [hash(lines.slice(first..=last)), file.hash()];
        if !now.contains(&expected.trim().to_lowercase()) {
            let told = format!("`{}` is not any more as it was read: its hash is {}", asked.symbol, now[0]);
            return Err(Failure::told(told));
        }
    }
    let source = found.fitted(&file.text, &asked.source);
    // Items of several lines stand apart.
    let apart: &[&str] = if last > first { &[""] } else { &[] };
    let part = match asked.place.unwrap_or(Where::Replace) {
        Where::Replace if source.is_empty() => {
            return Err(Failure::told("`source` is empty; take a symbol away with replace_lines"));
        }
        Where::Replace => (found.bytes, source),
        Where::Before => {
            let new: Vec<&str> = source.lines().chain(apart.iter().copied()).collect();
            lines_replaced(&file.text, first, first - 1, &new)
        }
        Where::After => {
            let new: Vec<&str> = apart.iter().copied().chain(source.lines()).collect();
            lines_replaced(&file.text, last + 1, last, &new)
        }
    };
    let change = replace(&file, &[part], asked.allow_syntax_errors.unwrap_or(false))?;
    Ok(Plan { changes: vec![change] })
}
