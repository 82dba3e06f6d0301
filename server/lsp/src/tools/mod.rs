//! The tools of this program: those of every workspace, and those about git, in one engine for a folder.

#[cfg(test)]
mod choices;
mod commands;
mod explain_diff;
mod review_diff;
mod symbol_history;

use crate::servers;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_changes::Problem;
use trust_config::{Config, Place, Settings};
use trust_index::Index;
use trust_tools::{
    Class, Context, Disk, Documents, Engine, Failure, Page, Permissions, Registry, Tool, Workspace, builtin,
};

pub use commands::{environment, wanted};

/// All that there are for the folder, with those that the user's own configuration has switched on.
pub fn registry(root: Option<&Path>) -> Registry {
    let settings = own_settings();
    let mut tools = vec![
        Tool::reading("explain_diff", explain_diff::run),
        Tool::reading("review_diff", review_diff::run),
        Tool::reading("symbol_history", symbol_history::run),
    ];
    tools.extend(commands::tool(&settings));
    tools.extend(root.map(|root| servers::tools(&settings, root)).unwrap_or_default());
    builtin().with(tools)
}

/// What the machine's and the user's file and the environment say. No workspace and no editor is asked.
pub fn own_settings() -> Settings {
    let inputs = crate::cli::layers::Flags::default().inputs(Vec::new());
    Config::load(&inputs, None).settings(Place::default())
}

/// Runs `tools` in the folder that `index` is of, on the files as they are on the disk.
pub fn engine(tools: Registry, root: &Path, index: Index) -> anyhow::Result<Engine> {
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    let documents: Box<dyn Documents> = Box::new(Disk::new(vec![root.clone()]));
    let workspace = Workspace::new(Arc::new(index), documents);
    let watch = crate::audit::watch(&root);
    Ok(Engine::new(tools, workspace, Permissions::new(root, decisions())).watched(watch))
}

/// The tools on what an assistant has indexed.
pub fn engine_of(index: Arc<Index>, root: &Path) -> anyhow::Result<Engine> {
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    let documents: Box<dyn Documents> = Box::new(Disk::new(vec![root.clone()]));
    let watch = crate::audit::watch(&root);
    let workspace = Workspace::new(index, documents);
    Ok(Engine::new(registry(None), workspace, Permissions::new(root, decisions())).watched(watch))
}

/// What permission is asked for where a model's edit is to be written.
pub fn model_edit() -> Tool {
    Tool::standing_for("model_edit", Class::Edit, "an edit that a model made")
}

/// Where lasting decisions are kept; nowhere for a user without a home.
pub fn decisions() -> Option<PathBuf> {
    let state = dirs::state_dir().or_else(dirs::data_local_dir);
    state.map(|folder| folder.join("trust-lsp/permissions.json"))
}

/// The folder whose repository is meant.
fn root(context: &Context) -> Result<PathBuf, Failure> {
    let first = context.workspace.index.broker().roots().next().map(Path::to_owned);
    first.ok_or_else(|| Failure::told("there is no workspace"))
}

fn failed(problem: Problem) -> Failure {
    match problem {
        Problem::Cancelled => Failure::Cancelled,
        other => Failure::told(other.to_string()),
    }
}

/// A text of many lines, as much of it as may be said at once.
fn paged(text: &str, limit: usize, hint: &str) -> trust_tools::Answer {
    let mut page = Page::new(limit);
    text.lines().for_each(|line| page.push(line));
    page.finish(hint)
}
