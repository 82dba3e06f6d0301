//! The tasks by which `cargo xtask bench tools --choices` measures what models call: each is about tools that there are, and what
//! is right fits their schemas.

use super::{commands, explain_diff, review_diff, symbol_history};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use trust_config::Settings;
use trust_tools::{Registry, Tool, builtin};

const TASKS: &str = include_str!("../../../../fixtures/choices/tasks.jsonl");

fn tools() -> Registry {
    let settings = Settings { command_enable: true, ..Settings::default() };
    let mut tools = vec![
        Tool::reading("explain_diff", explain_diff::run),
        Tool::reading("review_diff", review_diff::run),
        Tool::reading("symbol_history", symbol_history::run),
    ];
    tools.extend(commands::tool(&settings));
    builtin().with(tools)
}

/// What stands in for an argument that a call must have and that does not matter.
fn any(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => json!(1),
        Some("array") => json!(["x"]),
        // Hashes are of some length.
        _ => json!("xxxxxxxx"),
    }
}

#[test]
fn each_task_is_about_a_tool_and_its_answers_fit() {
    let tools = tools();
    let (mut asked, mut counts) = (HashSet::new(), BTreeMap::<String, usize>::new());
    for line in TASKS.lines() {
        let task: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let words = format!("{} {}", task["context"], task["ask"]);
        assert!(task["ask"].as_str().is_some_and(|ask| !ask.is_empty()) && asked.insert(words), "{line}");
        for right in std::iter::once(&task).chain(task["also"].as_array().into_iter().flatten()) {
            let Some(name) = right["tool"].as_str() else {
                assert!(right["tool"].is_null() && right.get("arguments").is_none(), "{line}");
                continue;
            };
            let tool = tools.get(name).unwrap_or_else(|error| panic!("{error}: {line}"));
            let schema = tool.parameters();
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut call: Map<String, Value> =
                required.map(|key| (key.to_owned(), any(&schema["properties"][key]))).collect();
            for (key, values) in right["arguments"].as_object().expect("arguments") {
                let values = values.as_array().filter(|values| !values.is_empty()).expect("values");
                for value in values.iter().rev() {
                    call.insert(key.clone(), value.clone());
                    let fault = tool.check(&Value::Object(call.clone())).err();
                    assert!(fault.is_none(), "{fault:?}: {line}");
                }
            }
        }
        *counts.entry(task["tool"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), 200, "{counts:?}");
    assert!(counts["none"] == 30, "{counts:?}");
    for tool in tools.iter() {
        assert!(counts.get(tool.name()).is_some_and(|count| *count >= 9), "{} {counts:?}", tool.name());
    }
}
