//! `apply_patch`

use crate::edit::{judged, replace};
use crate::patch::{FilePatch, parse};
use crate::{Change, Class, Context, Failure, Plan};
use schemars::JsonSchema;
use serde::Deserialize;
use trust_index::Language;

/// Files that one patch may change.
const FILES: usize = 50;

/// Applies a unified diff to files of the workspace, all of it or nothing. A hunk is found by its lines, whatever its numbers
/// say, and must stand in one place only. `--- /dev/null` makes a file; files are not deleted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyPatch {
    /// The diff: `--- a/FILE`, `+++ b/FILE`, `@@`, then lines that begin with a blank, `-` or `+`.
    #[schemars(length(min = 1, max = 100_000))]
    patch: String,
    /// Allow new syntax errors. Default: false.
    allow_syntax_errors: Option<bool>,
}

pub fn plan(context: &Context, asked: ApplyPatch) -> Result<Plan, Failure> {
    let files = parse(&asked.patch).map_err(Failure::Told)?;
    if files.len() > FILES {
        return Err(Failure::told(format!("a patch changes {FILES} files at most")));
    }
    let allow = asked.allow_syntax_errors.unwrap_or(false);
    let mut changes: Vec<Change> = Vec::new();
    for file in &files {
        if context.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let change = if file.is_new { made(context, file, allow)? } else { changed(context, file, allow)? };
        if changes.iter().any(|other| other.path == change.path) {
            return Err(Failure::told(format!("`{}` stands twice in the patch", change.shown)));
        }
        changes.push(change);
    }
    Ok(Plan { changes })
}

fn changed(context: &Context, patch: &FilePatch, allow: bool) -> Result<Change, Failure> {
    let file = context.file_to_change(&patch.path)?;
    let parts = patch.replacements(&file.text).map_err(Failure::Told)?;
    replace(&file, &parts, allow)
}

fn made(context: &Context, patch: &FilePatch, allow: bool) -> Result<Change, Failure> {
    let path = context.locate(&patch.path, Class::Edit)?;
    let shown = context.shown(&path);
    if path.exists() {
        return Err(Failure::told(format!("`{shown}` is there already; patch it instead of making it")));
    }
    let after = patch.text().map_err(Failure::Told)?;
    let language = Language::from_path(&path);
    judged(Change { path, shown, before: None, after, version: None }, language, allow)
}
