//! An HTTP server on this machine that does what a script says, for tests of what has to withstand it: it cuts, dawdles, lies
//! about lengths, sends on, and remembers what it was asked. One request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request that came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// With what stands behind it.
    pub path: String,
    /// By lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Requests before this one.
    pub number: usize,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone)]
enum Part {
    Bytes(Vec<u8>),
    Wait(Duration),
}

/// What is answered, part by part; the connection ends behind the last one, whatever the headers promised.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    parts: Vec<Part>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), parts: Vec::new() }.with("content-length", "0")
    }

    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        Self { status: 200, headers: Vec::new(), parts: vec![Part::Bytes(body)] }
            .with("content-length", &length)
    }

    /// A stream of server-sent events, each of them a part.
    pub fn events(events: &[&str]) -> Self {
        let parts =
            events.iter().map(|event| Part::Bytes(format!("data: {event}\n\n").into_bytes())).collect();
        Self { status: 200, headers: Vec::new(), parts }.with("content-type", "text/event-stream")
    }

    /// The file, or the range of it that was asked for, as a host does that knows ranges and tags.
    pub fn file(request: &Request, file: &[u8], tag: &str) -> Self {
        let same = request.header("if-range").is_none_or(|wanted| wanted == tag);
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let range =
            range.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)));
        match range.filter(|_| same) {
            Some((first, last)) if first < file.len() && first <= last => {
                let last = last.min(file.len() - 1);
                let told = format!("bytes {first}-{last}/{}", file.len());
                let part = Self::body(&file[first..=last]).with("content-range", &told);
                Self { status: 206, ..part }.with("etag", tag)
            }
            Some(_) => Self::status(416),
            None => Self::body(file).with("etag", tag),
        }
    }

    /// With this header, in the place of one that is called so.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn coded(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Ends after so many bytes of the body.
    pub fn cut(mut self, bytes: usize) -> Self {
        let mut left = bytes;
        for part in &mut self.parts {
            if let Part::Bytes(bytes) = part {
                bytes.truncate(left);
                left -= bytes.len();
            }
        }
        self
    }

    /// Waits before each part of the body.
    pub fn slow(mut self, pause: Duration) -> Self {
        self.parts = self.parts.into_iter().flat_map(|part| [Part::Wait(pause), part]).collect();
        self
    }

    /// In parts of so many bytes.
    pub fn in_parts(mut self, size: usize) -> Self {
        let split = |part: Part| match part {
            Part::Bytes(bytes) => bytes.chunks(size.max(1)).map(|part| Part::Bytes(part.to_vec())).collect(),
            wait @ Part::Wait(_) => vec![wait],
        };
        self.parts = self.parts.into_iter().flat_map(split).collect();
        self
    }

    /// And then nothing, for so long.
    pub fn then_wait(mut self, long: Duration) -> Self {
        self.parts.push(Part::Wait(long));
        self
    }
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// The server; it takes requests as long as the process lives.
pub struct Host {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Host {
    /// # Errors
    /// This machine has no loopback.
    pub fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let host = Self { address: listener.local_addr()?, seen: Arc::default() };
        let (seen, script): (_, Arc<Script>) = (Arc::clone(&host.seen), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                // Whoever hangs up in the midst of it is no business of the server's.
                std::thread::spawn(move || serve(stream, &seen, script.as_ref()).ok());
            }
        });
        Ok(host)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, script: &Script) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().into()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        request.number = seen.len();
        seen.push(request.clone());
    }
    let reply = script(&request);
    let mut head = format!("HTTP/1.1 {} As Told\r\nconnection: close\r\n", reply.status);
    reply.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    for part in reply.parts {
        match part {
            Part::Bytes(bytes) => stream.write_all(&bytes)?,
            Part::Wait(long) => std::thread::sleep(long),
        }
    }
    stream.shutdown(std::net::Shutdown::Write)
}
