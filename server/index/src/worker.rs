//! The index's thread: it builds, takes in what comes, publishes, and keeps the result on disk.

use crate::build::Progress;
use crate::changes::Batch;
use crate::disk::Disk;
use crate::index::Shared;
use crate::saver::Saver;
use crate::state::{IndexState, Phase, Timings};
use crate::store::Store;
use crate::view::Folded;
use crate::watch::{Landmarks, Watch};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

type OnState = Box<dyn Fn(IndexState) + Send + Sync>;

/// Files that change within this time of the first are taken in together, unless they are a few after such a time of
/// quiet. A document waits for nothing: while one text of it is taken in, only the last of the others is kept.
const GATHER: Duration = Duration::from_millis(100);
const QUIET: Duration = Duration::from_secs(1);
const FEW: usize = 4;
/// Progress within a phase is told no more often than this.
const REPORT: Duration = Duration::from_millis(100);

/// So many new folders are looked at in one walk.
const MANY: usize = 16;

/// What there is to do: a fold that has ended, and changes, with the number of the last of them.
struct Next {
    folded: Option<Option<Folded>>,
    batch: Batch,
    sent: u64,
}

pub(crate) struct Worker {
    shared: Arc<Shared>,
    store: Store,
    on_state: OnState,
    reported: Instant,
    state: IndexState,
    started: Instant,
    timings: Timings,
    cache: Option<PathBuf>,
    saver: Option<Saver>,
    /// A new base is being made.
    folding: bool,
    /// When files were taken in last.
    files_taken: Instant,
    landmarks: Landmarks,
    watching: Watching,
    /// When all files are to be looked at, where nobody tells of them.
    look_again: Option<Instant>,
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
            saver: None,
            folding: false,
            files_taken: Instant::now(),
            landmarks: Landmarks::default(),
            watching: Watching::Off,
            look_again: None,
            cancelled: false,
        }
    }

    pub fn run(mut self) {
        self.landmarks = Landmarks::of(&self.shared.broker.shared_roots(), &self.store.lists);
        if self.shared.broker.roots().next().is_some() {
            self.resume();
            self.work(None);
        }
        self.timings.ready = self.started.elapsed();
        let taken = self.begin_to_watch();
        self.finish(taken);
        self.save(taken);
        while let Some(Next { folded, mut batch, sent }) = self.next() {
            if let Some(folded) = folded {
                self.install(folded);
            }
            if batch.is_empty() {
                continue;
            }
            // A checkout changes many files at once, and not every client tells of each.
            batch.rewalk |= self.landmarks.moved(&self.shared.broker.shared_roots(), &self.store.lists);
            self.work(Some(batch));
            let new = self.follow();
            self.tell_of(new);
            self.finish(sent);
            self.fold();
            self.save(sent);
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
                self.saver = Saver::start(disk, &self.shared);
            }
            Err(error) => tracing::warn!(%error, "the index is not kept on disk"),
        }
    }

    /// Has all be kept that was taken in, up to the change numbered `sent`.
    fn save(&mut self, sent: u64) {
        if self.cancelled || self.shared.stop.load(Ordering::Relaxed) {
            return;
        }
        if let (Some(saver), Some(unsaved)) = (&self.saver, self.store.take_unsaved()) {
            self.shared.inbox().writing += 1;
            saver.save(unsaved);
        }
        self.shared.inbox().handed_over = Some(sent);
        self.shared.settled.notify_all();
    }

    /// Has a new base made on another thread, where it is time for one: changes need not wait for it.
    fn fold(&mut self) {
        if self.folding {
            return;
        }
        let Some(view) = self.store.start_fold() else { return };
        let shared = Arc::clone(&self.shared);
        let run = move || {
            let folded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| view.fold())).ok();
            shared.inbox().folded = Some(folded);
            shared.wake.notify_one();
        };
        self.folding = spawn("trust-index-fold", run);
    }

    /// Publishes a new base. What was before it is dropped elsewhere, which takes long where it is large.
    fn install(&mut self, folded: Option<Folded>) {
        self.folding = false;
        let Some(folded) = folded else {
            tracing::error!("making a new base of the index panicked; the old one stays");
            return;
        };
        let before = self.store.install(folded);
        let snapshot = self.shared.snapshot.swap(Arc::new(self.store.snapshot()));
        spawn("trust-index-drop", move || drop((before, snapshot)));
    }

    /// Sleeps until there is something to do; `None` when the index was dropped.
    fn next(&mut self) -> Option<Next> {
        let shared = Arc::clone(&self.shared);
        let rewalk = self.store.limits.rewalk;
        if matches!(self.watching, Watching::Refused) {
            self.look_again.get_or_insert_with(|| Instant::now() + rewalk);
        }
        let mut inbox = shared.inbox();
        while !shared.stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            // Changes of documents do not put it off.
            if self.look_again.is_some_and(|at| at <= now) {
                inbox.batch.rewalk = true;
                self.look_again = Some(now + rewalk);
            }
            let since = inbox.since.unwrap_or(now);
            let gather = if self.waits_for_more(&inbox.batch) { GATHER } else { Duration::ZERO };
            let files = inbox.batch.has_files().then(|| since + gather);
            let all = files.is_none_or(|at| at <= now);
            let has_documents = !inbox.batch.documents.is_empty();
            if has_documents || inbox.folded.is_some() || all && files.is_some() {
                let folded = inbox.folded.take();
                if !all {
                    return Some(Next { folded, batch: inbox.batch.take_documents(), sent: inbox.taken });
                }
                if files.is_some() {
                    self.files_taken = now;
                    inbox.since = None;
                }
                return Some(Next { folded, batch: std::mem::take(&mut inbox.batch), sent: inbox.sent });
            }
            inbox = match files.into_iter().chain(self.look_again).min() {
                None => shared.wake.wait(inbox).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let waited = shared.wake.wait_timeout(inbox, at.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        None
    }

    /// Whether more files are to be expected to change.
    fn waits_for_more(&self, batch: &Batch) -> bool {
        let sudden = batch.changed.len() <= FEW && !batch.rewalk && self.files_taken.elapsed() > QUIET;
        !batch.changed.is_empty() && !sudden
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
        inbox.since = inbox.since.filter(|_| inbox.batch.has_files());
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
        folders.extend(self.landmarks.folders());
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

/// Whether there was a thread to be had.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> bool {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.inspect_err(|error| tracing::warn!(%error, "no thread for {name}")).is_ok()
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
