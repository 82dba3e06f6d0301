//! `symbol_source`

use super::numbered;
use crate::symbol::{self, Named};
use crate::{Answer, Context, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Files that are looked at for one name.
const FILES: usize = 20;

/// Shows the source of one symbol, a function, type, method or constant, with its documentation and line numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolSource {
    /// Its name; `Type.method` where the name alone stands for several.
    #[schemars(length(min = 1, max = 200))]
    symbol: String,
    /// The file that defines it, from the workspace's root. Default: whichever does.
    path: Option<String>,
    /// A line of it, where the file defines several of this name.
    #[schemars(range(min = 1))]
    line: Option<usize>,
}

pub fn run(context: &Context, asked: SymbolSource) -> Result<Answer, Failure> {
    let path = match &asked.path {
        Some(path) => path.clone(),
        None => defining(context, &asked.symbol)?,
    };
    let file = context.file(&path)?;
    let found = symbol::one(&file, &asked.symbol, asked.line)?;
    Ok(numbered(&file, found.lines.0, found.lines.1, context.limit()))
}

/// The one file that defines a symbol.
pub(super) fn defining(context: &Context, symbol: &str) -> Result<String, Failure> {
    let (named, snapshot) = (Named::of(symbol), &context.snapshot);
    let fits = |container: Option<&str>| named.container.is_none_or(|wanted| container == Some(wanted));
    let found = snapshot.definitions(named.name).into_iter().filter(|found| fits(found.container));
    let files: BTreeSet<String> = found.map(|found| snapshot.relative(found.file)).collect();
    let listed: Vec<&str> = files.iter().take(FILES).map(String::as_str).collect();
    match listed[..] {
        [one] => Ok(one.to_owned()),
        [] => {
            let like = snapshot.symbols_like(named.name, 3);
            let like: Vec<&str> = like.iter().map(|symbol| symbol.name).collect();
            let like =
                if like.is_empty() { String::new() } else { format!("; there are {}", like.join(", ")) };
            Err(Failure::told(format!("no file of the workspace defines `{}`{like}", symbol.trim())))
        }
        _ => Err(Failure::told(format!(
            "`{}` is defined in {} files; say which by `path`: {}",
            symbol.trim(),
            files.len(),
            listed.join(", ")
        ))),
    }
}
