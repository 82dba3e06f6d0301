//! What arrives on stdin, message by message. The transport stops reading for good at the first message that
//! it cannot decode, so what it would choke on is replaced here by a call of [`REJECTED`], which
//! the middleware answers with the error that the specification asks for.

use crate::server::lifecycle::Ending;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream,
};
use tower_lsp::jsonrpc::{Request, Response};

/// The method that stands for a message that was no message. Its parameters are the answer's code and id.
pub const REJECTED: &str = "$/trust/rejected";
pub const PARSE_ERROR: i64 = -32700;
pub const INVALID_REQUEST: i64 = -32600;

/// The largest message that is read; a longer one is skipped.
const LARGEST: usize = 256 << 20;
const LONGEST_HEADER: u64 = 1 << 20;
const CONTENT_LENGTH: &str = "content-length:";
const PIPE: usize = 64 << 10;

/// Reads `input` to its end, which ends the session, and gives the transport what it can decode.
pub fn sound_messages(input: impl AsyncRead + Unpin + Send + 'static, ending: Arc<Ending>) -> DuplexStream {
    let (mut inside, outside) = tokio::io::duplex(PIPE);
    tokio::spawn(async move {
        let mut input = BufReader::with_capacity(PIPE, input);
        while let Ok(Some(message)) = next(&mut input).await {
            let header = format!("Content-Length: {}\r\n\r\n", message.len());
            if inside.write_all(header.as_bytes()).await.is_err() || inside.write_all(&message).await.is_err()
            {
                break;
            }
        }
        ending.reach();
    });
    outside
}

/// The next message; `None` at the end of the input.
async fn next(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = None;
    let mut broken = false;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(LONGEST_HEADER).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
        match (line.trim(), length) {
            ("", None) if broken => return Ok(Some(rejected(PARSE_ERROR, &Value::Null))),
            ("", None) => {}
            ("", Some(bytes)) => match body(input, bytes).await? {
                Some(message) => return Ok(Some(message)),
                None => length = None,
            },
            // After a broken header its body stands in the same line as the next one.
            (line, _) => {
                if let Some(start) = line.rfind(CONTENT_LENGTH) {
                    length = line[start + CONTENT_LENGTH.len()..].trim().parse::<usize>().ok();
                    broken |= length.is_none();
                } else if !line.contains(':') {
                    broken = true;
                }
            }
        }
    }
}

/// The next `length` bytes as the transport can take them; `None` for what is to be passed over.
async fn body(input: &mut (impl AsyncBufRead + Unpin), length: usize) -> std::io::Result<Option<Vec<u8>>> {
    if length > LARGEST {
        let mut rest = (&mut *input).take(length as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
        return Ok(Some(rejected(INVALID_REQUEST, &Value::Null)));
    }
    // Not sized by what the header claims: memory grows with what really comes.
    let mut body = Vec::new();
    if (&mut *input).take(length as u64).read_to_end(&mut body).await? < length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let is_message =
        serde_json::from_slice::<Request>(&body).is_ok() || serde_json::from_slice::<Response>(&body).is_ok();
    Ok(if is_message { Some(body) } else { mended(&body) })
}

/// What takes the place of a message that the transport cannot decode.
fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let Ok(mut message) = serde_json::from_slice::<Value>(body) else {
        return Some(rejected(PARSE_ERROR, &Value::Null));
    };
    let id = message.get("id").filter(|id| id.is_i64() || id.is_string()).cloned();
    if message.get("method").is_none()
        && let Some(id) = id
    {
        // An answer to a question of ours, and nobody answers answers. Some clients leave out a null result.
        if message.get("error").is_some() || message.get("result").is_some() {
            tracing::warn!(%id, "an answer of the client cannot be read");
            return None;
        }
        message["result"] = Value::Null;
        return Some(message.to_string().into_bytes());
    }
    Some(rejected(INVALID_REQUEST, message.get("id").unwrap_or(&Value::Null)))
}

fn rejected(code: i64, id: &Value) -> Vec<u8> {
    let id = if id.is_i64() || id.is_string() { id } else { &Value::Null };
    json!({ "jsonrpc": "2.0", "method": REJECTED, "params": { "code": code, "id": id } })
        .to_string()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Vec<Value> {
        let ending = Arc::new(Ending::default());
        let mut all = Vec::new();
        let input = std::io::Cursor::new(bytes.to_vec());
        sound_messages(input, ending.clone()).read_to_end(&mut all).await.unwrap();
        ending.reached().await;
        let text = String::from_utf8(all).unwrap();
        text.split("Content-Length: ")
            .skip(1)
            .map(|message| serde_json::from_str(message.split_once("\r\n\r\n").unwrap().1).unwrap())
            .collect()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn what_is_no_message_is_rejected_and_the_next_one_is_read() {
        let good = r#"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#;
        let bad = |code: i64, id: Value| json!({ "code": code, "id": id });
        let cases: Vec<(Vec<u8>, Option<Value>)> = vec![
            (framed("{\"jsonrpc\":,}").into(), Some(bad(PARSE_ERROR, Value::Null))),
            (framed("").into(), Some(bad(PARSE_ERROR, Value::Null))),
            (b"Content-Length: 2\r\n\r\n\xff\xfe".to_vec(), Some(bad(PARSE_ERROR, Value::Null))),
            (framed("[]").into(), Some(bad(INVALID_REQUEST, Value::Null))),
            (framed("{\"id\": 7, \"method\": 3}").into(), Some(bad(INVALID_REQUEST, json!(7)))),
            (b"Content-Length: many\r\n\r\n".to_vec(), Some(bad(PARSE_ERROR, Value::Null))),
            (b"Content-Length: -1\r\n\r\n".to_vec(), Some(bad(PARSE_ERROR, Value::Null))),
            (b"\r\n".to_vec(), None),
            (b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n".to_vec(), None),
            (framed(r#"{"jsonrpc":"2.0","id":3,"result":null}"#).into(), None),
            (framed(r#"{"jsonrpc":"2.0","id":3}"#).into(), None),
            (framed(r#"{"jsonrpc":"2.0","id":3,"error":7}"#).into(), None),
            (format!("Content-Length: many\r\n\r\n{good}").into(), Some(bad(PARSE_ERROR, Value::Null))),
        ];
        for (mut bytes, rejected) in cases {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            bytes.extend_from_slice(framed(good).as_bytes());
            let messages = read(&bytes).await;
            assert_eq!(messages.last().unwrap(), &serde_json::from_str::<Value>(good).unwrap(), "{shown}");
            let params =
                messages.iter().find(|message| message["method"] == REJECTED).map(|m| m["params"].clone());
            assert_eq!(params, rejected, "{shown}");
        }
    }

    #[tokio::test]
    async fn a_message_cut_off_is_nothing() {
        assert!(read(b"Content-Length: 500\r\n\r\n{\"jsonrpc\"").await.is_empty());
        assert!(read(b"Content-Le").await.is_empty());
        assert!(read(b"").await.is_empty());
    }
}
