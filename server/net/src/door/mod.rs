//! The door for programs of this machine that speak HTTP and no language server's protocol: `trust-net serve --openai`. Here is the
//! socket; the answers come from a `trust-lsp` that is started for it, and has no right to sockets itself.
//!
//! *Invariant:* nothing is listened on before that one has read the user's configuration and allows it, and only addresses of
//! this machine ever are. *Invariant:* whoever hangs up has the work for it end.

mod answer;
mod entry;
mod fill;
mod fim;
mod line;
mod request;
mod talk;

use answer::{Answer, Refusal};
use clap::Args;
use entry::{Entry, Route};
use line::{Line, Replies};
use request::{Request, Unread};
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trust_wire::{Failure, Said, Wanted};

pub const EXAMPLES: &str = "\
Examples:
  trust-net serve --openai --port 0                       any free port; it is printed with the token
  trust-net serve --openai --port 8012 --workspace .      completions quote this project
  trust-net serve --openai --port 8012 -- --model coder   what stands behind `--` is for trust-lsp

Only programs of this machine reach it, and only with the token. In the privacy mode `strict`, which is the default, there is
no door. What to paste into Zed, llama.vim, llama.vscode and minuet: editors/README.md.";

/// Clients at a time; more than any user has.
const MOST: usize = 64;
/// How soon it is noticed that a client has hung up.
const STEP: Duration = Duration::from_millis(20);
/// Pairs of ports that are tried where any will do.
const PORTS: usize = 16;

#[derive(Args)]
pub struct Serve {
    /// Speak as OpenAI's and llama.cpp's servers do.
    #[arg(long, required = true)]
    openai: bool,
    /// 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// The project that completions quote.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// Where the token is to lie, instead of the state folder.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Tell counts at /metrics, as Prometheus reads them.
    #[arg(long)]
    metrics: bool,
    /// For trust-lsp: --model NAME, --config KEY=VALUE.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// The door.
struct Door {
    entry: Entry,
    line: Arc<Line>,
    clients: AtomicUsize,
    answered: AtomicUsize,
}

/// Serves until trust-lsp wants no more of it.
///
/// # Errors
/// There may be no door, or none can be made.
pub fn serve(options: Serve) -> Result<(), String> {
    let mut arguments = Vec::new();
    if let Some(workspace) = &options.workspace {
        arguments.push(format!("--workspace={}", workspace.display()));
    }
    if let Some(file) = &options.token_file {
        arguments.push(format!("--token-file={}", file.display()));
    }
    arguments.extend(options.rest);
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name(format!("trust-lsp{}", std::env::consts::EXE_SUFFIX));
    let (end, ended) = channel();
    let (line, grant) = Line::begin(&program, &arguments, end)?;
    let listeners = listen(options.port)?;
    let port = listeners.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
    let entry = Entry { port, token: grant.token.clone(), metrics: options.metrics };
    let door = Arc::new(Door { entry, line, clients: AtomicUsize::new(0), answered: AtomicUsize::new(0) });
    for listener in listeners {
        let door = Arc::clone(&door);
        let accept = move || listener.incoming().flatten().for_each(|stream| door.take(stream));
        std::thread::Builder::new().name("door".into()).spawn(accept).map_err(|error| error.to_string())?;
    }
    let told = format!(
        "open at http://127.0.0.1:{port}\ntoken {}\ntoken file {}\n",
        grant.token,
        grant.token_file.display()
    );
    // Nobody need listen here.
    let _ = io::stdout().write_all(told.as_bytes()).and_then(|()| io::stdout().flush());
    Err(ended.recv().unwrap_or_else(|_| "trust-lsp is gone".into()))
}

/// The same port of this machine's address in both protocols; a machine without IPv6 has one. Another program at the other
/// address would be taken for us by whoever says `localhost`.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one program that listens, on this machine's own addresses"
)]
fn listen(port: u16) -> Result<Vec<TcpListener>, String> {
    let told = |port: u16, error: io::Error| {
        format!(
            "port {port} of this machine cannot be listened on ({error}); --port 0 takes one that is free"
        )
    };
    let tries = if port == 0 { PORTS } else { 1 };
    let mut failed = String::new();
    for _ in 0..tries {
        let four = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| told(port, error))?;
        let port = four.local_addr().map_err(|error| told(port, error))?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(six) => return Ok(vec![four, six]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => failed = told(port, error),
            Err(_) => return Ok(vec![four]),
        }
    }
    Err(failed)
}

impl Door {
    fn take(self: &Arc<Self>, stream: TcpStream) {
        if self.clients.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.clients.fetch_sub(1, Ordering::Relaxed);
            let _ = Answer::new(&stream).refuse(&Refusal::new(503, "too many ask at once"));
            return;
        }
        let door = Arc::clone(self);
        let serve = move || {
            door.serve(&stream);
            door.clients.fetch_sub(1, Ordering::Relaxed);
        };
        if std::thread::Builder::new().name("client".into()).spawn(serve).is_err() {
            self.clients.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn serve(&self, stream: &TcpStream) {
        let mut answer = Answer::new(stream);
        match self.answer(stream, &mut answer) {
            Ok(()) => answer.close(),
            Err(Unread::Refused(refusal)) => {
                let _ = answer.refuse(&refusal);
                answer.close();
            }
            Err(Unread::Gone) => {}
        }
    }

    fn answer(&self, stream: &TcpStream, answer: &mut Answer<'_>) -> Result<(), Unread> {
        let mut request = Request::read(stream)?;
        let route = self.entry.admit(&request)?;
        let body = request.body(stream)?;
        let client = request.header("user-agent").unwrap_or("a program without a name").to_owned();
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let number = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        let asking = Asking { door: self, stream };
        let (fill, form) = match route {
            Route::Completions => fill::completions(&body, &client, format!("cmpl-{number}"))?,
            Route::Infill => fill::infill(&body, &client, false)?,
            Route::Completion => fill::infill(&body, &client, true)?,
            Route::Chat => {
                let talk = talk::Asked::read(&body, &client, format!("chatcmpl-{number}"), created)?;
                return talk.answer(&asking, answer);
            }
            Route::Models => {
                let Said::Models(models) = asking.once(Wanted::Models)? else { return Err(odd()) };
                return said(answer.json(&talk::models(&models, created)));
            }
            Route::Metrics => {
                let Said::Metrics(text) = asking.once(Wanted::Metrics)? else { return Err(odd()) };
                return said(answer.text("text/plain; version=0.0.4", &text));
            }
            Route::Health => return said(answer.json(&serde_json::json!({ "status": "ok" }))),
        };
        // Some clients have a prompt read ahead by asking for nothing behind it.
        let filled = match fill.tokens {
            Some(0) => trust_wire::Filled::default(),
            _ => match asking.once(Wanted::Fill(Box::new(fill)))? {
                Said::Filled(filled) => filled,
                _ => return Err(odd()),
            },
        };
        said(form.answer(&filled, created, answer))
    }
}

fn said(result: io::Result<()>) -> Result<(), Unread> {
    result.map_err(|_| Unread::Gone)
}

fn odd() -> Unread {
    Refusal::new(500, "trust-lsp answered something else").into()
}

/// Somebody who waits at a connection.
struct Asking<'a> {
    door: &'a Door,
    stream: &'a TcpStream,
}

impl Asking<'_> {
    fn ask(&self, wanted: Wanted) -> Result<Replies, Unread> {
        self.door.line.ask(wanted).map_err(|()| Refusal::new(503, "trust-lsp is gone").into())
    }

    fn once(&self, wanted: Wanted) -> Result<Said, Unread> {
        self.next(&self.ask(wanted)?)
    }

    /// The next of what comes back, unless the client has hung up.
    fn next(&self, replies: &Replies) -> Result<Said, Unread> {
        loop {
            match replies.from.recv_timeout(STEP) {
                Ok(Said::Failed(failure, message)) => {
                    let status = match failure {
                        Failure::Asked => 400,
                        Failure::Unavailable => 503,
                        Failure::Internal => 500,
                    };
                    return Err(Refusal::new(status, message).into());
                }
                Ok(said) => return Ok(said),
                Err(RecvTimeoutError::Timeout) if is_gone(self.stream) => return Err(Unread::Gone),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Refusal::new(503, "trust-lsp is gone").into());
                }
            }
        }
    }
}

/// Whether the other end was closed. What it sends beyond its request is nobody's.
fn is_gone(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let seen = stream.peek(&mut [0]);
    let gone = match &seen {
        Ok(bytes) => *bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false).is_err() || gone
}
