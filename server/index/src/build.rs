//! Building the index: the walk, then each file's names, so that searches work early; then the outlines.

use crate::broker::Refusal;
use crate::builder::Builder;
use crate::file::{IndexedFile, NamedOutline, Stamp};
use crate::merge::{Part, merge};
use crate::parallel::share;
use crate::rules::Rules;
use crate::segment::{Outlines, Segment, bytes};
use crate::snapshot::Snapshot;
use crate::store::{MAX_OVERLAY, Store};
use crate::walk::{Found, walk};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// When no more than one in this many files is to be read, the others stay where they are.
const FEW: usize = 16;

/// What a build tells while it runs.
pub(crate) enum Progress {
    Walking,
    /// Files done, and in all.
    Indexing(usize, usize),
    /// Names and chunks can be searched; definitions follow.
    Searchable(Snapshot),
}

/// What one thread of the first tier has made.
#[derive(Default)]
struct Tier0 {
    builder: Builder,
    refused: Vec<(PathBuf, Refusal)>,
    /// Files whose text is what was known: as they are now.
    same: Vec<IndexedFile>,
}

impl Store {
    /// Walks the workspace and brings the index to what is there; files that are as they were are not read
    /// again. Ends early, with the old contents, when `stop` is set.
    pub fn rebuild(&mut self, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        progress(Progress::Walking);
        let stopped = || stop.load(Ordering::Relaxed);
        let rules = Arc::new(self.broker.rules());
        let mut found = Found::default();
        for root in self.broker.shared_roots().iter() {
            walk(&rules, &root.canonical, self.limits.files, &stopped, &mut found);
        }
        let folders = std::mem::take(&mut found.folders);
        let mut paths: Vec<PathBuf> = found.files.into_iter().chain(self.open.keys().cloned()).collect();
        paths.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        paths.dedup();
        let Some((kept, to_read, cut)) = self.plan(&paths, stop) else { return };
        let few = !self.unfinished
            && !self.base.files.is_empty()
            && to_read.len() <= MAX_OVERLAY.max(kept.len() / FEW);
        if few && !found.cut && !cut {
            self.unreadable = found.unreadable;
            self.folders = folders.into_iter().collect();
            self.cut = false;
            self.refused.clear();
            return self.catch_up(&paths, &to_read, &rules, stop);
        }
        let total = paths.len();
        let done = kept.len();
        let mut tell = |read: usize| progress(Progress::Indexing(done + read, total));
        let (this, judge) = (&*self, &rules);
        let threads = share(to_read.len(), stop, &mut tell, Tier0::default, |state, index| {
            let path = &paths[to_read[index]];
            match this.read(path, judge) {
                Ok((file, _)) if this.known_unchanged(path, &file) => state.same.push(file),
                Ok((file, text)) => state.builder.add(Arc::new(file), &text),
                Err(refusal) => state.refused.push((path.clone(), refusal)),
            }
        });
        if stopped() {
            return;
        }
        self.unreadable = found.unreadable;
        self.folders = folders.into_iter().collect();
        self.cut = found.cut || cut;
        self.refused.clear();
        let mut kept: HashMap<PathBuf, Option<IndexedFile>> =
            kept.into_iter().map(|index| (paths[index].clone(), None)).collect();
        let mut new = Vec::new();
        for thread in threads {
            thread.refused.into_iter().for_each(|(path, refusal)| self.refuse(&path, refusal));
            kept.extend(thread.same.into_iter().map(|file| (file.path.clone(), Some(file))));
            new.push(thread.builder.finish());
        }
        let (base, known) = self.join(kept, &new);
        if !to_read.is_empty() || base.files.len() != self.alive().count() {
            self.save_whole();
        }
        self.unfinished = false;
        self.set_base(base);
        progress(Progress::Searchable(self.snapshot()));
        self.outline(known, stop, progress);
    }

    /// Where little has changed, the base stays.
    fn catch_up(&mut self, paths: &[PathBuf], to_read: &[usize], rules: &Rules, stop: &AtomicBool) {
        let is_there = |path: &PathBuf| paths.binary_search_by(|other| bytes(other).cmp(bytes(path))).is_ok();
        let gone = self.alive().map(|file| &file.path).filter(|path| !is_there(path));
        let affected: BTreeSet<PathBuf> =
            gone.chain(to_read.iter().map(|index| &paths[*index])).cloned().collect();
        self.refresh(&affected, rules, stop);
    }

    /// Of `paths` those that are as they are known, those that have to be read, and whether the limits left any
    /// out; `None` if stopped.
    fn plan(&self, paths: &[PathBuf], stop: &AtomicBool) -> Option<(Vec<usize>, Vec<usize>, bool)> {
        let stamps = share(paths.len(), stop, &mut |_| {}, Vec::new, |stamps, index| {
            let size = match self.open.get(&paths[index]) {
                Some(text) => Some((text.len() as u64, false)),
                None => self.size_and_sameness(&paths[index]),
            };
            stamps.push((index, size));
        });
        let mut stamps: Vec<_> = stamps.into_iter().flatten().collect();
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        stamps.sort_unstable_by_key(|(index, _)| *index);
        let (mut kept, mut to_read, mut bytes, mut cut) = (Vec::new(), Vec::new(), 0, false);
        for (index, size) in stamps {
            // What cannot be looked at is read all the same, to find out why.
            let (size, same) = size.unwrap_or((0, false));
            if bytes + size > self.limits.bytes as u64 || kept.len() + to_read.len() >= self.limits.files {
                cut = true;
                continue;
            }
            bytes += size;
            if same { kept.push(index) } else { to_read.push(index) }
        }
        Some((kept, to_read, cut))
    }

    fn size_and_sameness(&self, path: &Path) -> Option<(u64, bool)> {
        let known = self.known(path).and_then(|(segment, file)| segment.files[file].stamp);
        let metadata = path.metadata().ok()?;
        let same = !self.unfinished && known.is_some() && Stamp::from(&metadata) == known;
        Some((metadata.len(), same))
    }

    /// Whether the text is the one that was indexed. That of an open document is kept with it.
    fn known_unchanged(&self, path: &Path, file: &IndexedFile) -> bool {
        let known = self.known(path).filter(|_| !self.unfinished);
        known.is_some_and(|(segment, index)| {
            let known = &segment.files[index];
            known.hash == file.hash && known.bytes == file.bytes && known.language == file.language
        })
    }

    /// One segment of what is kept and what is new; the files that are kept come first. Gives their number too.
    fn join(&self, kept: HashMap<PathBuf, Option<IndexedFile>>, new: &[Segment]) -> (Segment, usize) {
        let number = kept.len();
        let kept: HashMap<PathBuf, Option<Arc<IndexedFile>>> =
            kept.into_iter().map(|(path, file)| (path, file.map(Arc::new))).collect();
        let keep = |file: &Arc<IndexedFile>| {
            let now = kept.get(&file.path)?;
            Some(now.as_ref().map_or_else(|| Arc::clone(file), Arc::clone))
        };
        let of_base = |file: usize| (!self.is_dead(file)).then(|| keep(&self.base.files[file])).flatten();
        let of_parts: Vec<_> =
            self.parts.values().map(|segment| move |file: usize| keep(&segment.files[file])).collect();
        let mut parts = vec![Part { segment: &self.base, keep: Some(&of_base) }];
        let over = self.parts.values().zip(&of_parts);
        parts.extend(over.map(|(segment, keep)| Part { segment, keep: Some(keep) }));
        parts.extend(new.iter().map(Part::whole));
        (merge(&parts), number)
    }

    /// The second tier: outlines of the base's files from the one numbered `known` on. Their texts are read
    /// again, since all texts together are much larger than the index.
    fn outline(&mut self, known: usize, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        let base = Arc::clone(&self.base);
        let (first, total) = (known, base.files.len());
        let rules = self.broker.rules();
        let mut tell = |done: usize| progress(Progress::Indexing(first + done, total));
        let (this, judge) = (&*self, &rules);
        let done = share(total - first, stop, &mut tell, Vec::new, |found, index| {
            let file = &base.files[first + index];
            let text = match &file.text {
                Some(text) => Some(Arc::clone(text)),
                None => this
                    .read(&file.path, judge)
                    .ok()
                    .filter(|(now, _)| now.hash == file.hash)
                    .map(|now| now.1),
            };
            found.push((first + index, text.map(|text| NamedOutline::of(file.language, &text))));
        });
        if stop.load(Ordering::Relaxed) {
            self.unfinished = true;
            return;
        }
        let mut all: Vec<_> = done.into_iter().flatten().collect();
        all.sort_unstable_by_key(|(index, _)| *index);
        let mut names = (*base.names).clone();
        let mut outlines = Outlines::begin();
        for file in 0..first {
            outlines.rows.extend(base.rows(file));
            outlines.imports.extend(&base.outlines.imports[base.outlines.imports_of(file)]);
            outlines.end_file();
        }
        let mut changed = BTreeSet::new();
        for (file, outline) in all {
            match outline {
                Some(found) => outlines.add(&found, &mut names),
                None => {
                    outlines.end_file();
                    changed.insert(base.files[file].path.clone());
                }
            }
        }
        names.shrink();
        let postings = Arc::clone(&base.postings);
        self.set_base(Segment::new(base.files.clone(), Arc::new(names), postings, outlines));
        self.refresh(&changed, &rules, stop);
    }
}
