//! The Agent Client Protocol on stdin and stdout, for editors that have a panel for agents: the conversation of `trust-lsp chat`,
//! with its tools. Version 1, line by line, written here: the official SDK would bring its own runtime for eight messages.
//!
//! *Invariant:* what changes a file was permitted by the client's user, in an answer to this session's own question.

mod session;
mod wire;

use crate::assistant::Assistant;
use serde_json::{Value, json};
use session::Session;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wire::{Incoming, Refusal, Wire};

const VERSION: u64 = 1;
/// Sessions that are kept; the oldest that answers nothing goes.
const MOST: usize = 16;

/// Opens a folder: its index, and the model that is configured there.
pub type Open<'a> = &'a dyn Fn(&Path) -> Arc<Assistant>;

/// Runs until the client closes stdin.
pub fn serve(open: Open<'_>) -> anyhow::Result<()> {
    let wire = Arc::new(Wire::new(std::io::stdout()));
    let mut agent =
        Agent { wire: Arc::clone(&wire), open, folders: HashMap::new(), sessions: HashMap::new(), begun: 0 };
    let mut input = std::io::stdin().lock();
    while let Some(message) = wire.next(&mut input)? {
        match message {
            Incoming::Request { id, method, params } => agent.answer(id, &method, &params),
            Incoming::Notification { method, params } if method == "session/cancel" => {
                if let Some(session) = agent.session(&params) {
                    session.cancel();
                }
            }
            Incoming::Notification { .. } => {}
        }
    }
    agent.sessions.values().for_each(|session| session.cancel());
    Ok(())
}

struct Agent<'a> {
    wire: Arc<Wire>,
    open: Open<'a>,
    /// One index and one model a folder, however many sessions there are in it.
    folders: HashMap<PathBuf, Arc<Assistant>>,
    sessions: HashMap<String, Arc<Session>>,
    begun: usize,
}

impl Agent<'_> {
    fn answer(&mut self, id: Value, method: &str, params: &Value) {
        let answer = match method {
            "initialize" => Ok(introduction()),
            "authenticate" => Ok(json!({})),
            "session/new" => self.begin(params),
            // It is answered when it has ended, from a thread of its own.
            "session/prompt" => match self.prompt(id.clone(), params) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            _ => Err(Refusal::method(method)),
        };
        self.wire.reply(&id, answer);
    }

    fn session(&self, params: &Value) -> Option<&Arc<Session>> {
        self.sessions.get(params["sessionId"].as_str()?)
    }

    fn begin(&mut self, params: &Value) -> Result<Value, Refusal> {
        let folder = Path::new(params["cwd"].as_str().unwrap_or_default());
        let folder = folder.canonicalize().ok().filter(|path| folder.is_absolute() && path.is_dir());
        let folder = folder.ok_or_else(|| Refusal::params("`cwd` must be the absolute path of a folder"))?;
        if self.sessions.len() >= MOST {
            let idle = self.sessions.iter().filter(|(_, session)| !session.is_answering());
            let oldest = idle.map(|(id, session)| (session.number, id)).min().map(|(_, id)| id.clone());
            oldest.and_then(|id| self.sessions.remove(&id));
        }
        self.begun += 1;
        let open = self.open;
        let assistant = self.folders.entry(folder).or_insert_with_key(|folder| open(folder));
        let session = Session::new(self.begun, Arc::clone(assistant), Arc::clone(&self.wire));
        let id = session.id.clone();
        self.sessions.insert(id.clone(), Arc::new(session));
        Ok(json!({ "sessionId": id }))
    }

    fn prompt(&self, id: Value, params: &Value) -> Result<(), Refusal> {
        let session = self.session(params).ok_or_else(|| Refusal::params("there is no such session"))?;
        let turn = session.turn(&params["prompt"])?;
        let wire = Arc::clone(&self.wire);
        let work = move || wire.reply(&id, turn.run());
        let thread = std::thread::Builder::new().name("trust-prompt".into()).spawn(work);
        thread.map(drop).map_err(|error| Refusal::internal(&error.to_string()))
    }
}

fn introduction() -> Value {
    json!({
        "protocolVersion": VERSION,
        "agentCapabilities": {
            "loadSession": false,
            "promptCapabilities": { "image": false, "audio": false, "embeddedContext": true },
        },
        "agentInfo": { "name": "trust-lsp", "title": "trust-lsp", "version": env!("CARGO_PKG_VERSION") },
        "authMethods": [],
    })
}
