//! `references`

use crate::lines::Lines;
use crate::symbol::Named;
use crate::{Answer, Context, Failure, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use trust_grammars::identifiers;
use trust_index::Place;

const LIMIT: usize = 100;
const MOST: usize = 500;

/// Lists the lines that use a symbol, the nearest files first. Words in comments and strings do not count.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    symbol: String,
    /// A file in which it is defined or used, from the workspace's root; needed for a name that is local there.
    path: Option<String>,
    /// The line in that file. Default: where it stands first.
    #[schemars(range(min = 1))]
    line: Option<usize>,
    /// How many at most. Default: 100.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

pub fn run(context: &Context, asked: References) -> Result<Answer, Failure> {
    let (snapshot, reader) = (&context.snapshot, context.snapshot.reader());
    let name = Named::of(&asked.symbol).name;
    let nowhere = || Failure::told(format!("`{name}` stands nowhere in the code of this workspace"));
    let path = match &asked.path {
        Some(path) => path.clone(),
        None => {
            let defined = snapshot.definitions(name).first().map(|found| found.file);
            let used = || reader.occurrences(name, 1).first().map(|(file, _)| *file);
            snapshot.relative(defined.or_else(used).ok_or_else(nowhere)?)
        }
    };
    let file = context.file(&path)?;
    let lines = Lines::of(&file.text);
    let defined = snapshot.file(&file.path).map(|id| snapshot.definitions_in(id)).unwrap_or_default();
    // Of several places that of the definition tells most.
    let defined = defined.into_iter().filter(|found| found.name == name).map(|found| found.name_range.start);
    let part = asked.line.map_or(0..file.text.len(), |line| lines.bytes(line));
    let stands = identifiers(file.text.get(part.clone()).unwrap_or_default());
    let stands = stands.map(|range| part.start + range.start).filter(|at| file.text[*at..].starts_with(name));
    let whole = |at: &usize| {
        let behind = file.text[at + name.len()..].chars().next();
        !behind.is_some_and(|next| next == '_' || next.is_alphanumeric())
    };
    let mut offsets =
        defined.filter(|at| part.contains(at) && file.text[*at..].starts_with(name)).chain(stands);
    let Some(offset) = offsets.find(whole) else {
        return Err(match asked.line {
            Some(line) => Failure::told(format!("`{name}` does not stand in line {line} of {}", file.shown)),
            None if asked.path.is_some() => {
                Failure::told(format!("`{name}` does not stand in {}", file.shown))
            }
            None => nowhere(),
        });
    };
    let place =
        Place { path: file.path.clone(), language: file.language, text: Arc::clone(&file.text), offset };
    let limit = asked.limit.unwrap_or(LIMIT).min(MOST);
    let stop = || context.cancel.is_cancelled();
    let mut page = Page::new(context.limit());
    let mut count = 0;
    for uses in reader.references_at(&place, true, limit, &stop) {
        let (path, lines) = (snapshot.relative_to_root(&uses.path), Lines::of(&uses.text));
        let mut last = 0;
        for range in &uses.ranges {
            let (line, _) = lines.place(range.start);
            count += 1;
            if std::mem::replace(&mut last, line) != line {
                page.push(&format!("{path}:{line}: {}", lines.line(line).trim()));
            }
        }
    }
    if context.cancel.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    let hint = "ask with a smaller `limit`, or search for more of the line";
    let mut answer = page.finish(hint);
    if count == limit {
        answer.text.push_str(&format!("the first {limit}; there may be more\n"));
    }
    Ok(answer)
}
