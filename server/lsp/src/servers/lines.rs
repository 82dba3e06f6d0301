//! Messages as lines on a server's pipes. Threads read and write them, since the pipes block. The first line that is no message, or
//! is too long, ends the session, and why is kept.

use super::said;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::RoleClient;
use rmcp::transport::Transport;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use trust_redact::masked;

/// The longest message, in bytes.
const LONGEST: u64 = 4 << 20;
/// Letters that are told of a line that is no message.
const QUOTED: usize = 60;
/// Messages that wait to be looked at; a server that says more waits.
const WAITING: usize = 16;

/// Why a session ended, in words; the first reason holds.
#[derive(Debug, Clone, Default)]
pub struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    pub fn tell(&self, why: &str) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert_with(|| why.to_owned());
    }

    pub fn told(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub struct Lines {
    input: Receiver<ServerJsonRpcMessage>,
    output: Sender<Vec<u8>>,
}

impl Lines {
    /// # Errors
    /// There is no thread to be had.
    pub fn new(
        said: impl Read + Send + 'static,
        mut asked: impl Write + Send + 'static,
        trouble: Trouble,
    ) -> io::Result<Self> {
        let (tell, input) = channel(WAITING);
        let (output, mut written) = channel::<Vec<u8>>(WAITING);
        let thread = || std::thread::Builder::new().name("trust-server".to_owned());
        thread().spawn(move || read(said, &tell, &trouble))?;
        thread().spawn(move || {
            while let Some(line) = written.blocking_recv() {
                // One that reads no more ends, or hangs; both are noticed elsewhere.
                if asked.write_all(&line).and_then(|()| asked.flush()).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { input, output })
    }
}

fn read(said: impl Read, tell: &Sender<ServerJsonRpcMessage>, trouble: &Trouble) {
    let mut said = BufReader::new(said);
    loop {
        let mut line = Vec::new();
        match (&mut said).take(LONGEST).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return trouble.tell("it ended"),
        }
        if line.len() as u64 >= LONGEST {
            return trouble.tell("it said a message of more than 4 MiB");
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Ok(message) = serde_json::from_slice(&line) else {
            return trouble.tell(&format!("it said what is no message of the protocol: {}", quoted(&line)));
        };
        if tell.blocking_send(message).is_err() {
            return;
        }
    }
}

/// The beginning of a line, fit to be told on.
fn quoted(line: &[u8]) -> String {
    let text = masked(said::plain(&String::from_utf8_lossy(line)));
    let mut letters = text.trim().chars();
    let start: String = letters.by_ref().take(QUOTED).collect();
    format!("{start:?}{}", if letters.next().is_some() { " ..." } else { "" })
}

impl Transport<RoleClient> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = self.output.clone();
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            output.send(line).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        self.input.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.input.close();
        Ok(())
    }
}
