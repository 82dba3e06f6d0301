//! The index's thread: it builds, takes in what comes, publishes, and keeps the result on disk.

use crate::build::Progress;
use crate::changes::Batch;
use crate::disk::Disk;
use crate::index::{Inbox, Shared};
use crate::state::{IndexState, Phase, Timings};
use crate::store::Store;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

type OnState = Box<dyn Fn(IndexState) + Send + Sync>;

/// Changes that come within this time of the first are taken in together: many files change at once, while of a
/// document only its last text counts.
const GATHER_FILES: Duration = Duration::from_millis(100);
const GATHER_DOCUMENTS: Duration = Duration::from_millis(5);
/// Progress within a phase is told no more often than this.
const REPORT: Duration = Duration::from_millis(100);

pub(crate) struct Worker {
    shared: Arc<Shared>,
    store: Store,
    on_state: OnState,
    reported: Instant,
    state: IndexState,
    started: Instant,
    timings: Timings,
    cache: Option<PathBuf>,
    disk: Option<Disk>,
}

impl Worker {
    pub fn new(shared: Arc<Shared>, store: Store, cache: Option<PathBuf>, on_state: OnState) -> Self {
        Self {
            shared,
            store,
            on_state,
            reported: Instant::now(),
            state: IndexState::default(),
            started: Instant::now(),
            timings: Timings::default(),
            cache,
            disk: None,
        }
    }

    pub fn run(mut self) {
        if self.shared.broker.roots().next().is_some() {
            self.resume();
            self.work(None);
        }
        self.timings.ready = self.started.elapsed();
        self.finish(0);
        self.save();
        while let Some((batch, sent)) = self.next_batch() {
            self.work(Some(batch));
            self.finish(sent);
            self.save();
        }
    }

    /// Takes in what an earlier server kept.
    fn resume(&mut self) {
        let Some(cache) = self.cache.take() else { return };
        let roots = self.shared.broker.shared_roots();
        let roots: Vec<&Path> = roots.iter().map(|root| root.canonical.as_path()).collect();
        match Disk::open(&cache, &roots) {
            Ok(mut disk) => {
                if let Some((base, changes)) = disk.load() {
                    self.store.resume(base, changes);
                    // What is excluded now is not told; whether the rest is as it was is looked at after this.
                    self.store.drop_excluded(&self.shared.stop);
                    self.shared.snapshot.store(Arc::new(self.store.snapshot()));
                    self.timings.searchable = self.started.elapsed();
                }
                self.disk = Some(disk);
            }
            Err(error) => tracing::warn!(%error, "the index is not kept on disk"),
        }
    }

    fn save(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        if self.shared.stop.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = disk.save(&mut self.store) {
            tracing::warn!(%error, "the index could not be kept on disk");
        }
        self.shared.inbox().disk_bytes = disk.bytes();
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
        inbox.skipped = self.store.skipped_by_reason();
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
