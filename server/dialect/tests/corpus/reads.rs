//! A model's chat template and what a model of that template answers, read as a conversation reads them.

use serde_json::json;
use trust_dialect::{Dialect, Parser};
use trust_inference::{Event, Message, Tool, ToolCall, Turn};

/// Everything before the first line of four `%` is the template, what follows is the answer. Panics where a call is read
/// that may not run, or where another one is read of the same answer in other pieces.
pub fn read(text: &str) {
    let (template, answer) = text.split_once("\n%%%%\n").unwrap_or((text, ""));
    let dialect = Dialect::of((!template.is_empty()).then_some(template), "<s>", "</s>");
    let _ = dialect.origin().to_string();
    let parameters = json!({"type": "object", "properties": {"path": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["path"], "additionalProperties": false});
    let tools = [Tool { name: "read".into(), description: "Reads.".into(), parameters }];
    let call = ToolCall { id: "a".into(), name: "read".into(), arguments: json!({"path": "a.rs"}) };
    let turn = Turn {
        messages: vec![
            Message::System("Be brief.".into()),
            Message::User(answer.into()),
            Message::Assistant { text: String::new(), reasoning: String::new(), calls: vec![call] },
            Message::ToolResult { call: "a".into(), name: "read".into(), text: answer.into() },
        ],
        tools: tools.to_vec(),
        ..Turn::default()
    };
    let _ = dialect.prompt(&turn);
    // However it comes in pieces, the same calls are read, and those that may run are sound.
    let whole = calls(&dialect, &tools, &[answer]);
    let pieces: Vec<String> = answer.chars().map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    assert_eq!(whole, calls(&dialect, &tools, &pieces));
}

fn calls(dialect: &Dialect, tools: &[Tool], pieces: &[&str]) -> Vec<Option<String>> {
    let Ok(mut parser) = Parser::new(dialect, tools, false) else { return Vec::new() };
    let mut events: Vec<Event> = pieces.iter().flat_map(|piece| parser.push(piece)).collect();
    events.extend(parser.finish(true));
    let ended = events.into_iter().filter_map(|event| match event {
        Event::CallEnded { call, .. } => Some(call.ok()),
        _ => None,
    });
    ended
        .map(|call| {
            let call = call?;
            assert!(call.name == "read" && call.arguments["path"].is_string(), "{call:?}");
            Some(call.arguments.to_string())
        })
        .collect()
}
