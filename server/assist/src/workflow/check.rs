//! The graph of a workflow, before it runs: every edge begins somewhere and fits where it ends, and none leads back.

use super::graph::{Deed, Kind, Step, Workflow};
use super::keys::{File, Keys, meant};
use std::collections::HashMap;

/// The workflow with its steps in an order in which each comes behind those that it needs. What is wrong is added to the
/// file's problems.
pub(super) fn checked(mut workflow: Workflow, file: &mut File<'_>, top: &Keys<'_>) -> Option<Workflow> {
    let mut kinds: HashMap<String, Kind> = HashMap::new();
    for input in &workflow.inputs {
        kinds.insert(input.name.clone(), input.kind);
    }
    for step in &workflow.steps {
        if kinds.insert(step.name.clone(), step.gives()).is_some() {
            let told = "is the name of an input too".into();
            file.problem(step.line, Some(format!("steps.{}", step.name)), told);
        }
    }
    let mut names: Vec<&str> = kinds.keys().map(String::as_str).collect();
    names.sort_unstable();
    for step in &workflow.steps {
        edges(step, (&kinds, &names, &workflow), file);
    }
    let steps: Vec<&str> = workflow.steps.iter().map(|step| step.name.as_str()).collect();
    if !steps.contains(&workflow.result.as_str()) {
        let told = format!("there is no step `{}`{}", workflow.result, meant(&workflow.result, &steps));
        top.wrong(file, "result", told);
    } else if kinds.get(&workflow.result) == Some(&Kind::Findings) {
        top.wrong(file, "result", "is of type findings; a result is an edit or a text".into());
    }
    if !file.problems.is_empty() {
        return None;
    }
    let order = ordered(&workflow, file)?;
    workflow.steps = order;
    retries(&workflow, file);
    Some(workflow)
}

fn edges(
    step: &Step,
    (kinds, names, workflow): (&HashMap<String, Kind>, &[&str], &Workflow),
    file: &mut File<'_>,
) {
    for (key, edge, fits) in step.needs() {
        let at = Some(format!("steps.{}.{key}", step.name));
        match kinds.get(edge) {
            None => {
                let told = format!("there is no step or input `{edge}`{}", meant(edge, names));
                file.problem(step.line, at, told);
            }
            Some(kind) if !fits.contains(kind) => {
                let fits: Vec<&str> = fits.iter().map(|kind| kind.name()).collect();
                let told =
                    format!("`{edge}` is of type {}, and {} is needed", kind.name(), fits.join(" or "));
                file.problem(step.line, at, told);
            }
            Some(_) => {}
        }
        // What a model says must not become a command.
        if key == "command"
            && !workflow.inputs.iter().any(|input| input.name == edge)
            && kinds.contains_key(edge)
        {
            let told = format!("`{edge}` is a step; a command may quote inputs only");
            file.problem(step.line, Some(format!("steps.{}.command", step.name)), told);
        }
    }
    if let Deed::Act { action, at, instruction, .. } = &step.deed {
        let at_findings = kinds.get(at) == Some(&Kind::Findings);
        let told = match action.as_str() {
            "rewrite" if instruction.0.is_empty() => Some("`rewrite` needs to be told what is to be done"),
            "fix" if instruction.0.is_empty() && !at_findings => {
                Some("`fix` at a place needs to be told what is wrong")
            }
            action if at_findings && action != "fix" => {
                Some("only `fix` is for findings; others need a place")
            }
            _ => None,
        };
        if let Some(told) = told {
            file.problem(step.line, Some(format!("steps.{}.action", step.name)), told.into());
        }
    }
}

fn ordered(workflow: &Workflow, file: &mut File<'_>) -> Option<Vec<Step>> {
    let mut left: Vec<&Step> = workflow.steps.iter().collect();
    let mut order: Vec<Step> = Vec::new();
    while !left.is_empty() {
        let waits =
            |step: &Step| step.needs().iter().any(|(_, edge, _)| left.iter().any(|one| one.name == *edge));
        let Some(ready) = left.iter().position(|step| !waits(step)) else {
            let names: Vec<String> = left.iter().map(|step| format!("`{}`", step.name)).collect();
            let told = format!("leads back to itself: {} wait for each other", names.join(", "));
            file.problem(left[0].line, Some(format!("steps.{}", left[0].name)), told);
            return None;
        };
        order.push(left.remove(ready).clone());
    }
    Some(order)
}

/// Whether `step` needs `other`, by whatever way.
pub(super) fn descends(workflow: &Workflow, step: &str, other: &str) -> bool {
    let mut open = vec![step];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(name) = open.pop() {
        let Some(step) = workflow.steps.iter().find(|step| step.name == name) else { continue };
        for (_, edge, _) in step.needs() {
            if edge == other {
                return true;
            }
            if !seen.contains(&edge) {
                seen.push(edge);
                open.push(edge);
            }
        }
    }
    false
}

/// What is done again comes before the verifier that asks for it, and can be told what was wrong.
fn retries(workflow: &Workflow, file: &mut File<'_>) {
    for step in &workflow.steps {
        let Deed::Verify { retry: Some(retry), .. } = &step.deed else { continue };
        let at = Some(format!("steps.{}.retry", step.name));
        let again = workflow.steps.iter().find(|one| one.name == retry.step);
        let hears = again.is_some_and(|one| matches!(one.deed, Deed::Act { .. } | Deed::Ask { .. }));
        if again.is_none() || !descends(workflow, &step.name, &retry.step) {
            let steps: Vec<&str> = workflow.steps.iter().map(|step| step.name.as_str()).collect();
            let before: Vec<&str> =
                steps.into_iter().filter(|name| descends(workflow, &step.name, name)).collect();
            let told = format!("`{}` is no step before this one{}", retry.step, meant(&retry.step, &before));
            file.problem(step.line, at, told);
        } else if !hears {
            file.problem(
                step.line,
                at,
                format!("`{}` asks no model, so it would do the same again", retry.step),
            );
        }
    }
}
