//! `diagnostics`

use crate::edit::told;
use crate::lines::Lines;
use crate::{Answer, Context, Failure, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_grammars::{PARSE_LIMIT, parse_str_until, syntax_error_places};

const MOST: usize = 100;

/// Lists the syntax errors of a source file. Types and names are not checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnostics {
    /// Path from the workspace's root.
    path: String,
}

pub fn run(context: &Context, asked: Diagnostics) -> Result<Answer, Failure> {
    let file = context.file(&asked.path)?;
    let Some(language) = file.language else {
        return Err(Failure::told(format!("`{}` is in no language whose syntax is known", file.shown)));
    };
    let stop = || context.cancel.is_cancelled();
    let Some(tree) = parse_str_until(language, &file.text, PARSE_LIMIT, &stop) else {
        return Err(Failure::told(format!("`{}` takes too long to parse", file.shown)));
    };
    let (errors, lines) = (syntax_error_places(&tree, MOST), Lines::of(&file.text));
    if errors.is_empty() {
        return Ok(format!("{}: no syntax errors\n", file.shown).into());
    }
    let mut page = Page::new(context.limit());
    errors
        .iter()
        .for_each(|error| page.push(&format!("{}: {}", file.shown, told(&lines, &file.text, error))));
    Ok(page.finish(""))
}
