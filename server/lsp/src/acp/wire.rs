//! Messages as lines: what comes in, what goes out, and which answer belongs to which of our own requests. What is no message is
//! answered with JSON-RPC's error for it; a line that is too long is never held in memory.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use trust_inference::CancelToken;

/// The longest message, in bytes.
const LONGEST: usize = 4 << 20;
/// How soon a question that waits for its answer notices that nobody wants it any more.
const STEP: Duration = Duration::from_millis(20);

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: i64,
    message: String,
}

impl Refusal {
    pub fn method(name: &str) -> Self {
        Self { code: -32601, message: format!("there is no method {name:?}") }
    }

    pub fn params(message: &str) -> Self {
        Self { code: -32602, message: message.into() }
    }

    pub fn internal(message: &str) -> Self {
        Self { code: -32603, message: message.into() }
    }
}

/// A message of the client, but for answers: those go to whoever asked.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    Request { id: Value, method: String, params: Value },
    Notification { method: String, params: Value },
}

pub struct Wire {
    output: Mutex<Box<dyn Write + Send>>,
    asked: AtomicU64,
    waiting: Mutex<HashMap<u64, Sender<Value>>>,
}

impl Wire {
    pub fn new(output: impl Write + Send + 'static) -> Self {
        Self { output: Mutex::new(Box::new(output)), asked: AtomicU64::new(0), waiting: Mutex::default() }
    }

    /// The next message that asks for something; `None` at the end of the input.
    pub fn next(&self, input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
        let mut line = Vec::new();
        while let Some(whole) = read_line(input, &mut line)? {
            if !whole {
                self.refuse(
                    -32600,
                    &format!("a message may have {} MiB at most", LONGEST >> 20),
                    &Value::Null,
                );
            } else if !line.trim_ascii().is_empty()
                && let Some(message) = self.message(&line)
            {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn message(&self, line: &[u8]) -> Option<Incoming> {
        let Ok(mut message) = serde_json::from_slice::<Value>(line) else {
            self.refuse(-32700, "this is no JSON", &Value::Null);
            return None;
        };
        let id = message.get("id").filter(|id| id.is_i64() || id.is_string()).cloned();
        let params = message.get_mut("params").map(Value::take).unwrap_or_default();
        match (message["method"].as_str(), id) {
            (Some(method), Some(id)) => Some(Incoming::Request { id, method: method.into(), params }),
            (Some(method), None) if message.get("id").is_none() => {
                Some(Incoming::Notification { method: method.into(), params })
            }
            (None, Some(id)) if message.get("result").or(message.get("error")).is_some() => {
                let waiting = id.as_u64().and_then(|id| self.waiting().remove(&id));
                // Nobody waits for an answer that comes too late.
                waiting.map(|waiting| waiting.send(message["result"].take()));
                None
            }
            _ => {
                self.refuse(-32600, "this is no request of the protocol", &Value::Null);
                None
            }
        }
    }

    pub fn reply(&self, id: &Value, answer: Result<Value, Refusal>) {
        match answer {
            Ok(result) => self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result })),
            Err(Refusal { code, message }) => self.refuse(code, &message, id),
        }
    }

    pub fn notify(&self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks the client and waits; `None` where it refuses, or nobody wants to know any more.
    pub fn ask(&self, method: &str, params: &Value, cancel: &CancelToken) -> Option<Value> {
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver): (_, Receiver<Value>) = channel();
        self.waiting().insert(id, sender);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = loop {
            match receiver.recv_timeout(STEP) {
                Ok(answer) => break Some(answer),
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
                Err(_) => break None,
            }
        };
        self.waiting().remove(&id);
        answer
    }

    fn refuse(&self, code: i64, message: &str, id: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }));
    }

    fn send(&self, message: &Value) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A client that reads no more closes stdin, too.
        let _ = output.write_all(format!("{message}\n").as_bytes()).and_then(|()| output.flush());
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Sender<Value>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads up to the next line break; false for a line that is too long, `None` at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut whole, mut any) = (true, false);
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        whole &= line.len() + taken <= LONGEST;
        if whole {
            line.extend_from_slice(&available[..taken]);
        } else {
            line.clear();
        }
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_no_message_is_refused_and_the_next_one_is_read() {
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(LONGEST));
        let cases = [
            ("{", Some(-32700)),
            ("[]", Some(-32600)),
            ("{\"id\": [], \"method\": \"x\"}", Some(-32600)),
            ("{\"id\": 7, \"result\": {}}", None),
            ("", None),
            (long.as_str(), Some(-32600)),
        ];
        for (line, code) in cases {
            let page = Page::default();
            let wire = Wire::new(page.clone());
            let input = format!("{line}\n{{\"id\": 1, \"method\": \"next\"}}\n");
            let next = wire.next(&mut input.as_bytes()).unwrap();
            let expected = Incoming::Request { id: json!(1), method: "next".into(), params: Value::Null };
            assert_eq!(next, Some(expected));
            let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
            let told =
                serde_json::from_str::<Value>(&written).ok().and_then(|told| told["error"]["code"].as_i64());
            assert_eq!(told, code, "{:.40} {written}", line);
        }
    }
}
