//! Building the index: the walk, the texts and their names first, so that searches work early; then the
//! definitions.

use crate::file::IndexedFile;
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::walk::{Found, walk};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What a build tells while it runs.
pub(crate) enum Progress {
    Walking,
    /// Files done, and in all.
    Indexing(usize, usize),
    /// Names and chunks can be searched; definitions follow.
    Searchable(Snapshot),
}

impl Store {
    /// Walks the workspace and indexes it anew; files whose text is the same are not parsed again. Ends early,
    /// with the old contents, when `stop` is set.
    pub fn rebuild(&mut self, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        progress(Progress::Walking);
        let stopped = || stop.load(Ordering::Relaxed);
        let rules = Arc::new(self.broker.rules());
        let mut found = Found::default();
        for root in self.broker.shared_roots().iter() {
            walk(&rules, &root.canonical, self.limits.files, &stopped, &mut found);
        }
        self.refused.clear();
        self.unreadable = found.unreadable;
        self.cut = found.cut;
        let paths: BTreeSet<PathBuf> = found.files.into_iter().chain(self.open.keys().cloned()).collect();
        let (mut files, mut bytes) = (Vec::with_capacity(paths.len()), 0);
        for (done, path) in paths.iter().enumerate() {
            if stopped() {
                return;
            }
            progress(Progress::Indexing(done, paths.len()));
            let Some(file) = self.load(path, &rules) else { continue };
            if bytes + file.text.len() > self.limits.bytes {
                self.cut = true;
                continue;
            }
            bytes += file.text.len();
            files.push(file);
        }
        self.set_base(Segment::build(files));
        progress(Progress::Searchable(self.snapshot()));
        let total = self.base.files.len();
        if let Some(files) =
            parse_all(&self.base.files, stop, &mut |done| progress(Progress::Indexing(done, total)))
        {
            self.set_base(Segment::with_postings(files, Arc::clone(&self.base.postings)));
        }
    }
}

/// Parses the files that are not yet, on half of the cores; `None` if stopped.
fn parse_all(
    files: &[Arc<IndexedFile>],
    stop: &AtomicBool,
    progress: &mut dyn FnMut(usize),
) -> Option<Vec<Arc<IndexedFile>>> {
    let parsed: Vec<OnceLock<Arc<IndexedFile>>> = files.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = |progress: &mut dyn FnMut(usize)| {
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else { break };
            let new = if file.rows.is_some() { Arc::clone(file) } else { Arc::new(file.parsed()) };
            let _ = parsed[index].set(new);
            progress(index);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 1..cores / 2 {
            scope.spawn(|| work(&mut |_| {}));
        }
        work(progress);
    });
    parsed.into_iter().map(OnceLock::into_inner).collect()
}
