//! Requests as they come in: their heads, read by `httparse`, and their bodies, each within so many bytes and so much time. One
//! request a connection.

use super::answer::Refusal;
use std::io::{self, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Bytes and headers of a head, bytes of a body: more than any client sends in earnest.
const HEAD: usize = 16 << 10;
const HEADERS: usize = 64;
const BODY: usize = 16 << 20;
/// How long a head, and a body after it, may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Request {
    pub method: String,
    /// Without what stands behind a `?`.
    pub path: String,
    /// By lower-case names.
    headers: Vec<(String, String)>,
    length: usize,
    /// What came of the body with the head.
    begun: Vec<u8>,
}

/// Why there is no request.
pub enum Unread {
    /// Nobody would hear an answer.
    Gone,
    Refused(Refusal),
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Request {
    /// Reads a head.
    pub fn read(mut from: &TcpStream) -> Result<Self, Unread> {
        let until = Instant::now() + PATIENCE;
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        loop {
            if let Some(request) = Self::parse(&bytes)? {
                return Ok(request);
            }
            if bytes.len() >= HEAD {
                return Err(Refusal::new(431, "the headers are too long").into());
            }
            let read = read_until(&mut from, &mut part, until)?;
            bytes.extend_from_slice(&part[..read]);
        }
    }

    /// `None` where more has to come.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => {
                return Err(Refusal::new(431, "there are too many headers"));
            }
            Err(_) => return Err(Refusal::new(400, "this is no HTTP request")),
        };
        let path = head.path.unwrap_or_default();
        let mut request = Self {
            method: head.method.unwrap_or_default().to_owned(),
            path: path.split('?').next().unwrap_or(path).to_owned(),
            headers: Vec::new(),
            length: 0,
            begun: bytes[length..].to_vec(),
        };
        for header in head.headers.iter() {
            let value =
                std::str::from_utf8(header.value).map_err(|_| Refusal::new(400, "a header is not text"))?;
            request.headers.push((header.name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("transfer-encoding").is_some() {
            return Err(Refusal::new(411, "the body must come with a Content-Length, in one piece"));
        }
        let lengths: Vec<String> = request.all("content-length").map(str::to_owned).collect();
        let length = match lengths.as_slice() {
            [] => Some(0),
            [length] if length.bytes().all(|byte| byte.is_ascii_digit()) => length.parse().ok(),
            _ => None,
        };
        request.length = length.ok_or_else(|| Refusal::new(400, "the Content-Length is no number"))?;
        Ok(Some(request))
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The header of this lower-case name; the last one of several is not asked.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    /// The same, where there must not be several.
    pub fn only(&self, name: &'static str) -> Option<&str> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_none() { first } else { None }
    }

    /// Reads the body. Whoever waits to be told to send it is told.
    pub fn body(&mut self, mut from: &TcpStream) -> Result<Vec<u8>, Unread> {
        if self.length > BODY {
            return Err(Refusal::new(413, format!("the body is longer than {BODY} bytes")).into());
        }
        let mut body = std::mem::take(&mut self.begun);
        if body.len() < self.length && self.header("expect").is_some() {
            let told = io::Write::write_all(&mut from, b"HTTP/1.1 100 Continue\r\n\r\n");
            told.map_err(|_| Unread::Gone)?;
        }
        let until = Instant::now() + PATIENCE;
        let mut part = [0; 16 << 10];
        while body.len() < self.length {
            let read = read_until(&mut from, &mut part, until)?;
            body.extend_from_slice(&part[..read]);
        }
        body.truncate(self.length);
        Ok(body)
    }
}

fn read_until(from: &mut &TcpStream, part: &mut [u8], until: Instant) -> Result<usize, Unread> {
    let slow = || Unread::Refused(Refusal::new(408, "the request came too slowly"));
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(slow());
    }
    from.set_read_timeout(Some(left)).map_err(|_| Unread::Gone)?;
    match from.read(part) {
        Ok(0) => Err(Unread::Gone),
        Ok(read) => Ok(read),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(slow()),
            _ => Err(Unread::Gone),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Request>, u16> {
        Request::parse(text.as_bytes()).map_err(|refusal| refusal.status)
    }

    #[test]
    fn a_head_is_whole_partial_or_refused() {
        let whole =
            parse("POST /infill?x=1 HTTP/1.1\r\nHost: a\r\ncontent-Length: 2\r\n\r\n{}").unwrap().unwrap();
        assert_eq!((whole.method.as_str(), whole.path.as_str(), whole.length), ("POST", "/infill", 2));
        assert_eq!((whole.header("host"), whole.begun.as_slice()), (Some("a"), b"{}".as_slice()));
        assert!(parse("POST /infill HTTP/1.1\r\nHo").unwrap().is_none());
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(HEADERS + 1));
        let refused = [
            ("nonsense\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\ncontent-length: +1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", 411),
            (many.as_str(), 431),
        ];
        for (head, status) in refused {
            assert_eq!(parse(head).unwrap_err(), status, "{head}");
        }
    }
}
