//! A turn as chat templates want to have it: messages, tools, and what is asked of the rendering.

use crate::format::Ids;
use crate::mark::{marked, marked_within};
use crate::template::json_text;
use serde_json::{Value, json};
use trust_inference::{Message, Tool, ToolCall, Turn};

/// What a template wants to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// It takes a message of the system's; otherwise that goes before the first one of the user's.
    pub(crate) system: bool,
    /// It takes a call's arguments as an object, otherwise as a text.
    pub(crate) objects: bool,
    pub(crate) ids: Ids,
}

/// The context of a rendering that ends where the model's answer begins.
pub(crate) fn context(turn: &Turn, shape: Shape) -> Value {
    let mut ids = Vec::new();
    let messages: Vec<Value> =
        flattened(&turn.messages, shape.system).iter().map(|one| message(one, shape, &mut ids)).collect();
    json!({
        "messages": messages,
        "tools": if turn.tools.is_empty() { Value::Null } else { turn.tools.iter().map(tool).collect() },
        "add_generation_prompt": true,
        "enable_thinking": turn.reasoning,
    })
}

/// Templates want users and models to take turns, and some know no system.
fn flattened(messages: &[Message], system: bool) -> Vec<Message> {
    let mut flat: Vec<Message> = Vec::new();
    for message in messages {
        let message = match message {
            Message::System(text) if !system => &Message::User(text.clone()),
            other => other,
        };
        match (flat.last_mut(), message) {
            (Some(Message::User(last)), Message::User(text)) => *last = format!("{last}\n\n{text}"),
            _ => flat.push(message.clone()),
        }
    }
    flat
}

/// `ids` are those of the calls so far, and what they are called here.
fn message(message: &Message, shape: Shape, ids: &mut Vec<(String, String)>) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": marked(text)}),
        Message::User(text) => json!({"role": "user", "content": marked(text)}),
        Message::Assistant { text, reasoning, calls } => {
            let mut value = json!({"role": "assistant", "content": marked(text)});
            if !reasoning.is_empty() {
                value["reasoning_content"] = marked(reasoning).into();
                value["thinking"] = marked(reasoning).into();
            }
            if !calls.is_empty() {
                value["tool_calls"] = calls.iter().map(|one| call(one, shape, ids)).collect();
            }
            value
        }
        Message::ToolResult { call, name, text } => {
            let known = ids.iter().rev().find(|(theirs, _)| theirs == call);
            let id = known.map_or_else(|| shape.ids.id(name, ids.len()), |(_, ours)| ours.clone());
            json!({"role": "tool", "tool_call_id": id, "name": name, "content": marked(text)})
        }
    }
}

fn call(call: &ToolCall, shape: Shape, ids: &mut Vec<(String, String)>) -> Value {
    // Other models gave other ids; a template may insist on its own kind.
    let id = shape.ids.id(&call.name, ids.len());
    ids.push((call.id.clone(), id.clone()));
    let arguments = marked_within(&call.arguments);
    let arguments = if shape.objects { arguments } else { json_text(&arguments).into() };
    json!({"type": "function", "id": id, "function": {"name": call.name, "arguments": arguments}})
}

fn tool(tool: &Tool) -> Value {
    json!({"type": "function", "function": {
        "name": tool.name,
        "description": marked(&tool.description),
        "parameters": marked_within(&tool.parameters),
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_taken_and_calls_are_numbered_anew() {
        let call = ToolCall { id: "toolu_01".into(), name: "read".into(), arguments: json!({"path": "a"}) };
        let turn = Turn {
            messages: vec![
                Message::System("S".into()),
                Message::User("U".into()),
                Message::Assistant { text: String::new(), reasoning: "R".into(), calls: vec![call] },
                Message::ToolResult { call: "toolu_01".into(), name: "read".into(), text: "T".into() },
            ],
            ..Turn::default()
        };
        let shape = Shape { system: false, objects: false, ids: Ids::Nine };
        let context = context(&turn, shape);
        let messages = context["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[0]["content"], marked("S\n\nU"));
        assert_eq!(messages[1]["tool_calls"][0]["function"]["arguments"], "{\"path\": \"a\"}");
        assert_eq!(
            (&messages[1]["tool_calls"][0]["id"], &messages[2]["tool_call_id"]),
            (&json!("call00000"), &json!("call00000"))
        );
    }
}
