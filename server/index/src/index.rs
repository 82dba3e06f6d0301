//! The index as the rest of the server sees it: a handle that takes changes and gives snapshots.

use crate::broker::FileBroker;
use crate::changes::Batch;
use crate::snapshot::Snapshot;
use crate::state::{IndexOptions, IndexState, Phase, Timings};
use crate::store::{Limits, Store};
use crate::view::Folded;
use crate::worker::Worker;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_text::Text;

/// The index of a workspace. Dropping it ends its thread.
pub struct Index {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub broker: Arc<FileBroker>,
    pub snapshot: ArcSwap<Snapshot>,
    inbox: Mutex<Inbox>,
    /// Something came in, or the index was dropped.
    pub wake: Condvar,
    /// Something was taken in.
    pub settled: Condvar,
    pub stop: AtomicBool,
    /// What is done at the moment is to end.
    pub halt: AtomicBool,
    /// Files are to be watched.
    pub watch: AtomicBool,
}

#[derive(Default)]
pub(crate) struct Inbox {
    pub batch: Batch,
    /// Since when files wait in the batch.
    pub since: Option<Instant>,
    /// A fold has ended; with what it made.
    pub folded: Option<Option<Folded>>,
    /// How many changes were sent, and how many of them the snapshot holds.
    pub sent: u64,
    pub taken: u64,
    pub state: IndexState,
    pub timings: Timings,
    pub disk_bytes: u64,
    /// What was taken in up to this change is kept on disk, or being written: so many times.
    pub handed_over: Option<u64>,
    pub writing: usize,
    /// The last time failed.
    pub unwritten: bool,
    pub skipped: BTreeMap<&'static str, usize>,
}

impl Index {
    /// Starts to index `options.roots`, and returns at once.
    pub fn start(options: IndexOptions) -> Self {
        Self::start_within(options, Limits::default())
    }

    pub(crate) fn start_within(options: IndexOptions, limits: Limits) -> Self {
        let broker = Arc::new(FileBroker::new(options.roots));
        let mut store = Store::new(Arc::clone(&broker), limits);
        let cache = options.cache.filter(|_| broker.roots().next().is_some());
        let shared = Arc::new(Shared {
            broker,
            snapshot: ArcSwap::from_pointee(store.snapshot()),
            inbox: Mutex::default(),
            wake: Condvar::new(),
            settled: Condvar::new(),
            stop: AtomicBool::new(false),
            halt: AtomicBool::new(false),
            watch: AtomicBool::new(false),
        });
        let worker = Worker::new(Arc::clone(&shared), store, cache, options.on_state);
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

    /// What the index takes on disk; zero until it was written.
    pub fn disk_bytes(&self) -> u64 {
        self.shared.inbox().disk_bytes
    }

    /// How many files were left out for what they are, by reason.
    pub fn skipped(&self) -> BTreeMap<&'static str, usize> {
        self.shared.inbox().skipped.clone()
    }

    /// A document is open with this text, which counts instead of the file's. Of a burst of changes only the
    /// last is indexed.
    pub fn set_open(&self, path: &Path, text: Text) {
        self.shared.send(|batch| drop(batch.documents.insert(path.to_owned(), Some(text))));
    }

    /// A document was closed: the file counts again.
    pub fn set_closed(&self, path: &Path) {
        self.shared.send(|batch| drop(batch.documents.insert(path.to_owned(), None)));
    }

    /// Files or directories were created, changed, renamed (both names) or deleted on disk. Paths that do not
    /// concern the index do no harm.
    pub fn files_changed(&self, paths: Vec<PathBuf>) {
        self.shared.send(|batch| batch.changed.extend(paths));
    }

    /// From now on files are watched, since nobody tells of their changes. Where the system will not watch so
    /// many, all are looked at again every minute.
    pub fn watch(&self) {
        self.shared.watch.store(true, Ordering::Relaxed);
        self.look_again();
    }

    /// Anything may have changed: all files are looked at again, and those read that are not as they were.
    pub fn look_again(&self) {
        self.shared.send(|batch| batch.rewalk = true);
    }

    /// Ends a build in progress. What it has published stays.
    pub fn cancel_build(&self) {
        let inbox = self.shared.inbox();
        if matches!(inbox.state.phase, Phase::Walking | Phase::Indexing) {
            self.shared.halt.store(true, Ordering::Relaxed);
        }
    }

    /// The one reader of workspace files.
    pub fn broker(&self) -> &Arc<FileBroker> {
        &self.shared.broker
    }

    /// Waits until the index is ready and holds every change that was sent before this call; false if that
    /// takes longer than `timeout`.
    pub fn wait_ready(&self, timeout: Duration) -> bool {
        self.wait(timeout, |inbox, goal| inbox.state.phase == Phase::Ready && inbox.taken >= goal)
    }

    /// Waits until what was sent before this call is on disk too, where the index is kept there; false if that fails, or takes
    /// longer than `timeout`.
    pub fn wait_saved(&self, timeout: Duration) -> bool {
        self.wait(timeout, |inbox, goal| inbox.handed_over >= Some(goal) && inbox.writing == 0)
            && !self.shared.inbox().unwritten
    }

    /// `done` is told what there is, and the number of the last change before this call.
    fn wait(&self, timeout: Duration, done: impl Fn(&Inbox, u64) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        let mut inbox = self.shared.inbox();
        let goal = inbox.sent;
        while !done(&inbox, goal) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || inbox.state.phase == Phase::Cancelled {
                return false;
            }
            let waited = self.shared.settled.wait_timeout(inbox, left);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // Under the lock, so that the thread cannot miss it between its look at the flag and its sleep.
        let inbox = self.shared.inbox();
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.halt.store(true, Ordering::Relaxed);
        drop(inbox);
        self.shared.wake.notify_one();
    }
}

impl Shared {
    pub fn send(&self, add: impl FnOnce(&mut Batch)) {
        let mut inbox = self.inbox();
        add(&mut inbox.batch);
        inbox.sent += 1;
        if inbox.batch.has_files() {
            inbox.since.get_or_insert_with(Instant::now);
        }
        drop(inbox);
        self.wake.notify_one();
    }

    pub fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
