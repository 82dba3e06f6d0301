//! What goes back: whole answers, streams of server-sent events, and refusals in the JSON form that OpenAI's clients know. There
//! is never a header that would let a page of another origin read any of it.

use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long a client may take to hear, and how long one that still talks is listened to.
const PATIENCE: Duration = Duration::from_secs(10);
const LINGER: Duration = Duration::from_millis(500);

/// Why there is no answer: a status, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn body(&self) -> Value {
        let kind = match self.status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 | 503 => "unavailable_error",
            status if status < 500 => "invalid_request_error",
            _ => "server_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": null, "code": self.status } })
    }
}

/// The way back to one client.
pub struct Answer<'a> {
    to: &'a TcpStream,
}

impl<'a> Answer<'a> {
    pub fn new(to: &'a TcpStream) -> Self {
        // A client that does not listen holds up nobody but itself, and that not for long.
        let _ = to.set_write_timeout(Some(PATIENCE));
        let _ = to.set_nodelay(true);
        Self { to }
    }

    pub fn json(&mut self, body: &Value) -> io::Result<()> {
        self.whole(200, "application/json", &body.to_string(), "")
    }

    pub fn text(&mut self, kind: &str, body: &str) -> io::Result<()> {
        self.whole(200, kind, body, "")
    }

    pub fn refuse(&mut self, refusal: &Refusal) -> io::Result<()> {
        let more = match refusal.status {
            401 => "www-authenticate: Bearer\r\n",
            405 => "allow: GET, POST\r\n",
            503 => "retry-after: 1\r\n",
            _ => "",
        };
        self.whole(refusal.status, "application/json", &refusal.body().to_string(), more)
    }

    fn whole(&mut self, status: u16, kind: &str, body: &str, more: &str) -> io::Result<()> {
        let length = body.len();
        let head = head(status, kind, &format!("content-length: {length}\r\n{more}"));
        self.to.write_all(format!("{head}{body}").as_bytes())
    }

    /// Begins a stream, whose end is the connection's.
    pub fn begin_events(&mut self) -> io::Result<()> {
        self.to.write_all(head(200, "text/event-stream", "").as_bytes())
    }

    pub fn event(&mut self, data: &Value) -> io::Result<()> {
        self.to.write_all(format!("data: {data}\n\n").as_bytes())
    }

    pub fn end_events(&mut self) -> io::Result<()> {
        self.to.write_all(b"data: [DONE]\n\n")
    }

    /// Ends the connection so that what was said arrives, even where the client is still talking.
    pub fn close(self) {
        if self.to.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let until = Instant::now() + LINGER;
        let mut part = [0; 16 << 10];
        let mut from = self.to;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let goes_on = !left.is_zero() && from.set_read_timeout(Some(left)).is_ok();
            if !goes_on || !matches!(from.read(&mut part), Ok(1..)) {
                return;
            }
        }
    }
}

fn head(status: u16, kind: &str, more: &str) -> String {
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: {kind}\r\nconnection: close\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\n{more}\r\n"
    )
}
