//! `repository_map`

use crate::{Answer, Context, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use trust_index::{FileId, Snapshot};

/// Symbols looked at, those that matter most first.
const SYMBOLS: usize = 2_000;
const BYTES_PER_TOKEN: usize = 4;
const TOKENS: usize = 1_000;

/// Shows the files and signatures that the rest of the workspace leans on: where to begin in an unknown project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryMap {
    /// How long it may be, in tokens. Default: 1000.
    #[schemars(range(min = 50, max = 4000))]
    tokens: Option<usize>,
    /// What matters to this file, from the workspace's root.
    focus: Option<String>,
}

pub fn run(context: &Context, asked: RepositoryMap) -> Result<Answer, Failure> {
    let focus = match &asked.focus {
        Some(path) => context.snapshot.file(&context.file(path)?.path),
        None => None,
    };
    let focus: Vec<FileId> = focus.into_iter().collect();
    let map =
        map(&context.snapshot, &focus, asked.tokens.unwrap_or(TOKENS).min(context.limit() / BYTES_PER_TOKEN));
    Ok(if map.is_empty() { "there is no code here that other code uses\n".to_owned() } else { map }.into())
}

/// Files and signatures, those that matter most to `focus` or to all, in so many tokens of four bytes.
pub fn map(snapshot: &Snapshot, focus: &[FileId], tokens: usize) -> String {
    let reader = snapshot.reader();
    let mut left = tokens.saturating_mul(BYTES_PER_TOKEN);
    let mut files: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for symbol in snapshot.important_symbols(focus, SYMBOLS) {
        let Some(signature) = reader.signature(&symbol) else { continue };
        let indent = if symbol.container.is_some() { "    " } else { "  " };
        let line = format!("{indent}{}", signature.split_whitespace().collect::<Vec<_>>().join(" "));
        let path = snapshot.relative(symbol.file);
        let header = if files.contains_key(&path) { 0 } else { path.len() + 2 };
        if header + line.len() + 1 > left {
            break;
        }
        left -= header + line.len() + 1;
        files.entry(path).or_default().insert(symbol.range.start, line);
    }
    let file = |(path, lines): (String, BTreeMap<usize, String>)| {
        let lines: String = lines.into_values().flat_map(|line| [line, "\n".to_owned()]).collect();
        format!("{path}:\n{lines}")
    };
    files.into_iter().map(file).collect()
}
