//! The index's thread: it builds, takes in what comes, publishes, and keeps the result on disk.

use crate::build::Progress;
use crate::changes::Batch;
use crate::disk::Disk;
use crate::index::{Inbox, Shared};
use crate::state::{IndexState, Phase, Timings};
use crate::store::Store;
use crate::watch::{Heads, Watch};
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

/// So many new folders are looked at in one walk.
const MANY: usize = 16;

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
    heads: Heads,
    watching: Watching,
    /// The last build was ended on demand.
    cancelled: bool,
}

/// Whether this index watches files itself.
enum Watching {
    /// Not asked for.
    Off,
    On(Box<Watch>),
    /// The system will not: files are looked at again from time to time.
    Refused,
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
            heads: Heads::default(),
            watching: Watching::Off,
            cancelled: false,
        }
    }

    pub fn run(mut self) {
        self.heads = Heads::of(&self.shared.broker.shared_roots());
        if self.shared.broker.roots().next().is_some() {
            self.resume();
            self.work(None);
        }
        self.timings.ready = self.started.elapsed();
        let taken = self.begin_to_watch();
        self.finish(taken);
        self.save();
        while let Some((mut batch, sent)) = self.next_batch() {
            // A checkout changes many files at once, and not every client tells of each.
            batch.rewalk |= self.heads.moved();
            self.work(Some(batch));
            let new = self.follow();
            self.tell_of(new);
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
        if self.cancelled || self.shared.stop.load(Ordering::Relaxed) {
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
        let refused = matches!(self.watching, Watching::Refused);
        let longest = if refused { self.store.limits.rewalk } else { Duration::MAX };
        let waited = self.shared.wake.wait_timeout_while(inbox, longest, |inbox| idle(inbox));
        let (mut inbox, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        inbox.batch.rewalk |= waited.timed_out();
        let gather = if inbox.batch.changed.is_empty() { GATHER_DOCUMENTS } else { GATHER_FILES };
        let waited = self.shared.wake.wait_timeout_while(inbox, gather, |_| !stopped());
        let mut inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        (!stopped()).then(|| (std::mem::take(&mut inbox.batch), inbox.sent))
    }

    /// Where files are to be watched, looks at all of them once more, for what happened before the watches were
    /// there. Gives the number of the last change that this has taken in.
    fn begin_to_watch(&mut self) -> u64 {
        // After a build that was cancelled nothing else is to begin one.
        if self.follow().is_empty() && !self.cancelled {
            return 0;
        }
        let mut inbox = self.shared.inbox();
        inbox.batch.rewalk = false;
        let taken = if inbox.batch.is_empty() { inbox.sent } else { 0 };
        drop(inbox);
        if self.cancelled {
            return taken;
        }
        self.work(Some(Batch { rewalk: true, ..Batch::default() }));
        let new = self.follow();
        self.tell_of(new);
        taken
    }

    /// What came into folders before they were watched is still to be found.
    fn tell_of(&self, new: Vec<PathBuf>) {
        if !new.is_empty() {
            self.shared.send(|batch| match new.len() > MANY {
                true => batch.rewalk = true,
                false => batch.changed.extend(new),
            });
        }
    }

    /// Watches the folders that are there now; gives those that are new.
    fn follow(&mut self) -> Vec<PathBuf> {
        if matches!(self.watching, Watching::Off) && self.shared.watch.load(Ordering::Relaxed) {
            match Watch::new(&self.shared, self.store.limits.folders) {
                Ok(watch) => self.watching = Watching::On(Box::new(watch)),
                Err(error) => self.refuse_watching(&error),
            }
        }
        let Watching::On(watch) = &mut self.watching else { return Vec::new() };
        let mut folders = self.store.folders.clone();
        folders.extend(self.heads.folders());
        watch.follow(&folders).unwrap_or_else(|error| {
            self.refuse_watching(&error);
            Vec::new()
        })
    }

    fn refuse_watching(&mut self, error: &notify::Error) {
        let (folders, seconds) = (self.store.folders.len(), self.store.limits.rewalk.as_secs());
        tracing::warn!(
            %error, folders,
            "files cannot be watched (on Linux, fs.inotify.max_user_watches says how many folders may be); \
             all of them are looked at again every {seconds} seconds"
        );
        self.watching = Watching::Refused;
    }

    /// Builds the index, or takes in a batch.
    fn work(&mut self, batch: Option<Batch>) {
        let shared = Arc::clone(&self.shared);
        let (started, mut searchable, mut rebuilt) = (self.started, None, false);
        shared.halt.store(false, Ordering::Relaxed);
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let mut reporter =
            Reporter { state: self.state, on_state: &self.on_state, reported: &mut self.reported };
        let mut progress = |progress| match progress {
            Progress::Walking => {
                rebuilt = true;
                reporter.tell(&shared, Phase::Walking, 0, 0);
            }
            Progress::Indexing(done, total) => reporter.tell(&shared, Phase::Indexing, done, total),
            Progress::Searchable(snapshot) => {
                shared.snapshot.store(Arc::new(snapshot));
                searchable.get_or_insert(started.elapsed());
            }
        };
        match batch {
            None => self.store.rebuild(&shared.halt, &mut progress),
            Some(batch) => self.store.apply(batch, &shared.halt, &mut progress),
        }
        if rebuilt {
            self.cancelled = shared.halt.load(Ordering::Relaxed);
            if self.cancelled {
                // Whatever else is left undone, what the rules exclude by now is not told.
                self.store.drop_excluded(&shared.stop);
            }
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
            phase: if self.cancelled { Phase::Cancelled } else { Phase::Ready },
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
