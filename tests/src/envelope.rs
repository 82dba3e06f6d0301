//! JSON-RPC: what kind of message it is, and whether its envelope is as the standard has it.

use serde_json::{Map, Value};

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcError {
    pub code: i64,
    pub message: String,
}

/// A message from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// `id` is null where the server could not tell which request it answers.
    Response {
        id: Value,
        outcome: Result<Value, RpcError>,
    },
    Request {
        id: Value,
        method: String,
        params: Option<Value>,
    },
    Notification {
        method: String,
        params: Option<Value>,
    },
}

/// The message in `body`, or what is wrong with it.
pub fn open(body: &[u8]) -> Result<Message, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    let Value::Object(mut object) = value else { return Err(format!("no object: {value}")) };
    if object.remove("jsonrpc") != Some("2.0".into()) {
        return Err("jsonrpc is not \"2.0\"".into());
    }
    let message = match (object.remove("method"), object.remove("id")) {
        (Some(Value::String(method)), Some(id @ (Value::Number(_) | Value::String(_)))) => {
            Message::Request { id, method, params: params(&mut object)? }
        }
        (Some(Value::String(method)), None) => Message::Notification { method, params: params(&mut object)? },
        (None, Some(id)) => Message::Response { id, outcome: outcome(&mut object)? },
        (method, id) => return Err(format!("method {method:?} with id {id:?}")),
    };
    if let Some(field) = object.keys().next() {
        return Err(format!("the unknown field {field:?}"));
    }
    Ok(message)
}

fn params(object: &mut Map<String, Value>) -> Result<Option<Value>, String> {
    match object.remove("params") {
        None => Ok(None),
        Some(params @ (Value::Object(_) | Value::Array(_))) => Ok(Some(params)),
        Some(other) => Err(format!("params is neither object nor array: {other}")),
    }
}

fn outcome(object: &mut Map<String, Value>) -> Result<Result<Value, RpcError>, String> {
    match (object.remove("result"), object.remove("error")) {
        (Some(result), None) => Ok(Ok(result)),
        (None, Some(Value::Object(mut error))) => {
            let code = error.remove("code").and_then(|code| code.as_i64()).ok_or("an error without code")?;
            let message = match error.remove("message") {
                Some(Value::String(message)) if !message.is_empty() => message,
                other => return Err(format!("an error with message {other:?}")),
            };
            error.remove("data");
            match error.keys().next() {
                Some(field) => Err(format!("an error with the unknown field {field:?}")),
                None => Ok(Err(RpcError { code, message })),
            }
        }
        (result, error) => Err(format!("result {result:?} and error {error:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes() {
        let good = [
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":"a","method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","method":"m"}"#,
        ];
        let bad = [
            r#"{"id":1,"result":null}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":null}"#,
            r#"{"jsonrpc":"2.0","method":"m","extra":1}"#,
            r#"[]"#,
        ];
        good.iter().for_each(|body| assert!(open(body.as_bytes()).is_ok(), "{body}"));
        bad.iter().for_each(|body| assert!(open(body.as_bytes()).is_err(), "{body}"));
    }
}
