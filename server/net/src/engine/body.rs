//! What is sent to an engine: the bodies of its requests.

use serde_json::{Value, json};
use trust_inference::{Constraint, InferenceError, Message, ToolChoice, Turn};
use trust_wire::{Endpoint, Engine, Generation, Hole, Task};

/// Stop strings that engines take; the rest is looked for here.
const STOPS: usize = 4;

/// The path and the body for an order.
///
/// # Errors
/// It has a form that the engine cannot be held to.
pub fn of(
    endpoint: &Endpoint,
    order: &Generation,
    model: Option<&str>,
) -> Result<(&'static str, Value), InferenceError> {
    let (path, mut body) = match &order.task {
        Task::Turn(turn) => ("/v1/chat/completions", chat(turn, order.tokens)?),
        Task::Fill(hole) => match endpoint.engine {
            Engine::LlamaServer => ("/infill", infill(hole, order.tokens)),
            Engine::Openai => ("/v1/completions", completion(hole, order.tokens)),
        },
    };
    if let Some(model) = model {
        body["model"] = model.into();
    }
    Ok((path, body))
}

fn chat(turn: &Turn, tokens: u32) -> Result<Value, InferenceError> {
    let mut body = json!({
        "messages": turn.messages.iter().map(message).collect::<Vec<_>>(),
        "max_tokens": tokens,
        "temperature": 0,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if !turn.tools.is_empty() {
        let tool = |tool: &trust_inference::Tool| {
            let (name, description, parameters) = (&tool.name, &tool.description, &tool.parameters);
            json!({ "type": "function", "function": { "name": name, "description": description, "parameters": parameters } })
        };
        body["tools"] = turn.tools.iter().map(tool).collect();
        body["tool_choice"] = match turn.choice {
            ToolChoice::Auto => "auto",
            ToolChoice::Required => "required",
            ToolChoice::None => "none",
        }
        .into();
    }
    match &turn.constraint {
        None => {}
        Some(Constraint::JsonSchema(schema)) => {
            let named = json!({ "name": "answer", "strict": true, "schema": schema });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": named });
        }
        Some(Constraint::Regex(_) | Constraint::Lark { .. }) => {
            let told = "an engine elsewhere can be held to a JSON schema only";
            return Err(InferenceError::Constraint(told.into()));
        }
    }
    Ok(body)
}

fn message(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({ "role": "system", "content": text }),
        Message::User(text) => json!({ "role": "user", "content": text }),
        Message::Assistant { text, calls, .. } => {
            let mut said = json!({ "role": "assistant", "content": text });
            if !calls.is_empty() {
                let call = |call: &trust_inference::ToolCall| {
                    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
                    json!({ "id": call.id, "type": "function", "function": function })
                };
                said["tool_calls"] = calls.iter().map(call).collect();
            }
            said
        }
        Message::ToolResult { call, name, text } => {
            json!({ "role": "tool", "tool_call_id": call, "name": name, "content": text })
        }
    }
}

fn infill(hole: &Hole, tokens: u32) -> Value {
    let extra = hole.extra.iter().map(|(path, text)| json!({ "filename": path, "text": text }));
    json!({
        "input_prefix": hole.prefix, "input_suffix": hole.suffix, "input_extra": extra.collect::<Vec<_>>(),
        "n_predict": tokens, "temperature": 0, "stream": true, "cache_prompt": true, "n_probs": 1, "stop": hole.stop,
    })
}

fn completion(hole: &Hole, tokens: u32) -> Value {
    let extra: String = hole.extra.iter().map(|(path, text)| format!("{path}\n{text}\n")).collect();
    let stop: Vec<&String> = hole.stop.iter().take(STOPS).collect();
    let mut body = json!({
        "prompt": format!("{extra}{}", hole.prefix), "suffix": hole.suffix, "max_tokens": tokens, "temperature": 0,
        "stream": true, "stream_options": { "include_usage": true }, "logprobs": 1,
    });
    if !stop.is_empty() {
        body["stop"] = json!(stop);
    }
    body
}
