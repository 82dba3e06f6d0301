//! Index, model and completion pipeline together: what the server and the command line both drive.

use crate::model_slot::{Loaded, ModelSlot, ModelSlots};
use crate::net::Ledger;
use crate::setup::{Manner, Models};
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use trust_complete::{Completer, Counters, Gate, Import, NextEdit, NextQuery, Outcome, Query, Quiet};
use trust_grammars::Language;
use trust_index::{Index, IndexOptions, IndexState, MAX_FILE_BYTES, Refusal};
use trust_inference::{CancelToken, Model};
use trust_models::Task;
use trust_text::Text;
use xxhash_rust::xxh3::Xxh3;

/// Called on every change of the model's or the index's state.
pub type OnChange = Arc<dyn Fn() + Send + Sync>;

pub struct Assistant {
    completer: Completer,
    /// What was learned of the user, before any manner.
    learned: Mutex<Gate>,
    models: ModelSlots,
    /// What left for completions since one was last shown.
    ledger: Ledger,
    /// The number of the model that the completer knows.
    known: AtomicU64,
    index: ArcSwap<Index>,
    roots: ArcSwap<Vec<PathBuf>>,
    watches: AtomicBool,
    on_change: OnChange,
}

impl Assistant {
    /// Starts to index `roots` in the background. The model is loaded by [`ModelSlot::load`].
    pub fn new(roots: Vec<PathBuf>, models: &Models, on_change: OnChange) -> Arc<Self> {
        Self::with(Completer::default(), roots, models, on_change)
    }

    /// The same, of another completer.
    pub fn with(
        completer: Completer,
        roots: Vec<PathBuf>,
        models: &Models,
        on_change: OnChange,
    ) -> Arc<Self> {
        crate::net::within(&roots);
        let index = start_index(&roots, &on_change);
        Arc::new(Self {
            completer,
            learned: Mutex::default(),
            models: ModelSlots::new(models, &on_change),
            ledger: Ledger::default(),
            known: AtomicU64::new(0),
            index: ArcSwap::from_pointee(index),
            roots: ArcSwap::from_pointee(roots),
            watches: AtomicBool::new(false),
            on_change,
        })
    }

    /// The model that completes, which [`ModelSlot::load`] loads.
    pub fn model(&self) -> &ModelSlot {
        self.models.of(Task::Completion)
    }

    /// The model for a task; another one than that of completions is loaded by who asks it first.
    pub fn model_of(&self, task: Task) -> &ModelSlot {
        self.models.of(task)
    }

    pub fn models(&self) -> &ModelSlots {
        &self.models
    }

    /// The model for a query. What the completer remembers of another one is forgotten.
    fn model_for(&self, somebody_waits: bool) -> Option<Arc<Loaded>> {
        let loaded = if somebody_waits { self.wake(Task::Completion) } else { self.model().current() };
        let number = loaded.as_ref().map_or(0, |loaded| loaded.number);
        if self.known.swap(number, Ordering::Relaxed) != number {
            self.completer.forget_model();
        }
        loaded
    }

    /// The model for a task, once it is loaded; `None` where there is none, and when nobody waits any more. Blocks.
    pub fn wait_for_model(&self, task: Task, cancel: &CancelToken) -> Option<Arc<Loaded>> {
        self.models.of(task).wait(|| cancel.is_cancelled());
        self.wake(task)
    }

    fn wake(&self, task: Task) -> Option<Arc<Loaded>> {
        // What is kept of a conversation's model would take the place of what is kept of completions.
        let snapshot = || self.snapshot_folder().filter(|_| !self.models.is_apart(task));
        self.models.of(task).wake(snapshot)
    }

    pub fn index(&self) -> Arc<Index> {
        self.index.load_full()
    }

    pub fn index_state(&self) -> IndexState {
        self.index.load().state()
    }

    pub fn roots(&self) -> Arc<Vec<PathBuf>> {
        self.roots.load_full()
    }

    /// From now on files are watched here: the client does not tell of their changes.
    pub fn watch_files(&self) {
        self.watches.store(true, Ordering::Relaxed);
        self.index.load().watch();
    }

    /// Replaces the workspace folders: a new index takes over from the old.
    pub fn set_roots(&self, roots: Vec<PathBuf>) {
        crate::net::within(&roots);
        let index = start_index(&roots, &self.on_change);
        if self.watches.load(Ordering::Relaxed) {
            index.watch();
        }
        self.index.store(Arc::new(index));
        self.roots.store(Arc::new(roots));
    }

    /// The name of the workspace folder that holds `path`, and the path inside it with `/`.
    pub fn relative(&self, path: &Path) -> (String, String) {
        let roots = self.roots.load();
        let root =
            roots.iter().filter(|root| path.starts_with(root)).max_by_key(|root| root.as_os_str().len());
        let inside = root.and_then(|root| path.strip_prefix(root).ok());
        let inside = inside.or(path.file_name().map(Path::new)).unwrap_or(path);
        let name = root.and_then(|root| root.file_name()).map(|name| name.to_string_lossy().into_owned());
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        (name.unwrap_or_else(|| "workspace".into()), parts.join("/"))
    }

    /// The workspace folder that holds `path`, if one does.
    pub fn root_of(&self, path: &Path) -> Option<PathBuf> {
        let roots = self.roots.load();
        let root = roots.iter().filter(|root| path.starts_with(root));
        root.max_by_key(|root| root.as_os_str().len()).cloned()
    }

    /// Runs the pipeline, for one query at a time. Blocks until the query's deadline at most.
    pub fn complete(&self, query: Query, manner: Manner) -> Outcome {
        let index = self.index.load_full();
        self.adopt(manner);
        let Some(query) = admit(query, &index) else { return Outcome::Quiet(Quiet::Excluded) };
        let loaded = self.model_for(true);
        let model =
            loaded.as_deref().map(Loaded::model).filter(|model| self.may_read(*model, &query, &index));
        self.ledger.during(|| self.completer.complete(&query, &index.snapshot(), model))
    }

    /// Whether a model may read the document: a consent is for a workspace, and what is in none goes to no engine elsewhere.
    fn may_read(&self, model: &dyn Model, query: &Query, index: &Index) -> bool {
        !model.is_elsewhere()
            || match index.broker().allows(&query.path) {
                Ok(_) => true,
                Err(Refusal::OutsideWorkspace) => false,
                // What was never saved is where its name says.
                Err(_) => self.root_of(&query.path).is_some(),
            }
    }

    /// Bytes that left this machine for completions since this was last asked: those of keys that showed nothing belong to
    /// the one that is shown next.
    pub fn sent_since(&self) -> u64 {
        self.ledger.take()
    }

    /// What was learned of the gate's thresholds, from now on.
    pub fn set_gate(&self, gate: Gate) {
        *self.learned.lock().unwrap_or_else(PoisonError::into_inner) = gate;
    }

    fn adopt(&self, manner: Manner) {
        let learned = *self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gate = learned.moved(manner.shift);
        (gate.quiet_in_text, gate.open) = (manner.quiet_in_text, manner.open);
        self.completer.set_gate(gate);
    }

    /// Why the last query was answered as it was.
    pub fn why(&self) -> Option<String> {
        self.completer.why()
    }

    /// The import that `added`, which is to stand in `text`, needs. Parses the text.
    pub fn import_for(
        &self,
        path: &Path,
        language: Language,
        text: &Text,
        offset: usize,
        added: &str,
    ) -> Option<Import> {
        let index = self.index.load_full();
        let canonical = index.broker().allows(path).ok().filter(|_| text.len() as u64 <= MAX_FILE_BYTES)?;
        trust_complete::import_for(&canonical, language, text, offset, added, &index.snapshot())
    }

    /// The next edit; none in a file that the rules exclude. Reads and parses files.
    pub fn next_edit(&self, query: NextQuery<'_>) -> Option<NextEdit> {
        let index = self.index.load_full();
        if query.text.len() as u64 > MAX_FILE_BYTES {
            return None;
        }
        let canonical = match index.broker().allows(query.path) {
            Err(Refusal::Excluded { .. }) => return None,
            Ok(canonical) => canonical,
            Err(_) => query.path.to_owned(),
        };
        trust_complete::next_edit(&NextQuery { path: &canonical, ..query }, &index.snapshot())
    }

    /// Where the KV cache of this workspace is kept; nowhere without one.
    pub fn snapshot_folder(&self) -> Option<PathBuf> {
        let roots = self.roots();
        let mut hash = Xxh3::new();
        for root in roots.iter() {
            hash.update(root.as_os_str().as_encoded_bytes());
            hash.update(&[0]);
        }
        let name = format!("{:016x}", hash.digest());
        cache_folder().filter(|_| !roots.is_empty()).map(|folder| folder.join("kv").join(name))
    }

    /// Takes away what an earlier session kept of the model's KV cache, if any.
    pub fn remove_snapshot(&self) {
        if let Some(folder) = self.snapshot_folder() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    pub fn counters(&self) -> Counters {
        self.completer.counters()
    }

    /// Works ahead of what may be asked after `query`, which was answered with `outcome`. Ends with its token.
    pub fn prepare(&self, query: Query, manner: Manner, outcome: &Outcome) {
        let index = self.index.load_full();
        self.adopt(manner);
        let shown = match outcome {
            Outcome::Show(completion) => Some(completion),
            Outcome::Quiet(Quiet::Excluded | Quiet::Cancelled) => return,
            Outcome::Quiet(_) => None,
        };
        if let Some(query) = admit(query, &index) {
            let loaded = self.model_for(false);
            let model = loaded.as_deref().map(Loaded::model);
            let model = model.filter(|model| self.may_read(*model, &query, &index));
            self.completer.prepare(&query, shown, &index.snapshot(), model);
        }
    }
}

/// The query by the path that the index knows its file under; `None` where nothing may be completed.
fn admit(mut query: Query, index: &Index) -> Option<Query> {
    if query.text.len() as u64 > MAX_FILE_BYTES {
        return None;
    }
    match index.broker().allows(&query.path) {
        Err(Refusal::Excluded { .. }) => return None,
        // By this path the index knows the file, and does not take it for another one.
        Ok(canonical) => query.path = canonical,
        // A document outside the workspace, or never saved, is the client's to show.
        Err(_) => {}
    }
    // What was never in the workspace, or is excluded there, is quoted in no other document.
    query.edited.retain(|edited| edited.own || index.broker().allows(&edited.path).is_ok());
    Some(query)
}

fn start_index(roots: &[PathBuf], on_change: &OnChange) -> Index {
    let on_change = on_change.clone();
    Index::start(IndexOptions {
        roots: roots.to_vec(),
        cache: cache_folder(),
        on_state: Box::new(move |_| on_change()),
    })
}

/// Where this program keeps what is the user's; `None` for one without a home.
pub fn state_folder() -> Option<PathBuf> {
    dirs::state_dir().or_else(dirs::data_local_dir).map(|folder| folder.join("trust-lsp"))
}

/// Where this program keeps what it can make again; `None` for a user without a home.
pub fn cache_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|folder| folder.join("trust-lsp"))
}
