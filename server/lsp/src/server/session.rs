//! The state of one session, shared by all handlers.

mod models;

use crate::assistant::{Assistant, cache_folder};
use crate::audit;
use crate::model_slot::{Automatic, ModelState};
use crate::offered::Offered;
use crate::server::acceptance::{Acceptance, Shown, Way};
use crate::server::blames::Blames;
use crate::server::capabilities::Client;
use crate::server::completions::Completions;
use crate::server::documents::{Document, Documents};
use crate::server::findings::Findings;
use crate::server::imports::{Imports, Place};
use crate::server::lifecycle::Ending;
use crate::server::offers::{Offers, Piece};
use crate::server::previews::Previews;
use crate::server::talks::Talks;
use crate::server::{Configuration, ServeOptions, path_of, progress, status};
use crate::setup::{models, pace, use_index_threads, use_secret_rules};
use crate::stats::{self, Counter, Event, Fate};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tower_lsp::gen_lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, MessageType, Registration, Uri,
};
use trust_audit::{Action, By, Feature, Trouble};
use trust_complete::{Completion, Gate};
use trust_config::Settings;

/// How long the session's threads may take to end.
const PATIENCE: Duration = Duration::from_secs(1);
/// Whoever was quiet for so long may have been elsewhere, and files may have changed behind our back.
const AWAY: Duration = Duration::from_secs(60);

pub struct Session {
    pub lsp: tower_lsp::Client,
    pub documents: Arc<Documents>,
    pub completions: Arc<Completions>,
    pub findings: Findings,
    pub blames: Blames,
    pub previews: Previews,
    pub talks: Arc<Talks>,
    pub configuration: Configuration,
    pub ending: Arc<Ending>,
    acceptance: Acceptance,
    pub imports: Imports,
    offers: Offers,
    counter: Arc<Counter>,
    pub progress: Arc<progress::Shown>,
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
    /// What answers, and when that is looked at again.
    automatic: Mutex<Automatic>,
    changed: Arc<Notify>,
    built: Arc<Notify>,
}

impl Session {
    pub fn new(lsp: tower_lsp::Client, options: ServeOptions, ending: Arc<Ending>) -> Arc<Self> {
        Arc::new(Self {
            lsp,
            documents: Arc::default(),
            completions: Arc::default(),
            findings: Findings::default(),
            blames: Blames::default(),
            previews: Previews::default(),
            talks: Arc::default(),
            configuration: Configuration::new(options.inputs.clone()),
            ending,
            acceptance: Acceptance::default(),
            imports: Imports::default(),
            offers: Offers::default(),
            counter: Arc::default(),
            progress: Arc::default(),
            seen: Mutex::new(Instant::now()),
            options,
            started: OnceLock::new(),
            threads: Mutex::default(),
        })
    }

    /// Begins the session: the index and the model load in the background. A second call changes nothing.
    /// `name`: the client's, with its version.
    pub fn start(&self, client: Client, name: String, roots: Vec<PathBuf>, settings: &Settings) {
        if self.started.get().is_some() {
            return;
        }
        crate::net::obey(&settings.privacy);
        use_index_threads(settings);
        if let Err(message) = use_secret_rules(settings) {
            tracing::warn!(message);
            let lsp = self.lsp.clone();
            tokio::spawn(async move { lsp.show_message(MessageType::Warning, message).await });
        }
        self.count_or_not(settings.statistics);
        self.audit(name, &roots, settings);
        let changed = Arc::new(Notify::new());
        let built = Arc::new(Notify::new());
        let (on_change, on_build) = (changed.clone(), built.clone());
        let tell = move || {
            on_change.notify_one();
            on_build.notify_one();
        };
        let wanted = models(settings, self.options.scripted.clone(), &[]);
        let assistant = Assistant::new(roots, &wanted, Arc::new(tell));
        let automatic = Mutex::new(Automatic::new(settings.clone(), wanted, Instant::now()));
        if !client.watches_files {
            assistant.watch_files();
        }
        let (loader, keep) = (assistant.clone(), settings.keep_cache);
        self.spawn("trust-model", move || {
            if !keep {
                loader.remove_snapshot();
            }
            // Whether it is written again is asked at the end.
            loader.model().load(loader.snapshot_folder());
            if let ModelState::Failed(reason) = loader.model().state().as_ref() {
                tracing::error!(reason, "no model");
            }
        });
        self.completions.follow(pace(settings));
        let (worker, completions) = (assistant.clone(), self.completions.clone());
        self.spawn("trust-complete", move || completions.serve(&worker));
        self.adapt(&assistant, Vec::new());
        // Requests come one at a time until `initialize` is answered, so nobody was faster.
        let _ = self.started.set(Started { client, assistant, automatic, changed, built });
    }

    /// Begins to tell the audit log. What keeps it from being written is told in the client's log.
    fn audit(&self, client: String, roots: &[PathBuf], settings: &Settings) {
        let (lsp, runtime) = (self.lsp.clone(), Handle::current());
        let trouble = move |trouble: Trouble| {
            let message = audit::words(&trouble);
            tracing::warn!(message);
            let lsp = lsp.clone();
            runtime.spawn(async move { lsp.log_message(MessageType::Warning, message).await });
        };
        audit::start(settings, (client, By::Person), roots.first().cloned(), Arc::new(trouble));
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

    /// A completion is about to be shown; its number, for the client's accept command.
    pub fn showing(
        &self,
        uri: &Uri,
        document: &Document,
        offset: usize,
        completion: &Completion,
        way: Way,
    ) -> u64 {
        let source = completion.source.name();
        let is_inline = way == Way::Inline;
        let note = if is_inline { source.to_owned() } else { format!("{source}, in the menu") };
        let record = || self.tell_shown(document, completion, note);
        let (id, events) = self.acceptance.show(uri, document, offset, completion, way, record);
        if is_inline {
            self.imports.shown(id, uri, offset, completion);
        }
        self.count(events);
        id
    }

    /// Tells the audit log of a completion that is shown, and of the files it was made of.
    fn tell_shown(&self, document: &Document, completion: &Completion, note: String) -> Option<String> {
        let assistant = self.assistant()?;
        let (_, path) = assistant.relative(&document.path);
        let quoted = completion.quoted.iter().filter(|quoted| **quoted != path).cloned();
        let mut files = audit::files_of(&assistant.index(), quoted);
        files.push(audit::File::Open(path, document.text.clone()));
        let event = audit::Event::new(Feature::Completion, Action::Shown)
            .within(assistant.root_of(&document.path))
            .model(completion.model.clone())
            .files(files)
            .tokens(completion.prefilled, completion.tokens)
            .took(completion.total)
            .sent(assistant.sent_since())
            .said("", &completion.text)
            .note(note);
        audit::record(event)
    }

    /// A next edit of the document `uri` is offered, of which `from` gave the reason; its number. `is_shown`: not only in a list that
    /// an editor asked for by itself.
    pub fn offer_next(&self, from: &Uri, uri: &Uri, piece: Piece, is_shown: bool) -> u64 {
        let (feature, new) = (Feature::NextEdit, piece.new.clone());
        let offer = || match is_shown {
            true => Offered::shown(feature, None, self.tell_next(uri, &new)),
            false => Offered::listed(feature, "as a code action".into()),
        };
        self.offers.next((from, uri), piece, is_shown, || self.acceptance.number(), offer)
    }

    fn tell_next(&self, uri: &Uri, new: &str) -> Option<String> {
        let assistant = self.assistant()?;
        let path = path_of(uri).0;
        let shown = assistant.relative(&path).1;
        let files = match self.documents.get(uri) {
            Some(document) => vec![audit::File::Open(shown, document.text)],
            None => audit::files_of(&assistant.index(), [shown]),
        };
        let event = audit::Event::new(Feature::NextEdit, Action::Shown).within(assistant.root_of(&path));
        audit::record(event.files(files).said("", new))
    }

    /// After the edits of this document none is due any more.
    pub fn no_next(&self, from: &Uri) {
        self.offers.no_next(from);
    }

    /// The fix of a finding stands in a list of actions; its number.
    pub fn offer_fix(&self, uri: &Uri, piece: Piece, title: &str) -> u64 {
        let offered = Offered::listed(Feature::Action, title.to_owned());
        self.offers.fix(uri, (title, piece), || self.acceptance.number(), offered)
    }

    /// A model made an edit; its number. `whole`: what the document becomes, and by how many changes.
    pub fn offer_edit(&self, uri: &Uri, whole: Option<(String, usize)>, offered: Offered) -> u64 {
        let id = self.acceptance.number();
        self.offers.made(uri, whole, id, offered);
        id
    }

    /// A document was edited: what became of what it showed, or was offered for it.
    pub fn edited(&self, uri: &Uri, document: &Document) {
        self.offers.changed(uri, document);
        if let Some(import) = self.imports.arrived(uri, document) {
            self.acceptance.moved(uri, import.start, import.len());
        }
        match self.acceptance.changed(uri, document) {
            Some((Fate::Accepted, shown)) => self.took(uri.clone(), shown),
            Some((fate, shown)) => self.count(shown.event(fate).into_iter().collect()),
            None => {}
        }
    }

    pub fn accepted(&self, id: u64) {
        if let Some((uri, shown)) = self.acceptance.accepted(id) {
            self.took(uri, shown);
        }
        self.offers.said(id, Fate::Accepted);
    }

    /// Where the inline completion `id` was shown that the client has inserted, if it takes edits.
    pub fn inserted(&self, id: u64) -> Option<Place> {
        self.imports.inserted(id).filter(|_| self.client().applies_edits)
    }

    /// The client would not take an edit.
    pub fn dismissed(&self, id: u64) {
        self.offers.said(id, Fate::Rejected);
    }

    pub fn closed(&self, uri: &Uri) {
        self.acceptance.closed(uri);
        self.imports.forget(uri);
    }

    /// Counts an accepted completion, and later whether it was kept.
    fn took(&self, uri: Uri, shown: Shown) {
        self.count(shown.event(Fate::Accepted).into_iter().collect());
        let (documents, counter, after) =
            (self.documents.clone(), self.counter.clone(), self.options.kept_after);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if documents.get(&uri).is_some_and(|document| shown.is_kept(&document)) {
                shown.tell(Fate::Kept);
                // Whoever counted the acceptance said why it failed, if it did.
                let _ = tokio::task::spawn_blocking(move || counter.add(shown.event(Fate::Kept).as_slice()))
                    .await;
            }
        });
    }

    fn count(&self, events: Vec<Event>) {
        if let Some(assistant) = self.assistant().filter(|_| !events.is_empty()) {
            self.adapt(assistant, events);
        }
    }

    /// Has the gate learn anew, from what it may learn from now.
    pub fn relearn(&self) {
        if let Some(assistant) = self.assistant() {
            self.adapt(assistant, Vec::new());
        }
    }

    /// Counts how completions fare from now on, or does not.
    pub fn count_or_not(&self, count: bool) {
        self.counter.start(cache_folder().filter(|_| count).map(|cache| stats::folder(&cache)));
    }

    /// Counts `events`, and has the gate learn from what was decided lately.
    fn adapt(&self, assistant: &Arc<Assistant>, events: Vec<Event>) {
        let adapt = self.configuration.settings().adapt;
        let (counter, lsp, assistant) = (self.counter.clone(), self.lsp.clone(), assistant.clone());
        tokio::spawn(async move {
            let add = move || {
                let recent = counter.add(&events)?;
                let recent = if adapt { recent } else { Vec::new() };
                assistant.set_gate(Gate::adapted(&recent, false));
                Ok::<_, std::io::Error>(())
            };
            if let Ok(Err(error)) = tokio::task::spawn_blocking(add).await {
                let message = format!("completions are not counted, which changes nothing else: {error}");
                tracing::warn!(message);
                lsp.log_message(MessageType::Warning, message).await;
            }
        });
    }

    /// Starts what talks to the client by itself: status notifications, and the wish to hear of changed files.
    pub fn greet(&self) {
        let Some(Started { client, assistant, changed, built, .. }) = self.started.get() else {
            return;
        };
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
        if let Some(assistant) = self.assistant() {
            assistant.models().close(self.configuration.settings().keep_cache);
        }
    }
}
