//! From the text of a file to a workflow that can be run, or to all that is wrong with it.

use super::check::checked;
use super::graph::{By, Deed, Input, Kind, Retry, Step, Template, Workflow, is_part};
use super::keys::{File, Keys, meant};
use crate::actions::Wish;
use std::time::Duration;
use toml_edit::Document;
use trust_config::Problem;

/// Steps and inputs, at most; the longest text of a file, in bytes.
const MOST: usize = 40;
const LONGEST: usize = 64 << 10;
/// How long a step and a whole run may take, unless the file says otherwise; and at most.
const STEP: Duration = Duration::from_secs(5 * 60);
const WHOLE: Duration = Duration::from_secs(30 * 60);
const ATMOST: Duration = Duration::from_secs(24 * 3600);
/// How often something is done again, at most.
const AGAIN: i64 = 5;

const STEPS: [&str; 5] = ["model", "action", "review", "tool", "verify"];
const VERIFIERS: [&str; 4] = ["parser", "diagnostics", "model", "command"];

/// Reads `text`, which is the workflow `name` in the file `source`. `tools` are the tools that read, by name.
///
/// # Errors
/// All that is wrong, each with file, line and key.
pub fn read(name: &str, source: &str, text: &str, tools: &[&str]) -> Result<Workflow, Vec<Problem>> {
    let mut file = File { name: source, text, problems: Vec::new() };
    if text.len() > LONGEST {
        file.problem(None, None, format!("is longer than {} KiB", LONGEST >> 10));
        return Err(file.problems);
    }
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = file.line(error.span().as_ref());
            file.problem(line, None, error.message().lines().next().unwrap_or_default().to_owned());
            return Err(file.problems);
        }
    };
    let top = Keys { path: String::new(), table: document.as_table(), span: Some(0..0) };
    top.only(&mut file, &["about", "limit", "result", "inputs", "steps"]);
    let about = top.needed(&mut file, "about").unwrap_or_default();
    let limit = limit(&top, &mut file).unwrap_or(WHOLE);
    let result = top.needed(&mut file, "result").unwrap_or_default();
    let inputs: Vec<Input> = top
        .tables(&mut file, "inputs")
        .iter()
        .filter_map(|(name, keys)| input(&mut file, name, keys))
        .collect();
    let tables = top.tables(&mut file, "steps");
    if tables.is_empty() && file.problems.is_empty() {
        top.wrong(&mut file, "steps", "is missing: a workflow has steps".into());
    }
    if tables.len() + inputs.len() > MOST {
        top.wrong(&mut file, "steps", format!("has more than {MOST} steps and inputs"));
    }
    let count = tables.len();
    let steps: Vec<Step> =
        tables.iter().filter_map(|(name, keys)| step(&mut file, name, keys, tools)).collect();
    // What could not be read is missed by others, and that is no further fault of theirs.
    if steps.len() < count || !file.problems.is_empty() {
        return Err(file.problems);
    }
    let workflow = Workflow { name: name.to_owned(), about, limit, inputs, steps, result };
    match checked(workflow, &mut file, &top) {
        Some(workflow) if file.problems.is_empty() => Ok(workflow),
        _ => Err(file.problems),
    }
}

fn named(file: &mut File<'_>, name: &str, keys: &Keys<'_>) -> bool {
    let is_name = name.bytes().all(is_part) && name.len() <= 40;
    if !is_name {
        let line = file.line(keys.span.as_ref());
        let told = "is no name: letters, digits, `-` and `_` are, at most 40 of them";
        file.problem(line, Some(keys.path.clone()), told.into());
    }
    is_name
}

fn input(file: &mut File<'_>, name: &str, keys: &Keys<'_>) -> Option<Input> {
    keys.only(file, &["type", "about", "default"]);
    let is_named = named(file, name, keys);
    let kind = match keys.needed(file, "type").as_deref() {
        Some("text") => Kind::Text,
        Some("place") => Kind::Place,
        Some(other) => {
            keys.wrong(
                file,
                "type",
                format!("is no type of input: `{other}`{}", meant(other, &["text", "place"])),
            );
            return None;
        }
        None => return None,
    };
    let about = keys.needed(file, "about")?;
    // An empty default is one.
    let default = keys.table.get("default").and_then(|item| item.as_str()).map(str::to_owned);
    is_named.then(|| Input { name: name.to_owned(), kind, about, default })
}

fn step(file: &mut File<'_>, name: &str, keys: &Keys<'_>, tools: &[&str]) -> Option<Step> {
    const ALL: [&str; 2] = ["kind", "limit"];
    let kind = keys.needed(file, "kind")?;
    let only = |file: &mut File<'_>, more: &[&str]| keys.only(file, &[&ALL[..], more].concat());
    let template = |file: &mut File<'_>, key: &str| keys.text(file, key).map(Template).unwrap_or_default();
    let deed = match kind.as_str() {
        "model" => {
            only(file, &["prompt", "model"]);
            Deed::Ask { prompt: Template(keys.needed(file, "prompt")?), model: keys.text(file, "model") }
        }
        "action" => {
            only(file, &["action", "at", "instruction", "model"]);
            let (action, at) = (keys.needed(file, "action"), keys.needed(file, "at"));
            let (action, at) = (action?, at?);
            if !Wish::WORDS.contains(&action.as_str()) {
                keys.wrong(
                    file,
                    "action",
                    format!("there is no action `{action}`{}", meant(&action, &Wish::WORDS)),
                );
            }
            let instruction = template(file, "instruction");
            Deed::Act { action, at, instruction, model: keys.text(file, "model") }
        }
        "review" => {
            only(file, &["base"]);
            Deed::Review { base: template(file, "base") }
        }
        "tool" => {
            only(file, &["tool", "with"]);
            let tool = keys.needed(file, "tool")?;
            if !tools.contains(&tool.as_str()) {
                keys.wrong(
                    file,
                    "tool",
                    format!("there is no tool `{tool}` that reads{}", meant(&tool, tools)),
                );
            }
            Deed::Call { tool, with: with(file, keys) }
        }
        "verify" => {
            only(file, &["by", "of", "prompt", "model", "command", "retry", "times"]);
            verify(file, keys)?
        }
        other => {
            keys.wrong(file, "kind", format!("there is no kind of step `{other}`{}", meant(other, &STEPS)));
            return None;
        }
    };
    let limit = limit(keys, file).unwrap_or(STEP);
    let line = file.line(keys.span.as_ref());
    named(file, name, keys).then(|| Step { name: name.to_owned(), line, deed, limit })
}

fn verify(file: &mut File<'_>, keys: &Keys<'_>) -> Option<Deed> {
    let (of, by) = (keys.needed(file, "of"), keys.needed(file, "by"));
    let (of, by) = (of?, by?);
    let belongs = match by.as_str() {
        "model" => ["prompt", "model"].as_slice(),
        "command" => &["command"],
        _ => &[],
    };
    for key in ["prompt", "model", "command"].into_iter().filter(|key| !belongs.contains(key)) {
        if keys.table.get(key).is_some() {
            keys.wrong(file, key, format!("means nothing for a verifier by `{by}`"));
        }
    }
    let by = match by.as_str() {
        "parser" => By::Parser,
        "diagnostics" => By::Diagnostics,
        "model" => {
            By::Model { prompt: Template(keys.needed(file, "prompt")?), model: keys.text(file, "model") }
        }
        "command" => By::Command(Template(keys.needed(file, "command")?)),
        other => {
            keys.wrong(file, "by", format!("there is no verifier `{other}`{}", meant(other, &VERIFIERS)));
            return None;
        }
    };
    let times = keys.number(file, "times", 1..=AGAIN);
    let retry = keys.text(file, "retry").map(|step| Retry { step, times: times.unwrap_or(2) as usize });
    if times.is_some() && retry.is_none() {
        keys.wrong(file, "times", "means nothing without `retry`".into());
    }
    Some(Deed::Verify { of, by, retry })
}

/// The parameters of a tool, as texts.
fn with(file: &mut File<'_>, keys: &Keys<'_>) -> Vec<(String, Template)> {
    let Some(item) = keys.table.get("with") else { return Vec::new() };
    let Some(table) = item.as_table_like() else {
        keys.wrong(file, "with", "must be a table of parameters".into());
        return Vec::new();
    };
    let value = |item: &toml_edit::Item| match item.as_str() {
        Some(text) => text.to_owned(),
        None => item.to_string().trim().to_owned(),
    };
    table.iter().map(|(key, item)| (key.to_owned(), Template(value(item)))).collect()
}

/// `90s`, `5m`, `1h`.
fn limit(keys: &Keys<'_>, file: &mut File<'_>) -> Option<Duration> {
    let text = keys.text(file, "limit")?;
    let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let factor = match &text[split..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    let limit = text[..split].parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
    let limit = limit.map(Duration::from_secs).filter(|limit| !limit.is_zero() && *limit <= ATMOST);
    if limit.is_none() {
        keys.wrong(
            file,
            "limit",
            "must be a time such as \"90s\", \"5m\" or \"1h\", of a day at most".into(),
        );
    }
    limit
}
