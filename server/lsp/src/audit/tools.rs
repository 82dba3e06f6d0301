//! Calls of tools, as the engine tells of them: what for, by whom, and by what they were permitted or refused.

use super::{Event, record};
use std::path::Path;
use trust_audit::{Action, Feature, Permission, ToolUsed};
use trust_tools::{Called, Decision, Failure, Permitted, Watch};

/// Parameters that name a file; `paths` holds several.
const PATHS: [&str; 3] = ["path", "file", "paths"];

/// Records each call of an engine for the workspace at `root`.
pub fn watch(root: &Path) -> Watch {
    let root = root.to_owned();
    Box::new(move |called| {
        let action = match called.result {
            Ok(_) => Action::Called,
            Err(Failure::Denied { .. }) => Action::Refused,
            Err(_) => Action::Failed,
        };
        // A name that no tool has is anybody's text.
        let name = if called.class.is_some() { called.tool } else { "unknown" };
        let tool = ToolUsed {
            name: name.to_owned(),
            class: called.class.map_or("unknown", |class| class.name()).to_owned(),
            permission: permission(called),
        };
        let answer = called.result.map(|answer| answer.text.as_str()).unwrap_or_default();
        let mut event = Event::new(Feature::Tool, action)
            .repository(&root, paths(called))
            .tool(tool)
            .took(called.took)
            .said(&called.arguments.to_string(), answer);
        if let Err(failure) = called.result {
            event = event.note(failure.reason());
        }
        record(event);
    })
}

fn permission(called: &Called<'_>) -> Permission {
    match (called.permitted, called.result) {
        (Some(Permitted::Free), _) => Permission::Free,
        (Some(Permitted::Before), _) => Permission::Remembered,
        (Some(Permitted::Now(Decision::Session)), _) => Permission::Session,
        (Some(Permitted::Now(Decision::Workspace)), _) => Permission::Workspace,
        (Some(Permitted::Now(_)), _) => Permission::Once,
        (None, Err(Failure::Denied { why, .. })) if why.contains("nobody") => Permission::Nobody,
        (None, Err(Failure::Denied { why, .. })) if why.contains("workspace") => Permission::Never,
        (None, Err(Failure::Denied { .. })) => Permission::Refused,
        (None, _) => Permission::NotAsked,
    }
}

/// The files that the call names, and those that it changed.
fn paths(called: &Called<'_>) -> Vec<String> {
    let mut paths = called.changed.clone();
    for value in PATHS.iter().filter_map(|name| called.arguments.get(name)) {
        let several = value.as_array().into_iter().flatten().chain(Some(value));
        paths.extend(several.filter_map(|path| path.as_str()).map(str::to_owned));
    }
    paths
}
