//! Which of the tools that it is offered a model calls for a request, and with which arguments: 200 hand-made tasks over the
//! product's own tools, beside choices that read no more than a word.

use crate::row::{Asked, Measure, Row};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use trust_dialect::{Dialect, Talker};
use trust_engine::{Engine, EngineOptions};
use trust_inference::{
    Budget, CancelToken, Event, InferenceError, Message, Model, Priority, Tool, Turn, TurnRequest,
};

/// As conversations offer them: what reads, and what changes files.
const READING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "symbol_source", "references", "outline"];
const EDITING: [&str; 6] =
    ["find_symbol", "read_file", "search_text", "edit_symbol", "symbol_source", "references"];
const CHANGES: [&str; 4] = ["edit_symbol", "replace_lines", "apply_patch", "run_command"];

/// Words that one might tell tools apart by; the first that a request holds counts.
const WORDS: [(&str, &[&str]); 15] = [
    ("apply_patch", &["patch", "diff:", "hunk", "unified"]),
    ("replace_lines", &["hash", "lines 10 to", "in line"]),
    ("run_command", &["run ", "execute", "cargo ", "start "]),
    ("review_diff", &["review", "findings", "before i commit"]),
    ("symbol_history", &["history", "came to be", "commit by commit", "changed the symbol"]),
    ("explain_diff", &["changed", "staged", "commit", "branch"]),
    ("diagnostics", &["syntax", "parse", "bracket"]),
    ("references", &["used", "uses", "usages", "calls", "callers", "depends on"]),
    ("outline", &["overview of the functions", "structure", "signatures", "what does src", "methods"]),
    ("repository_map", &["map", "architecture", "new to", "project"]),
    ("symbol_source", &["source of", "body of", "implemented", "code of", "code and"]),
    ("search_text", &["search", "grep", "text", "string", "\"", "which lines"]),
    ("edit_symbol", &["rewrite", "replace", "add ", "make "]),
    ("read_file", &["lines", "open ", "read ", "stands in", "show the whole"]),
    ("find_symbol", &["where", "defined", "definition", "find"]),
];

const CONTEXT: u32 = 4096;
const TOKENS: u32 = 256;
const PATIENCE: Duration = Duration::from_secs(120);

/// One request, and what is right.
#[derive(Deserialize)]
struct Task {
    ask: String,
    /// What stands before it.
    context: Option<String>,
    #[serde(flatten)]
    right: Right,
    /// What is right as well.
    #[serde(default)]
    also: Vec<Right>,
}

/// A tool, or none; of each argument that matters, the values that are right.
#[derive(Deserialize)]
struct Right {
    tool: Option<String>,
    #[serde(default)]
    arguments: BTreeMap<String, Vec<Value>>,
}

impl Task {
    fn is_right(&self, tool: Option<&str>) -> bool {
        self.answers().any(|right| right.tool.as_deref() == tool)
    }

    fn is_all_right(&self, tool: Option<&str>, arguments: &Value) -> bool {
        let fits =
            |(key, values): (&String, &Vec<Value>)| values.iter().any(|value| same(value, &arguments[key]));
        self.answers().any(|right| right.tool.as_deref() == tool && right.arguments.iter().all(fits))
    }

    fn answers(&self) -> impl Iterator<Item = &Right> {
        std::iter::once(&self.right).chain(&self.also)
    }

    fn words(&self) -> String {
        let context = self.context.as_ref().map_or(String::new(), |context| format!("{context}\n\n"));
        format!("{context}{}", self.ask)
    }

    /// The six tools that are offered for it: the usual ones, the last of them left out where the right one is another. Each task begins
    /// with another of them, so that no place is the right one.
    fn offered(&self, number: usize) -> Vec<&str> {
        let tool = self.right.tool.as_deref();
        let changes = tool.map_or(number % 2 == 1, |tool| CHANGES.contains(&tool));
        let mut offered = if changes { EDITING } else { READING }.to_vec();
        if let Some(tool) = tool.filter(|tool| !offered.contains(tool)) {
            offered.pop();
            offered.push(tool);
        }
        let first = number % offered.len();
        offered.rotate_left(first);
        offered
    }
}

/// White space around a text is no difference.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.trim() == other.trim(),
        _ => one == other,
    }
}

#[derive(Default)]
struct Tally {
    tasks: u64,
    tool: u64,
    all: u64,
}

pub fn measure(server: &Path, models: &[&Path]) -> Result<Vec<Row>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/choices/tasks.jsonl");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let tasks = text.lines().map(serde_json::from_str).collect::<Result<Vec<Task>, _>>()?;
    let tools = tools(server)?;
    let count = |right: &dyn Fn(&Task, usize) -> bool| {
        tasks.iter().enumerate().filter(|(number, task)| right(task, *number)).count() as u64
    };
    let row = |name: String, done| Row::new(name, Measure::Count(done, tasks.len() as u64), Asked::Nothing);
    let most = |tool: Option<&str>| count(&|task, _| task.is_right(tool));
    let names: Vec<Option<&str>> = tools.iter().map(|tool| Some(tool.name.as_str())).chain([None]).collect();
    let frequent = names.into_iter().max_by_key(|name| most(*name)).flatten();
    let mut rows = vec![
        row(format!("always {}: right tool", frequent.unwrap_or("none")), most(frequent)),
        row("by a word: right tool".into(), count(&|task, number| task.is_right(by_word(task, number)))),
    ];
    for model in models {
        rows.extend(one(model, &tasks, &tools)?);
    }
    Ok(rows)
}

fn by_word(task: &Task, number: usize) -> Option<&'static str> {
    let words = task.words().to_lowercase();
    let offered = task.offered(number);
    let holds = |(tool, signs): &&(&'static str, &[&str])| {
        offered.contains(tool) && signs.iter().any(|sign| words.contains(sign))
    };
    WORDS.iter().find(holds).map(|(tool, _)| *tool)
}

/// The product's tools, as it tells them itself, the one for commands too.
fn tools(server: &Path) -> Result<Vec<Tool>> {
    let home = tempfile::tempdir()?;
    let mut command = Command::new(std::path::absolute(server)?);
    command.args(["tool", "list", "--json"]).current_dir(home.path()).env("TRUST_LSP_COMMAND_ENABLE", "true");
    let output = command.output().with_context(|| format!("cannot start {}", server.display()))?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let text = |tool: &Value, key: &str| tool[key].as_str().unwrap_or_default().to_owned();
    let tool = |tool: &Value| Tool {
        name: text(tool, "name"),
        description: text(tool, "description"),
        parameters: tool["parameters"].clone(),
    };
    Ok(listed.iter().map(tool).collect())
}

fn one(model: &Path, tasks: &[Task], tools: &[Tool]) -> Result<Vec<Row>> {
    let engine = Engine::load(model, EngineOptions { context: CONTEXT, ..EngineOptions::default() })?;
    let name = engine.card().name.clone();
    let template = engine.chat_template();
    let dialect = match &template {
        Some(template) => Dialect::of(Some(&template.source), &template.bos, &template.eos),
        None => Dialect::of(None, "", ""),
    };
    let talker = Talker::new(engine, dialect);
    let (mut sum, mut by_tool, mut silent, mut there) =
        (Tally::default(), BTreeMap::<&str, Tally>::new(), 0, 0);
    for (number, task) in tasks.iter().enumerate() {
        let offered = task.offered(number);
        let offered = offered.iter().filter_map(|name| tools.iter().find(|tool| tool.name == *name));
        let offered = told(&talker, offered.cloned());
        there += u64::from(
            task.right.tool.as_ref().is_none_or(|name| offered.iter().any(|one| one.name == *name)),
        );
        let called = called(&talker, task.words(), offered)?;
        let Some(called) = called else {
            silent += 1;
            continue;
        };
        let (tool, arguments) = called
            .as_ref()
            .map_or((None, Value::Null), |(tool, arguments)| (Some(tool.as_str()), arguments.clone()));
        let wanted = task.right.tool.as_deref().unwrap_or("none");
        for tally in [&mut sum, by_tool.entry(wanted).or_default()] {
            tally.tasks += 1;
            tally.tool += u64::from(task.is_right(tool));
            tally.all += u64::from(task.is_all_right(tool, &arguments));
        }
    }
    let row =
        |what: &str, done, of| Row::new(format!("{name}: {what}"), Measure::Count(done, of), Asked::Nothing);
    let mut rows = vec![
        row("right tool", sum.tool, tasks.len() as u64),
        row("right tool and arguments", sum.all, tasks.len() as u64),
    ];
    if there < tasks.len() as u64 {
        rows.push(row("what is right was offered, in a third of the context", there, tasks.len() as u64));
    }
    if silent > 0 {
        rows.push(row("no whole call, and no words", silent, tasks.len() as u64));
    }
    for (tool, Tally { tasks, tool: right, all }) in by_tool {
        rows.push(row(&format!("{tool}, right tool"), right, tasks));
        rows.push(row(&format!("{tool}, and arguments"), all, tasks));
    }
    Ok(rows)
}

/// As many of them as a third of the context holds, as conversations have it.
fn told(talker: &Talker<Engine>, offered: impl Iterator<Item = Tool>) -> Vec<Tool> {
    let mut room = talker.card().context_length as usize / 3;
    let fits = |tool: &Tool| {
        let tokens = talker.count_tokens(&format!("{}{}{}", tool.name, tool.description, tool.parameters));
        room.checked_sub(tokens).inspect(|left| room = *left).is_some()
    };
    offered.take_while(fits).collect()
}

type Called = Option<(String, Value)>;

/// What the model calls first, or that it calls nothing; `None` where its answer is no whole one.
fn called(talker: &Talker<Engine>, words: String, tools: Vec<Tool>) -> Result<Option<Called>> {
    let turn = Turn { messages: vec![Message::User(words)], tools, ..Turn::default() };
    let budget = Budget { tokens: TOKENS, deadline: Instant::now() + PATIENCE };
    let cancel = CancelToken::new();
    let request = TurnRequest { turn, budget, priority: Priority::Chat, cancel: cancel.clone() };
    for event in talker.converse(request) {
        match event {
            Ok(Event::CallEnded { call, .. }) => {
                cancel.cancel();
                return Ok(call.ok().map(|call| Some((call.name, call.arguments))));
            }
            Ok(Event::Done(_)) => return Ok(Some(None)),
            Err(InferenceError::BudgetTooSmall { .. } | InferenceError::PromptTooLong { .. }) => {
                return Ok(None);
            }
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_right_is_told_from_what_is_not() {
        let task: Task = serde_json::from_value(json!({
            "ask": "Where is it defined?", "tool": "find_symbol", "arguments": {"name": ["a", "b"]},
            "also": [{"tool": "search_text", "arguments": {}}]}))
        .unwrap();
        let cases = [
            (Some("find_symbol"), json!({"name": " b", "limit": 3}), true, true),
            (Some("find_symbol"), json!({"name": "c"}), true, false),
            (Some("search_text"), json!({"text": "x"}), true, true),
            (Some("outline"), json!({"name": "a"}), false, false),
            (None, Value::Null, false, false),
        ];
        for (tool, arguments, right, all) in cases {
            assert_eq!(
                (task.is_right(tool), task.is_all_right(tool, &arguments)),
                (right, all),
                "{arguments}"
            );
        }
        assert_eq!(by_word(&task, 0), Some("find_symbol"));
        let none: Task = serde_json::from_value(json!({"ask": "Hello!", "tool": null})).unwrap();
        assert!(none.is_all_right(None, &Value::Null) && by_word(&none, 0).is_none());
        let patch: Task = serde_json::from_value(json!({"ask": "", "tool": "apply_patch"})).unwrap();
        assert_eq!((patch.offered(0)[5], patch.offered(8)[3]), ("apply_patch", "apply_patch"));
        assert!(patch.offered(0).len() == 6 && none.offered(1).contains(&"edit_symbol"));
    }
}
