//! `outline`

use crate::lines::Lines;
use crate::{Answer, Context, Failure, Page};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_grammars::outline;

/// The longest signature that is shown, in characters.
const SIGNATURE: usize = 200;
/// Deeper nesting is shown no deeper.
const DEEPEST: usize = 12;

/// Lists what a source file defines: signatures with their lines, nested.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// Path from the workspace's root.
    path: String,
}

pub fn run(context: &Context, asked: Outline) -> Result<Answer, Failure> {
    let file = context.file(&asked.path)?;
    let Some(language) = file.language else {
        return Err(Failure::told(format!("`{}` is in no language whose symbols are known", file.shown)));
    };
    let (definitions, lines) = (outline(language, &file.text).definitions, Lines::of(&file.text));
    let mut page = Page::new(context.limit());
    page.push(&format!("{}: {} lines, {}", file.shown, lines.count(), language.id()));
    let mut depths: Vec<usize> = Vec::with_capacity(definitions.len());
    for found in &definitions {
        let depth = found.parent.map_or(0, |parent| depths[parent] + 1).min(DEEPEST);
        depths.push(depth);
        let signature = file.text.get(found.signature.clone()).unwrap_or_default();
        let signature = signature.split_whitespace().collect::<Vec<_>>().join(" ");
        let signature: String = signature.chars().take(SIGNATURE).collect();
        let (first, last) =
            (lines.place(found.item.start).0, lines.place(found.item.end.saturating_sub(1)).0);
        let indent = "  ".repeat(depth);
        let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
        page.push(&format!("{lines}\t{indent}{signature}"));
    }
    Ok(page.finish(""))
}
