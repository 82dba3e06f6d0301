//! After a parameter was added to a function, or removed: the calls that still have the old number of arguments.

use super::edits::{Base, Burst};
use super::places::{Project, parse};
use super::{Elsewhere, Series};
use std::ops::Range;
use trust_grammars::{Call, Parameters, calls, outline, parameters_at};

enum Change {
    /// A parameter of this name came in here.
    Added(usize, String),
    Removed(usize),
}

pub(super) fn series(project: &Project<'_>, now: &str, seed: &Burst) -> Option<Series> {
    let language = project.query.language?;
    let tree = parse(language, now, project.query.cancel)?;
    let after = parameters_at(language, &tree, now, seed.range.start)?;
    let list = list_of(&after, &seed.range);
    let in_list = |burst: &&Burst| list.start <= burst.range.start && burst.range.end <= list.end;
    let bursts = project.query.log.newest().filter(in_list);
    let base = Base::new(now, bursts.map(|burst| (burst.range.clone(), burst.old.clone())).collect());
    let tree_before = parse(language, &base.text, project.query.cancel)?;
    let place = base.spans.first()?.1.start;
    let before = parameters_at(language, &tree_before, &base.text, place)?;
    let name = now.get(after.function.clone())?;
    if base.text.get(before.function.clone()) != Some(name) {
        return None;
    }
    let change = change(&names_of(&before, &base.text), &names_of(&after, now), &after)?;
    let defines = outline(language, now)
        .definitions
        .iter()
        .filter(|one| now.get(one.name.clone()) == Some(name))
        .count();
    if defines + project.defined_elsewhere(name) != 1 {
        return None;
    }
    let count = before.parameters.len();
    let edits = |calls: Vec<Call>| -> Vec<(Range<usize>, String)> {
        let due = |call: &Call| !call.irregular && call.arguments.len() == count;
        calls.into_iter().filter(due).map(|call| edit(&call, &change)).collect()
    };
    let own = edits(calls(language, &tree, now, name));
    let others: Vec<Elsewhere> = project
        .files_with(name)
        .into_iter()
        .filter_map(|file| {
            let places = edits(calls(file.language, &file.tree, &file.text, name));
            file.with(places)
        })
        .collect();
    let why = match &change {
        Change::Added(_, parameter) => format!("`{name}` takes `{parameter}` now"),
        Change::Removed(_) => format!("`{name}` takes one argument less now"),
    };
    Some(Series { why, own, others })
}

/// The parameters' bytes, and those of an edit among them.
fn list_of(parameters: &Parameters, edit: &Range<usize>) -> Range<usize> {
    let first = parameters.parameters.first().map_or(edit.start, |first| first.range.start);
    let last = parameters.parameters.last().map_or(edit.end, |last| last.range.end);
    first.min(edit.start)..last.max(edit.end)
}

fn names_of<'a>(parameters: &Parameters, text: &'a str) -> Vec<&'a str> {
    let name =
        |range: &Option<Range<usize>>| range.clone().and_then(|range| text.get(range)).unwrap_or_default();
    parameters.parameters.iter().map(|parameter| name(&parameter.name)).collect()
}

fn change(before: &[&str], after: &[&str], parameters: &Parameters) -> Option<Change> {
    let differs = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    if after.len() == before.len() + 1 && after[differs + 1..] == before[differs..] {
        let parameter = &parameters.parameters[differs];
        let named = !after[differs].is_empty() && !parameter.optional;
        return named.then(|| Change::Added(differs, after[differs].to_owned()));
    }
    (before.len() == after.len() + 1 && before[differs + 1..] == after[differs..])
        .then_some(Change::Removed(differs))
}

fn edit(call: &Call, change: &Change) -> (Range<usize>, String) {
    let arguments = &call.arguments;
    match change {
        Change::Added(at, name) => match (arguments.get(*at), arguments.last()) {
            (Some(next), _) => (next.start..next.start, format!("{name}, ")),
            (None, Some(last)) => (last.end..last.end, format!(", {name}")),
            (None, None) => (call.inside.start..call.inside.start, name.clone()),
        },
        Change::Removed(at) => {
            let own = arguments.get(*at).cloned().unwrap_or(call.inside.clone());
            let range = match (arguments.get(at + 1), at.checked_sub(1).and_then(|at| arguments.get(at))) {
                (Some(next), _) => own.start..next.start,
                (None, Some(previous)) => previous.end..own.end,
                (None, None) => own,
            };
            (range, String::new())
        }
    }
}
