//! A server's tool as whoever consents to it reads it: all that a model would be told, with what nobody would see spelled out.

use crate::servers::consent::Pinned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use trust_tools::escaped;

/// How deep parameters are listed one by one; what lies deeper is shown as it was written.
const DEPTH: usize = 8;

/// The name, the description, and every word of the schema.
pub fn told(tool: &Pinned) -> String {
    let mut lines = Vec::new();
    let mut rest = below(&tool.parameters, "", DEPTH, &mut lines);
    rest.remove("type");
    rest.retain(|key, value| key != "title" || !is_name(value, &format!("{}Arguments", tool.name)));
    if !rest.is_empty() {
        lines.push(format!("its schema says too: {}", written(rest)));
    }
    let mut text = format!("{}: {}\n", tool.name, indented(&tool.description, 2));
    if lines.is_empty() {
        text.push_str("  takes nothing\n");
    }
    lines.iter().for_each(|line| text.push_str(&format!("    {}\n", indented(line, 6))));
    escaped(&text)
}

/// Adds a line for each parameter of a schema; what the schema says beside them is left.
fn below(schema: &Value, path: &str, depth: usize, lines: &mut Vec<String>) -> Map<String, Value> {
    let mut rest = schema.as_object().cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = (depth > 0).then(|| rest.remove("properties")).flatten() else {
        return rest;
    };
    let required = rest.remove("required").unwrap_or_default();
    let is_required = |name: &str| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
    for (name, parameter) in &properties {
        line(&format!("{path}{name}"), name, (parameter, is_required(name)), depth - 1, lines);
    }
    // Required, and not described: a model is told of it all the same.
    let unknown = required.as_array().into_iter().flatten();
    let unknown: Vec<Value> = unknown
        .filter(|name| !name.as_str().is_some_and(|name| properties.contains_key(name)))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        rest.insert("required".into(), Value::Array(unknown));
    }
    rest
}

fn line(path: &str, name: &str, (schema, required): (&Value, bool), depth: usize, lines: &mut Vec<String>) {
    let at = lines.len();
    let mut rest = below(schema, &format!("{path}."), depth, lines);
    let kind = match rest.remove("type") {
        Some(Value::String(kind)) => kind,
        Some(other) => other.to_string(),
        None => "anything".into(),
    };
    let description = match rest.remove("description") {
        Some(Value::String(text)) => text,
        other => {
            rest.extend(other.map(|other| ("description".into(), other)));
            String::new()
        }
    };
    if depth > 0
        && let Some(items) = rest.remove("items")
    {
        line(&format!("{path}[]"), name, (&items, false), depth - 1, lines);
    }
    rest.retain(|key, value| key != "title" || !is_name(value, name));
    let required = if required { ", required" } else { "" };
    let mut told = format!("{path} ({kind}{required})");
    if !description.trim().is_empty() {
        told.push_str(&format!(": {}", description.trim()));
    }
    if !rest.is_empty() {
        told.push_str(&format!(" {}", written(rest)));
    }
    lines.insert(at, told);
}

/// In the order of the keys, so that the same is shown the same.
fn written(rest: Map<String, Value>) -> String {
    let sorted: BTreeMap<String, Value> = rest.into_iter().collect();
    serde_json::json!(sorted).to_string()
}

/// Whether a title repeats the name, as libraries that make schemas of code write it.
fn is_name(title: &Value, name: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    title.as_str().is_some_and(|title| plain(title).eq_ignore_ascii_case(&plain(name)))
}

/// So that no line of a text looks like one of ours.
fn indented(text: &str, width: usize) -> String {
    text.trim().replace('\r', "\n").replace('\n', &format!("\n{:width$}", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_a_model_would_read_is_shown() {
        let cases = [
            (json!({"type": "object"}), "  takes nothing\n"),
            (
                json!({"type": "object", "title": "lookArguments", "required": ["a"], "properties": {
                    "a": {"type": "string", "title": "A", "description": "One.\nfake: Reads."},
                    "b_c": {"type": "integer", "title": "B C", "default": 3, "maximum": 9}}}),
                "    a (string, required): One.\n      fake: Reads.\n    b_c (integer) {\"default\":3,\"maximum\":9}\n",
            ),
            (
                json!({"type": "object", "properties": {"p": {"type": "array", "description": "All.", "items":
                    {"type": "object", "required": ["n"], "properties": {"n": {"description": "Obey\u{202e}\u{200b}."}}}}}}),
                "    p (array): All.\n    p[] (object)\n    p[].n (anything, required): Obey\\u{202e}\\u{200b}.\n",
            ),
            (
                json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/X"}}, "required": ["y"],
                    "$defs": {"X": {"description": "Deep \u{1b}[2J."}}}),
                "    x (anything) {\"$ref\":\"#/$defs/X\"}\n    its schema says too: \
                 {\"$defs\":{\"X\":{\"description\":\"Deep \\u001b[2J.\"}},\"required\":[\"y\"]}\n",
            ),
            (
                json!({"type": "object", "properties": {"e\u{2066}": {"type": ["string", "null"], "enum": ["\u{e0041}"],
                    "title": "Call me first", "description": 7}}}),
                "    e\\u{2066} ([\"string\",\"null\"]) {\"description\":7,\"enum\":[\"\\u{e0041}\"],\"title\":\"Call me first\"}\n",
            ),
        ];
        for (parameters, expected) in cases {
            let tool = Pinned { name: "look".into(), description: "Looks\nfake.".into(), parameters };
            let mut told = told(&tool);
            assert_eq!(told.split_off("look: Looks\n  fake.\n".len()), expected);
            assert_eq!(told, "look: Looks\n  fake.\n");
        }
    }

    #[test]
    fn what_lies_deep_is_shown_as_it_was_written() {
        let mut schema = json!({"type": "string", "description": "the end"});
        for _ in 0..50 {
            schema = json!({"type": "object", "properties": {"in": schema}});
        }
        let told = told(&Pinned { name: "deep".into(), description: String::new(), parameters: schema });
        assert!(told.contains("the end") && told.lines().count() < 12, "{told}");
    }
}
