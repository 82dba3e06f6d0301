//! `find_symbol`

use crate::lines::Lines;
use crate::{Answer, Context, Failure, Page};
use schemars::JsonSchema;
use serde::Deserialize;

const LIMIT: usize = 20;

/// Finds definitions in the workspace by name, or by a part of it: those of this name first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindSymbol {
    /// The name, or a part.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// How many at most. Default: 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
}

pub fn run(context: &Context, asked: FindSymbol) -> Result<Answer, Failure> {
    let reader = context.snapshot.reader();
    let mut page = Page::new(context.limit());
    for symbol in context.snapshot.symbols_like(asked.name.trim(), asked.limit.unwrap_or(LIMIT)) {
        if context.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let (Some(text), Some(signature)) = (reader.text(symbol.file), reader.signature(&symbol)) else {
            continue;
        };
        let (line, _) = Lines::of(&text).place(symbol.name_range.start);
        let inside = symbol.container.map_or_else(String::new, |name| format!(" in {name}"));
        let signature = signature.split_whitespace().collect::<Vec<_>>().join(" ");
        let path = context.snapshot.relative(symbol.file);
        page.push(&format!("{path}:{line}: {}{inside}: {signature}", symbol.kind.name()));
    }
    match page.shown() {
        0 => Ok(format!("nothing is called `{}` or like it\n", asked.name.trim()).into()),
        _ => Ok(page.finish("")),
    }
}
