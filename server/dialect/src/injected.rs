//! The form of a conversation for models that have none, or whose template knows no tools: JSON between tags, told to
//! the model in words, with an example.

use crate::format::{Around, Body, CallFormat, Ids, Member};
use crate::forms;
use crate::template::json_text;
use serde_json::{Map, Value, json};
use trust_inference::{Message, Tool, ToolCall, Turn};

/// Headings, for models without a chat template.
pub(crate) const PLAIN: &str = "{% for message in messages %}### {{ {'system': 'System', 'user': 'User', 'assistant': 'Assistant'}[message.role] }}\n{{ message.content }}\n\n{% endfor %}{{ '### Assistant\n' }}";
/// What begins the next message there.
pub(crate) const PLAIN_STOP: &str = "\n### ";

pub(crate) fn format() -> CallFormat {
    CallFormat {
        section: Around::default(),
        call: Around::new("<tool_call>\n", "\n</tool_call>"),
        separator: "\n".into(),
        body: Body::Json(vec![Member::Name("name".into()), Member::Arguments("arguments".into())]),
        ids: Ids::Nine,
        parallel: true,
    }
}

/// The same turn without tools: they are told of in words, and calls and results become texts. `plain` is for a
/// conversation whose messages begin with headings, which no text may hold.
pub(crate) fn rewritten(turn: &Turn, plain: bool) -> Turn {
    let mut messages: Vec<Message> =
        turn.messages.iter().map(|message| without_calls(message, plain, &spelled)).collect();
    if !turn.tools.is_empty() {
        let words = instructions(&turn.tools);
        match messages.first_mut() {
            Some(Message::System(text)) => *text = format!("{text}\n\n{words}"),
            _ => messages.insert(0, Message::System(words)),
        }
    }
    Turn { messages, tools: Vec::new(), ..turn.clone() }
}

/// The same turn, told of its tools by the template, with calls as texts of the form that the model is said to have.
pub(crate) fn respelled(turn: &Turn, format: &CallFormat) -> Turn {
    let spelled = |calls: &[ToolCall]| forms::spelled(format, calls);
    let messages = turn.messages.iter().map(|message| without_calls(message, false, &spelled)).collect();
    Turn { messages, ..turn.clone() }
}

fn without_calls(message: &Message, plain: bool, spelled: &dyn Fn(&[ToolCall]) -> String) -> Message {
    let said = |text: &str| if plain { text.replace("\n### ", "\n ### ") } else { text.to_string() };
    match message {
        Message::System(text) => Message::System(said(text)),
        Message::User(text) => Message::User(said(text)),
        Message::Assistant { text, reasoning, calls } => {
            let calls = (!calls.is_empty()).then(|| spelled(calls));
            let parts: Vec<String> =
                (!text.is_empty()).then(|| said(text)).into_iter().chain(calls).collect();
            Message::Assistant { text: parts.join("\n"), reasoning: reasoning.clone(), calls: Vec::new() }
        }
        Message::ToolResult { name, text, .. } => {
            Message::User(format!("<tool_response name=\"{name}\">\n{}\n</tool_response>", said(text)))
        }
    }
}

/// How these are spelled in an answer.
pub(crate) fn spelled(calls: &[ToolCall]) -> String {
    calls.iter().map(spelled_one).collect::<Vec<_>>().join("\n")
}

fn spelled_one(call: &ToolCall) -> String {
    let call = json_text(&json!({"name": call.name, "arguments": call.arguments}));
    format!("<tool_call>\n{call}\n</tool_call>")
}

fn instructions(tools: &[Tool]) -> String {
    let mut words = String::from("These tools can be called, one JSON object a line:\n");
    for tool in tools {
        let told = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
        words.push_str(&json_text(&told));
        words.push('\n');
    }
    words.push_str("To call one, write it between tags and end your answer there. For example:\n");
    for tool in tools.iter().take(2) {
        let call =
            ToolCall { id: String::new(), name: tool.name.clone(), arguments: example(&tool.parameters) };
        words.push_str(&spelled_one(&call));
        words.push('\n');
    }
    words.push_str("Its result comes with the next message. Where no tool helps, answer in words.");
    words
}

/// Arguments of the right kinds, for what has to be there.
fn example(parameters: &Value) -> Value {
    let required = parameters["required"].as_array().map_or(&[][..], Vec::as_slice);
    let value = |key: &Value| {
        let key = key.as_str()?;
        let schema = &parameters["properties"][key];
        let listed = schema["enum"].get(0).cloned();
        let value = listed.unwrap_or_else(|| match schema["type"].as_str() {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("..."),
        });
        Some((key.to_string(), value))
    };
    Value::Object(required.iter().filter_map(value).collect::<Map<_, _>>())
}
