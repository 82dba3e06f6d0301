//! The state of one session, shared by all handlers.

use crate::assistant::{Assistant, ModelState};
use crate::server::capabilities::Client;
use crate::server::completions::Completions;
use crate::server::documents::{Document, Documents};
use crate::server::lifecycle::Ending;
use crate::server::progress::{self, Shown};
use crate::server::{ServeOptions, status};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tower_lsp::gen_lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, MessageType, Registration,
};

/// How long the session's threads may take to end.
const PATIENCE: Duration = Duration::from_secs(1);
/// Whoever was quiet for so long may have been elsewhere, and files may have changed behind our back.
const AWAY: Duration = Duration::from_secs(60);

pub struct Session {
    pub lsp: tower_lsp::Client,
    pub documents: Documents,
    pub completions: Arc<Completions>,
    pub ending: Arc<Ending>,
    pub progress: Arc<Shown>,
    /// When somebody last did something.
    seen: Mutex<Instant>,
    options: ServeOptions,
    started: OnceLock<Started>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What is known from `initialize` on.
struct Started {
    client: Client,
    assistant: Arc<Assistant>,
    changed: Arc<Notify>,
    built: Arc<Notify>,
}

impl Session {
    pub fn new(lsp: tower_lsp::Client, options: ServeOptions, ending: Arc<Ending>) -> Arc<Self> {
        Arc::new(Self {
            lsp,
            documents: Documents::default(),
            completions: Arc::default(),
            ending,
            progress: Arc::default(),
            seen: Mutex::new(Instant::now()),
            options,
            started: OnceLock::new(),
            threads: Mutex::default(),
        })
    }

    /// Begins the session: the index and the model load in the background. A second call changes nothing.
    pub fn start(&self, client: Client, roots: Vec<PathBuf>) {
        if self.started.get().is_some() {
            return;
        }
        let changed = Arc::new(Notify::new());
        let built = Arc::new(Notify::new());
        let (on_change, on_build) = (changed.clone(), built.clone());
        let tell = move || {
            on_change.notify_one();
            on_build.notify_one();
        };
        let assistant = Assistant::new(roots, self.options.model.clone(), Arc::new(tell));
        if !client.watches_files {
            assistant.watch_files();
        }
        let loader = assistant.clone();
        self.spawn("trust-model", move || {
            loader.load_model();
            if let ModelState::Failed(reason) = loader.model_state().as_ref() {
                tracing::error!(reason, "no model");
            }
        });
        let (worker, completions) = (assistant.clone(), self.completions.clone());
        self.spawn("trust-complete", move || completions.serve(&worker));
        // Requests come one at a time until `initialize` is answered, so nobody was faster.
        let _ = self.started.set(Started { client, assistant, changed, built });
    }

    fn spawn(&self, name: &str, body: impl FnOnce() + Send + 'static) {
        match std::thread::Builder::new().name(name.into()).spawn(body) {
            Ok(thread) => self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread),
            Err(error) => tracing::error!(name, %error, "a thread could not be started"),
        }
    }

    /// What the client can do; nothing special before `initialize`.
    pub fn client(&self) -> Client {
        self.started.get().map(|started| started.client).unwrap_or_default()
    }

    /// `None` before `initialize`, when no other request is served either.
    pub fn assistant(&self) -> Option<&Arc<Assistant>> {
        self.started.get().map(|started| &started.assistant)
    }

    /// Tells the index what an open document says now.
    pub fn index_open(&self, document: &Document) {
        if let Some(assistant) = self.assistant().filter(|_| document.on_disk) {
            assistant.index().set_open(&document.path, document.text.clone());
        }
    }

    /// Somebody does something. After a long absence files may be others.
    pub fn noticed(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let away = std::mem::replace(&mut *seen, Instant::now()).elapsed() >= AWAY;
        if let Some(assistant) = self.assistant().filter(|_| away) {
            assistant.index().look_again();
        }
    }

    /// A line in the client's log. Sent from a task of its own: no handler waits for the client.
    pub fn warn(&self, message: String) {
        tracing::warn!(message);
        let lsp = self.lsp.clone();
        tokio::spawn(async move { lsp.log_message(MessageType::Warning, message).await });
    }

    /// Starts what talks to the client by itself: status notifications, and the wish to hear of changed files.
    pub fn greet(&self) {
        let Some(Started { client, assistant, changed, built }) = self.started.get() else { return };
        tokio::spawn(status::publish(
            assistant.clone(),
            self.lsp.clone(),
            changed.clone(),
            client.trust_status,
        ));
        if client.shows_progress {
            tokio::spawn(progress::publish(
                assistant.clone(),
                self.lsp.clone(),
                built.clone(),
                self.progress.clone(),
                self.options.progress_after,
            ));
        }
        if client.watches_files {
            let (lsp, assistant) = (self.lsp.clone(), assistant.clone());
            tokio::spawn(async move {
                let watcher =
                    FileSystemWatcher { glob_pattern: GlobPattern::Pattern("**/*".into()), kind: None };
                let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
                let registration = Registration {
                    id: "trust-watched-files".into(),
                    method: "workspace/didChangeWatchedFiles".into(),
                    register_options: serde_json::to_value(options).ok(),
                };
                if let Err(error) = lsp.register_capability(vec![registration]).await {
                    tracing::warn!(%error, "the client does not watch files for us");
                    assistant.watch_files();
                }
            });
        }
    }

    pub fn cancel_all(&self) {
        self.completions.cancel_all();
    }

    /// Ends the session's threads. One that is stuck in a large model's file is left to the process's end.
    pub fn close(&self) {
        self.completions.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let patience = Instant::now() + PATIENCE;
        for thread in threads {
            while !thread.is_finished() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}
