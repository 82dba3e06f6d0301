//! Messages as lines on stdin and stdout. What is no message is answered with the error that JSON-RPC has for it, and
//! the next line is read; a line that is too long is never held in memory.

use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// The longest message, in bytes.
const LONGEST: usize = 4 << 20;
const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;

pub struct Lines<R, W> {
    input: BufReader<R>,
    /// What was read of a line so far: reading may be interrupted at any time.
    line: Vec<u8>,
    too_long: bool,
    /// A request has come: before that, nothing else has a meaning.
    opened: bool,
    /// Refusals on their way out, as tasks: what interrupts reading must not interrupt a line half written.
    refusing: JoinSet<()>,
    output: Arc<Mutex<W>>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Send + Unpin + 'static> Lines<R, W> {
    pub fn new(input: R, output: W) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            too_long: false,
            opened: false,
            refusing: JoinSet::new(),
            output: Arc::new(Mutex::new(output)),
        }
    }

    /// Reads up to the next line break into `line`; false at the end of the input.
    async fn read_line(&mut self) -> io::Result<bool> {
        loop {
            let available = self.input.fill_buf().await?;
            if available.is_empty() {
                return Ok(false);
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |end| end + 1);
            self.too_long |= self.line.len() + taken > LONGEST;
            if self.too_long {
                self.line.clear();
            } else {
                self.line.extend_from_slice(&available[..taken]);
            }
            self.input.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// The message that was read, if it is one.
    fn message(&mut self) -> Option<ClientJsonRpcMessage> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) {
            let told = format!("a message may have {} MiB at most", LONGEST >> 20);
            self.refuse(INVALID_REQUEST, &told, &Value::Null);
            return None;
        }
        if line.trim_ascii().is_empty() {
            return None;
        }
        let Ok(value) = serde_json::from_slice::<Value>(&line) else {
            self.refuse(PARSE_ERROR, "this is no JSON", &Value::Null);
            return None;
        };
        let is_answer =
            value.get("method").is_none() && (value.get("result").or(value.get("error"))).is_some();
        let id = value.get("id").filter(|id| id.is_i64() || id.is_string()).cloned().unwrap_or_default();
        let is_notification = value.get("method").is_some_and(Value::is_string) && value.get("id").is_none();
        match serde_json::from_value::<ClientJsonRpcMessage>(value) {
            Ok(message) => {
                let is_request = matches!(message, ClientJsonRpcMessage::Request(_));
                self.opened |= is_request;
                Some(message).filter(|_| self.opened)
            }
            // Nobody answers answers and notifications.
            Err(_) if is_answer || is_notification => None,
            Err(_) => {
                self.refuse(INVALID_REQUEST, "this is no request of the protocol", &id);
                None
            }
        }
    }

    fn refuse(&mut self, code: i64, message: &str, id: &Value) {
        let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } });
        let output = Arc::clone(&self.output);
        self.refusing.spawn(async move {
            // A client that reads no more shows itself at the next answer.
            let _ = write(&output, error.to_string().into_bytes()).await;
        });
    }
}

async fn write(output: &Mutex<impl AsyncWrite + Unpin>, message: Vec<u8>) -> io::Result<()> {
    let mut output = output.lock().await;
    output.write_all(&message).await?;
    output.write_all(b"\n").await?;
    output.flush().await
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { write(&output, serde_json::to_vec(&message)?).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if !self.read_line().await.ok()? {
                while self.refusing.join_next().await.is_some() {}
                return None;
            }
            while self.refusing.try_join_next().is_some() {}
            if let Some(message) = self.message() {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.flush().await
    }
}
