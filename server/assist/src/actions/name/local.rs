//! A local name under the cursor: its scope tells all that mean it.

use super::super::work::Open;
use super::{Named, Places, Work, rivals};
use std::sync::Arc;
use trust_grammars::{Language, Local, Names, PARSE_LIMIT, Role, names, parameters_at, parse_str};

/// The local name that the selection begins at; `None` where there is none.
pub(super) fn find(work: &Work<'_>, stop: &dyn Fn() -> bool) -> Result<Option<Named>, String> {
    let (language, text) = (work.language, work.text.as_ref());
    let tree = parse_str(language, text, PARSE_LIMIT).ok_or("the file could not be parsed in time")?;
    let Some(found) = names(language, &tree, text) else { return Ok(None) };
    let Some(local) = found.local_at(text, work.selection.start) else { return Ok(None) };
    let Some(old) = local.definitions.first().and_then(|range| text.get(range.clone())) else {
        return Ok(None);
    };
    let old = old.to_owned();
    if old == "self" || old == "cls" || old == "_" {
        return Err(format!("`{old}` is always called so"));
    }
    let parameter = local.definitions.iter().find_map(|range| {
        let all = parameters_at(language, &tree, text, range.start)?;
        let is_this = all.parameters.iter().any(|one| one.name.as_ref() == Some(range));
        is_this.then(|| text[all.function].to_owned())
    });
    if let Some(function) = &parameter
        && language == Language::Python
    {
        passed_by_name(work, (&old, function), stop)?;
    }
    let file = Open {
        path: work.path.to_owned(),
        shown: work.shown.to_owned(),
        text: Arc::clone(work.text),
        version: work.version,
    };
    let uses = uses(&found, &local);
    let taken = rivals(language, text);
    let kind = if parameter.is_some() { "parameter" } else { "local name" };
    Ok(Some(Named { old, kind, files: vec![Places { file, uses, taken }] }))
}

fn uses(found: &Names, local: &Local) -> Vec<(std::ops::Range<usize>, bool)> {
    let is_shorthand = |range: &std::ops::Range<usize>| {
        let at = found.names.binary_search_by_key(&range.start, |name| name.range.start);
        at.ok().and_then(|at| found.names.get(at)).is_some_and(|name| name.shorthand)
    };
    local.uses.iter().map(|range| (range.clone(), is_shorthand(range))).collect()
}

/// Whoever calls a function of Python may name its parameters.
fn passed_by_name(
    work: &Work<'_>,
    (old, function): (&str, &str),
    stop: &dyn Fn() -> bool,
) -> Result<(), String> {
    let snapshot = work.index.snapshot();
    let others = snapshot.files_with(old).map(ToOwned::to_owned);
    let files: Vec<_> = std::iter::once(work.path.to_owned()).chain(others).collect();
    for path in files {
        if stop() {
            return Ok(());
        }
        let Some(file) = work.open(&path).filter(|file| file.text.contains(function)) else { continue };
        let tree = parse_str(Language::Python, &file.text, PARSE_LIMIT);
        let found = tree.and_then(|tree| names(Language::Python, &tree, &file.text)).unwrap_or_default();
        let label = found
            .names
            .iter()
            .find(|name| name.role == Role::Label && file.text.get(name.range.clone()) == Some(old));
        if let Some(label) = label {
            let line = file.text[..label.range.start].matches('\n').count() + 1;
            return Err(format!("{}:{line} passes `{old}` by its name", file.shown));
        }
    }
    Ok(())
}
