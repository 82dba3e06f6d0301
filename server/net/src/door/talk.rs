//! Conversations as OpenAI's clients lead them: `/v1/chat/completions`, whole or streamed as it is written, and `/v1/models`.

use super::answer::{Answer, Refusal};
use super::fill::parse;
use super::request::Unread;
use super::{Asking, odd, said};
use serde::Deserialize;
use serde_json::{Value, json};
use trust_inference::{Constraint, Event, Finish, FinishReason, Message, Tool, ToolCall, ToolChoice, Turn};
use trust_wire::{Offered, Said, Talk, Wanted, is_too_deep};

/// The body. What it says of sampling is without effect.
#[derive(Deserialize)]
struct Body {
    messages: Vec<Uttered>,
    #[serde(default)]
    tools: Vec<Offer>,
    tool_choice: Option<Value>,
    response_format: Option<Value>,
    #[serde(alias = "max_completion_tokens", alias = "n_predict")]
    max_tokens: Option<i64>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    stream_options: Options,
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct Uttered {
    role: String,
    #[serde(default)]
    content: Content,
    #[serde(default)]
    tool_calls: Vec<Called>,
    tool_call_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Content {
    #[default]
    None,
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Called {
    #[serde(default)]
    id: String,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: String,
}

#[derive(Deserialize)]
struct Offer {
    function: Described,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default = "no_parameters")]
    parameters: Value,
}

fn no_parameters() -> Value {
    json!({ "type": "object", "properties": {} })
}

/// A turn, and how the client wants it.
pub struct Asked {
    talk: Talk,
    stream: bool,
    usage: bool,
    id: String,
    created: u64,
}

fn refused(message: impl Into<String>) -> Refusal {
    Refusal::new(400, message)
}

impl Asked {
    /// # Errors
    /// It is nothing that a model could be asked.
    pub fn read(body: &[u8], client: &str, id: String, created: u64) -> Result<Self, Refusal> {
        let body: Body = parse(body)?;
        if body.messages.is_empty() {
            return Err(refused("`messages` is empty"));
        }
        let tools = body.tools.into_iter().map(|Offer { function }| {
            let Described { name, description, parameters } = function;
            Tool { name, description, parameters }
        });
        let choice = match body.tool_choice.as_ref() {
            None => ToolChoice::Auto,
            Some(Value::String(word)) if word == "auto" => ToolChoice::Auto,
            Some(Value::String(word)) if word == "none" => ToolChoice::None,
            Some(Value::String(word)) if word == "required" => ToolChoice::Required,
            Some(_) => return Err(refused("`tool_choice` must be `auto`, `none` or `required`")),
        };
        let constraint = body.response_format.as_ref().map_or(Ok(None), form)?;
        let tools: Vec<Tool> = tools.collect();
        if tools.iter().any(|tool| is_too_deep(&tool.parameters)) {
            return Err(refused("the parameters of a tool are nested too deeply"));
        }
        let turn = Turn { messages: messages(body.messages)?, tools, choice, reasoning: false, constraint };
        let tokens = body.max_tokens.and_then(|tokens| u32::try_from(tokens).ok());
        let talk = Talk { turn, tokens, client: client.into() };
        Ok(Self { talk, stream: body.stream, usage: body.stream_options.include_usage, id, created })
    }

    /// Asks, and hands on what comes.
    pub fn answer(self, asking: &Asking<'_>, to: &mut Answer<'_>) -> Result<(), Unread> {
        let Self { talk, stream, usage, id, created } = self;
        let replies = asking.ask(Wanted::Talk(Box::new(talk)))?;
        let (mut text, mut calls, mut model) = (String::new(), Vec::<Value>::new(), String::new());
        let mut begun = false;
        let chunk = |model: &str, delta: Value, reason: Value| {
            json!({ "id": id, "object": "chat.completion.chunk", "created": created, "model": model,
                    "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] })
        };
        let finish = loop {
            let event = match asking.next(&replies) {
                Ok(Said::Event(event)) => event,
                Ok(Said::Models(models)) => {
                    model = models.into_iter().next().map_or_else(String::new, |offered| offered.name);
                    continue;
                }
                Ok(_) => return Err(odd()),
                // The status is sent already.
                Err(Unread::Refused(refusal)) if begun => {
                    return said(to.event(&refusal.body()));
                }
                Err(unread) => return Err(unread),
            };
            let delta = match event {
                Event::Text { text: more, .. } => {
                    text.push_str(&more);
                    json!({ "content": more })
                }
                Event::CallEnded { call, .. } => match *call {
                    Ok(call) => {
                        let told = called(calls.len(), call);
                        calls.push(told.clone());
                        json!({ "tool_calls": [told] })
                    }
                    // What is none is left out; the end says how it came out.
                    Err(_) => continue,
                },
                Event::Done(finish) => break finish,
                _ => continue,
            };
            if stream {
                if !begun {
                    said(to.begin_events())?;
                    said(to.event(&chunk(
                        &model,
                        json!({ "role": "assistant", "content": "" }),
                        Value::Null,
                    )))?;
                    begun = true;
                }
                said(to.event(&chunk(&model, delta, Value::Null)))?;
            }
        };
        let (reason, counted) = (reason(&finish, calls.is_empty()), counted(&finish));
        if !stream {
            let mut message = json!({ "role": "assistant", "content": text });
            if !calls.is_empty() {
                message["tool_calls"] = calls.into();
            }
            return said(to.json(&json!({
                "id": id, "object": "chat.completion", "created": created, "model": model,
                "choices": [{ "index": 0, "message": message, "finish_reason": reason }], "usage": counted,
            })));
        }
        if !begun {
            said(to.begin_events())?;
        }
        said(to.event(&chunk(&model, json!({}), reason.into())))?;
        if usage {
            let mut last = chunk(&model, json!({}), Value::Null);
            last["choices"] = json!([]);
            last["usage"] = counted;
            said(to.event(&last))?;
        }
        said(to.end_events())
    }
}

fn called(index: usize, ToolCall { id, name, arguments }: ToolCall) -> Value {
    json!({ "index": index, "id": id, "type": "function",
            "function": { "name": name, "arguments": arguments.to_string() } })
}

fn reason(finish: &Finish, no_calls: bool) -> &'static str {
    match finish.reason {
        FinishReason::Budget | FinishReason::Deadline | FinishReason::Cancelled => "length",
        FinishReason::EndOfText | FinishReason::Stop if no_calls => "stop",
        FinishReason::EndOfText | FinishReason::Stop => "tool_calls",
    }
}

fn counted(finish: &Finish) -> Value {
    let (prompt, written) = (finish.usage.prompt, finish.usage.generated);
    json!({ "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written })
}

fn form(wanted: &Value) -> Result<Option<Constraint>, Refusal> {
    match wanted["type"].as_str() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Constraint::JsonSchema(json!({ "type": "object" })))),
        Some("json_schema") => match wanted["json_schema"].get("schema") {
            Some(schema) if is_too_deep(schema) => Err(refused("the schema is nested too deeply")),
            Some(schema) => Ok(Some(Constraint::JsonSchema(schema.clone()))),
            None => Err(refused("`response_format.json_schema.schema` is missing")),
        },
        _ => Err(refused("`response_format.type` must be `text`, `json_object` or `json_schema`")),
    }
}

fn messages(all: Vec<Uttered>) -> Result<Vec<Message>, Refusal> {
    // A result says which call it answers, not always of what.
    let mut names: Vec<(String, String)> = Vec::new();
    let mut read = Vec::new();
    for Uttered { role, content, tool_calls, tool_call_id, name } in all {
        let text = match content {
            Content::None => String::new(),
            Content::Text(text) => text,
            Content::Parts(parts) => {
                if let Some(part) = parts.iter().find(|part| part.kind != "text") {
                    return Err(refused(format!("a part of the type {:?} cannot be read here", part.kind)));
                }
                parts.into_iter().map(|part| part.text).collect::<Vec<_>>().join("\n")
            }
        };
        read.push(match role.as_str() {
            "system" | "developer" => Message::System(text),
            "user" => Message::User(text),
            "assistant" => {
                let mut calls = Vec::new();
                for Called { id, function: Function { name, arguments } } in tool_calls {
                    let arguments = if arguments.trim().is_empty() { "{}" } else { &arguments };
                    let arguments = serde_json::from_str(arguments)
                        .map_err(|_| refused("the arguments of a call are no JSON"))?;
                    if is_too_deep(&arguments) {
                        return Err(refused("the arguments of a call are nested too deeply"));
                    }
                    names.push((id.clone(), name.clone()));
                    calls.push(ToolCall { id, name, arguments });
                }
                Message::Assistant { text, reasoning: String::new(), calls }
            }
            "tool" => {
                let call = tool_call_id.unwrap_or_default();
                let of = || names.iter().rev().find(|(id, _)| *id == call).map(|(_, name)| name.clone());
                Message::ToolResult { name: name.or_else(of).unwrap_or_default(), call, text }
            }
            _ => return Err(refused(format!("{role:?} is no role of a message"))),
        });
    }
    Ok(read)
}

pub fn models(offered: &[Offered], created: u64) -> Value {
    let model = |Offered { name, context }: &Offered| {
        json!({ "id": name, "object": "model", "created": created, "owned_by": "trust-lsp",
                "meta": { "n_ctx": context } })
    };
    json!({ "object": "list", "data": offered.iter().map(model).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<Turn, String> {
        let asked = Asked::read(body.to_string().as_bytes(), "", String::new(), 0);
        asked.map(|asked| asked.talk.turn).map_err(|refusal| refusal.message)
    }

    #[test]
    fn a_limit_below_zero_is_none() {
        for (limit, expected) in
            [(json!(-1), None), (json!(0), Some(0)), (json!(7), Some(7)), (json!(1_u64 << 40), None)]
        {
            for name in ["max_tokens", "max_completion_tokens", "n_predict"] {
                let body = json!({ "messages": [{ "role": "user", "content": "U" }], name: limit });
                let asked = Asked::read(body.to_string().as_bytes(), "", String::new(), 0).ok().unwrap();
                assert_eq!(asked.talk.tokens, expected, "{body}");
            }
        }
    }

    #[test]
    fn messages_of_all_roles_are_read() {
        let call = json!({ "id": "c1", "type": "function", "function": { "name": "find", "arguments": "{\"q\":1}" } });
        let turn = read(&json!({ "messages": [
            { "role": "system", "content": "S" },
            { "role": "user", "content": [{ "type": "text", "text": "U" }, { "type": "text", "text": "V" }] },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c1", "content": "T" },
        ], "tools": [{ "type": "function", "function": { "name": "find" } }] }))
        .unwrap();
        let call = ToolCall { id: "c1".into(), name: "find".into(), arguments: json!({ "q": 1 }) };
        let expected = [
            Message::System("S".into()),
            Message::User("U\nV".into()),
            Message::Assistant { text: String::new(), reasoning: String::new(), calls: vec![call] },
            Message::ToolResult { call: "c1".into(), name: "find".into(), text: "T".into() },
        ];
        assert_eq!(turn.messages, expected);
        assert_eq!(turn.tools[0].name, "find");
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        let value: Value = serde_json::from_str(&deep).unwrap();
        let user = json!({ "role": "user", "content": "U" });
        let call = json!({ "id": "c1", "function": { "name": "f", "arguments": deep } });
        let schema = json!({ "type": "json_schema", "json_schema": { "schema": value } });
        let bodies = [
            json!({ "messages": [user, { "role": "assistant", "tool_calls": [call] }] }),
            json!({ "messages": [user], "response_format": schema }),
            json!({ "messages": [user], "tools": [{ "function": { "name": "f", "parameters": value } }] }),
        ];
        for body in bodies {
            assert!(read(&body).unwrap_err().contains("too deeply"), "{body}");
        }
    }

    #[test]
    fn what_no_model_could_be_asked_is_refused_in_words() {
        let user = json!([{ "role": "user", "content": "U" }]);
        let cases = [
            (json!({ "messages": [] }), "`messages` is empty"),
            (json!({ "messages": [{ "role": "wizard", "content": "" }] }), "no role"),
            (json!({ "messages": [{ "role": "user", "content": [{ "type": "image_url" }] }] }), "image_url"),
            (json!({ "messages": user, "tool_choice": { "type": "function" } }), "tool_choice"),
            (json!({ "messages": user, "response_format": { "type": "yaml" } }), "response_format"),
            (json!({ "messages": user, "response_format": { "type": "json_schema" } }), "schema"),
        ];
        for (body, expected) in cases {
            let told = read(&body).unwrap_err();
            assert!(told.contains(expected), "{body}: {told}");
        }
    }
}
