//! The index as the rest of the server sees it: a handle that takes changes and gives snapshots, and the
//! thread behind it.

use crate::broker::FileBroker;
use crate::build::Progress;
use crate::changes::Batch;
use crate::snapshot::Snapshot;
use crate::state::{IndexOptions, IndexState, Phase, Timings};
use crate::store::{Limits, Store};
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_text::Text;

/// Changes that come within this time of the first are taken in together: many files change at once, while of a
/// document only its last text counts.
const GATHER_FILES: Duration = Duration::from_millis(100);
const GATHER_DOCUMENTS: Duration = Duration::from_millis(5);
/// Progress within a phase is told no more often than this.
const REPORT: Duration = Duration::from_millis(100);

/// The index of a workspace. Dropping it ends its thread.
pub struct Index {
    shared: Arc<Shared>,
}

struct Shared {
    broker: Arc<FileBroker>,
    snapshot: ArcSwap<Snapshot>,
    inbox: Mutex<Inbox>,
    /// Something came in, or the index was dropped.
    wake: Condvar,
    /// Something was taken in.
    settled: Condvar,
    stop: AtomicBool,
}

#[derive(Default)]
struct Inbox {
    batch: Batch,
    /// How many changes were sent, and how many of them the snapshot holds.
    sent: u64,
    taken: u64,
    state: IndexState,
    timings: Timings,
}

impl Index {
    /// Starts to index `options.roots`, and returns at once.
    pub fn start(options: IndexOptions) -> Self {
        let broker = Arc::new(FileBroker::new(options.roots));
        let mut store = Store::new(Arc::clone(&broker), Limits::default());
        let shared = Arc::new(Shared {
            broker,
            snapshot: ArcSwap::from_pointee(store.snapshot()),
            inbox: Mutex::default(),
            wake: Condvar::new(),
            settled: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
            store,
            on_state: options.on_state,
            reported: Instant::now(),
            state: IndexState::default(),
            started: Instant::now(),
            timings: Timings::default(),
        };
        let run = move || {
            let run = std::panic::AssertUnwindSafe(|| worker.run());
            if std::panic::catch_unwind(run).is_err() {
                tracing::error!("the index panicked; it stays as it is");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("trust-index".to_owned()).spawn(run) {
            tracing::error!(%error, "the index has no thread; it stays empty");
        }
        Self { shared }
    }

    /// The newest snapshot; takes no lock.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// How far the index is.
    pub fn state(&self) -> IndexState {
        self.shared.inbox().state
    }

    /// How long the first build took; zero until it is done.
    pub fn timings(&self) -> Timings {
        self.shared.inbox().timings
    }

    /// A document is open with this text, which counts instead of the file's. Of a burst of changes only the
    /// last is indexed.
    pub fn set_open(&self, path: &Path, text: Text) {
        self.send(|batch| drop(batch.documents.insert(path.to_owned(), Some(text))));
    }

    /// A document was closed: the file counts again.
    pub fn set_closed(&self, path: &Path) {
        self.send(|batch| drop(batch.documents.insert(path.to_owned(), None)));
    }

    /// Files or directories were created, changed, renamed (both names) or deleted on disk. Paths that do not
    /// concern the index do no harm.
    pub fn files_changed(&self, paths: Vec<PathBuf>) {
        self.send(|batch| batch.changed.extend(paths));
    }

    /// The one reader of workspace files.
    pub fn broker(&self) -> &Arc<FileBroker> {
        &self.shared.broker
    }

    /// Waits until the index is ready and holds every change that was sent before this call; false if that
    /// takes longer than `timeout`.
    pub fn wait_ready(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut inbox = self.shared.inbox();
        let goal = inbox.sent;
        while inbox.state.phase != Phase::Ready || inbox.taken < goal {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.settled.wait_timeout(inbox, left);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn send(&self, add: impl FnOnce(&mut Batch)) {
        let mut inbox = self.shared.inbox();
        add(&mut inbox.batch);
        inbox.sent += 1;
        drop(inbox);
        self.shared.wake.notify_one();
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // Under the lock, so that the thread cannot miss it between its look at the flag and its sleep.
        let inbox = self.shared.inbox();
        self.shared.stop.store(true, Ordering::Relaxed);
        drop(inbox);
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Worker {
    shared: Arc<Shared>,
    store: Store,
    on_state: Box<dyn Fn(IndexState) + Send + Sync>,
    reported: Instant,
    state: IndexState,
    started: Instant,
    timings: Timings,
}

impl Worker {
    fn run(mut self) {
        if self.shared.broker.roots().next().is_some() {
            self.work(None);
        }
        self.timings.ready = self.started.elapsed();
        self.finish(0);
        while let Some((batch, sent)) = self.next_batch() {
            self.work(Some(batch));
            self.finish(sent);
        }
    }

    /// Sleeps until changes have come in and gathered; `None` when the index was dropped.
    fn next_batch(&self) -> Option<(Batch, u64)> {
        let stopped = || self.shared.stop.load(Ordering::Relaxed);
        let inbox = self.shared.inbox();
        let idle = |inbox: &mut Inbox| inbox.batch.is_empty() && !stopped();
        let inbox = self.shared.wake.wait_while(inbox, idle).unwrap_or_else(PoisonError::into_inner);
        let gather = if inbox.batch.changed.is_empty() { GATHER_DOCUMENTS } else { GATHER_FILES };
        let waited = self.shared.wake.wait_timeout_while(inbox, gather, |_| !stopped());
        let mut inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        (!stopped()).then(|| (std::mem::take(&mut inbox.batch), inbox.sent))
    }

    /// Builds the index, or takes in a batch.
    fn work(&mut self, batch: Option<Batch>) {
        let shared = Arc::clone(&self.shared);
        let (started, mut searchable) = (self.started, None);
        let mut reporter =
            Reporter { state: self.state, on_state: &self.on_state, reported: &mut self.reported };
        let mut progress = |progress| match progress {
            Progress::Walking => reporter.tell(&shared, Phase::Walking, 0, 0),
            Progress::Indexing(done, total) => reporter.tell(&shared, Phase::Indexing, done, total),
            Progress::Searchable(snapshot) => {
                shared.snapshot.store(Arc::new(snapshot));
                searchable.get_or_insert(started.elapsed());
            }
        };
        match batch {
            None => self.store.rebuild(&shared.stop, &mut progress),
            Some(batch) => self.store.apply(batch, &shared.stop, &mut progress),
        }
        self.state = reporter.state;
        if self.timings.searchable.is_zero() {
            self.timings.searchable = searchable.unwrap_or_default();
        }
    }

    /// Publishes what there is, up to the change numbered `sent`.
    fn finish(&mut self, sent: u64) {
        if self.shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let snapshot = self.store.snapshot();
        let state = IndexState {
            phase: Phase::Ready,
            files: snapshot.files(),
            symbols: snapshot.symbols(),
            total: snapshot.files(),
            skipped: self.store.skipped(),
            cut: self.store.cut,
        };
        self.shared.snapshot.store(Arc::new(snapshot));
        let changed = self.state != state;
        self.state = state;
        let mut inbox = self.shared.inbox();
        inbox.state = state;
        inbox.taken = sent;
        inbox.timings = self.timings;
        drop(inbox);
        self.shared.settled.notify_all();
        if changed {
            (self.on_state)(state);
        }
    }
}

struct Reporter<'a> {
    state: IndexState,
    on_state: &'a (dyn Fn(IndexState) + Send + Sync),
    reported: &'a mut Instant,
}

impl Reporter<'_> {
    fn tell(&mut self, shared: &Shared, phase: Phase, files: usize, total: usize) {
        if self.state.phase == phase && self.reported.elapsed() < REPORT {
            return;
        }
        self.state = IndexState { phase, files, total, ..self.state };
        *self.reported = Instant::now();
        shared.inbox().state = self.state;
        (self.on_state)(self.state);
    }
}
