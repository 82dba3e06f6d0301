//! Building the index: the walk, then each file's names, so that searches work early; then the outlines.

use crate::broker::{Refusal, readable};
use crate::builder::Builder;
use crate::file::{IndexedFile, NamedOutline, Seen, Stamp};
use crate::merge::{Part, merge};
use crate::parallel::{share, share_after};
use crate::rules::Rules;
use crate::segment::{Outlines, Segment, bytes};
use crate::snapshot::Snapshot;
use crate::store::{MAX_OVERLAY, Store};
use crate::walk::{Found, walk};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use trust_grammars::Language;

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

/// Texts of so many bytes together are kept from the first tier for the second.
const KEPT: u64 = 256 << 20;

/// What one thread of the first tier has made.
#[derive(Default)]
struct Tier0 {
    builder: Builder,
    refused: Vec<(PathBuf, Refusal)>,
    /// Files whose text is what was known: as they are now.
    same: Vec<IndexedFile>,
    /// Of each file of the builder, where all of them fit.
    texts: Vec<(Language, String)>,
}

/// What there is to do about the files that a walk found: by their numbers among them.
struct Plan {
    kept: Vec<usize>,
    to_read: Vec<(usize, Option<Seen>)>,
    bytes_to_read: u64,
    /// The limits left some out.
    cut: bool,
}

/// What was found, by its file's number in the base; `None` where the file is not what it was.
type Outlined = Vec<(usize, Option<NamedOutline>)>;

impl Store {
    /// Walks the workspace and brings the index to what is there; files that are as they were are not read
    /// again. Ends early, with the old contents, when `stop` is set.
    pub fn rebuild(&mut self, stop: &AtomicBool, progress: &mut dyn FnMut(Progress)) {
        progress(Progress::Walking);
        let stopped = || stop.load(Ordering::Relaxed);
        let rules = self.broker.rules();
        let mut found = Found::default();
        for root in self.broker.shared_roots().iter() {
            walk(&rules, &root.canonical, self.limits.files, stop, &mut found);
        }
        if !stopped() {
            self.lists = rules.lists();
        }
        let folders = std::mem::take(&mut found.folders);
        let mut paths: Vec<PathBuf> = found.files.into_iter().chain(self.open.keys().cloned()).collect();
        paths.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        paths.dedup();
        let Some(Plan { kept, to_read, bytes_to_read, cut }) = self.plan(&paths, stop) else { return };
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
        let keep_texts = bytes_to_read <= KEPT;
        let threads = share(to_read.len(), stop, &mut tell, Tier0::default, |state, index| {
            let (path, seen) = to_read[index];
            let path = &paths[path];
            let read = match this.open.contains_key(path) {
                true => this.read(path, judge),
                // The walk has asked the rules.
                false => this.read_found(path, judge, seen),
            };
            match read {
                Ok((file, _)) if this.known_unchanged(path, &file) => state.same.push(file),
                Ok((file, text)) => {
                    let language = file.language;
                    state.builder.add(Arc::new(file), &text);
                    if keep_texts {
                        state.texts.push((language, text));
                    }
                }
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
        let (mut builders, mut texts) = (Vec::new(), Vec::new());
        for thread in threads {
            thread.refused.into_iter().for_each(|(path, refusal)| self.refuse(&path, refusal));
            kept.extend(thread.same.into_iter().map(|file| (file.path.clone(), Some(file))));
            builders.push(thread.builder);
            texts.extend(thread.texts);
        }
        let changed = !to_read.is_empty() || kept.len() != self.alive().count();
        let known = kept.len();
        let progress = RefCell::new(progress);
        let publish = || {
            let base = self.join(kept, builders);
            if changed {
                self.save_whole();
            }
            self.unfinished = false;
            self.set_base(base);
            progress.borrow_mut()(Progress::Searchable(self.snapshot()));
        };
        if keep_texts {
            let mut tell =
                |read: usize| progress.borrow_mut()(Progress::Indexing(known + read, known + texts.len()));
            let outlined = outline_texts(known, &texts, publish, stop, &mut tell);
            drop(texts);
            self.take_outlines(known, outlined, &rules, stop);
        } else {
            publish();
            let mut tell = |read: usize| progress.borrow_mut()(Progress::Indexing(known + read, total));
            let outlined = self.outline_again(known, &rules, stop, &mut tell);
            self.take_outlines(known, outlined, &rules, stop);
        }
    }

    /// Where little has changed, the base stays.
    fn catch_up(
        &mut self,
        paths: &[PathBuf],
        to_read: &[(usize, Option<Seen>)],
        rules: &Rules,
        stop: &AtomicBool,
    ) {
        let is_there = |path: &PathBuf| paths.binary_search_by(|other| bytes(other).cmp(bytes(path))).is_ok();
        let gone = self.alive().map(|file| &file.path).filter(|path| !is_there(path));
        let affected: BTreeSet<PathBuf> =
            gone.chain(to_read.iter().map(|(index, _)| &paths[*index])).cloned().collect();
        self.refresh(&affected, rules, stop);
    }

    /// Which of `paths` are as they are known, and which have to be read; `None` if stopped.
    fn plan(&self, paths: &[PathBuf], stop: &AtomicBool) -> Option<Plan> {
        let looks = share(paths.len(), stop, &mut |_| {}, Vec::new, |looks, index| {
            looks.push((index, self.glance(&paths[index])));
        });
        let mut looks: Vec<_> = looks.into_iter().flatten().collect();
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        looks.sort_unstable_by_key(|(index, _)| *index);
        let (mut kept, mut to_read, mut bytes_to_read, mut all, mut cut) =
            (Vec::new(), Vec::new(), 0, 0, false);
        for (index, (size, same, seen)) in looks {
            if all + size > self.limits.bytes as u64 || kept.len() + to_read.len() >= self.limits.files {
                cut = true;
                continue;
            }
            all += size;
            if same {
                kept.push(index);
            } else {
                bytes_to_read += size;
                to_read.push((index, seen));
            }
        }
        Some(Plan { kept, to_read, bytes_to_read, cut })
    }

    /// The file's size, whether it is as it is known, and what to read it by. What cannot be looked at is read all the
    /// same, to find out why.
    fn glance(&self, path: &Path) -> (u64, bool, Option<Seen>) {
        if let Some(text) = self.open.get(path) {
            return (text.len() as u64, false, None);
        }
        let Ok(metadata) = path.metadata() else { return (0, false, None) };
        let known = self.known(path).and_then(|(segment, file)| segment.files[file].stamp);
        let stamp = Stamp::from(&metadata);
        let same = !self.unfinished && known.is_some() && stamp == known;
        (metadata.len(), same, readable(&metadata).ok().map(|bytes| Seen { bytes, stamp }))
    }

    /// Whether the text is the one that was indexed. That of an open document is kept with it.
    fn known_unchanged(&self, path: &Path, file: &IndexedFile) -> bool {
        let known = self.known(path).filter(|_| !self.unfinished);
        known.is_some_and(|(segment, index)| {
            let known = &segment.files[index];
            known.hash == file.hash && known.bytes == file.bytes && known.language == file.language
        })
    }

    /// One segment of what is kept and what is new; the files that are kept come first.
    fn join(&self, kept: HashMap<PathBuf, Option<IndexedFile>>, builders: Vec<Builder>) -> Segment {
        let builders: Vec<_> = builders.into_iter().map(|builder| Mutex::new(Some(builder))).collect();
        let go_on = AtomicBool::new(false);
        let new = share(builders.len(), &go_on, &mut |_| {}, Vec::new, |new, index| {
            let builder = builders[index].lock().unwrap_or_else(PoisonError::into_inner).take();
            new.push((index, builder.unwrap_or_default().finish()));
        });
        let mut new: Vec<(usize, Segment)> = new.into_iter().flatten().collect();
        new.sort_unstable_by_key(|(index, _)| *index);
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
        parts.extend(new.iter().map(|(_, segment)| Part::whole(segment)));
        merge(&parts)
    }

    /// Outlines of the base's files from the one numbered `known` on, whose texts together are too large to keep:
    /// they are read again.
    fn outline_again(
        &self,
        known: usize,
        rules: &Rules,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(usize),
    ) -> Outlined {
        let files = &self.base.files[known..];
        let outlined = share(files.len(), stop, tell, Vec::new, |found, index| {
            let file = &files[index];
            let outline = |text: &str| NamedOutline::of(file.language, text);
            let outline = match &file.text {
                Some(text) => Some(outline(text)),
                None => self
                    .read(&file.path, rules)
                    .ok()
                    .filter(|(now, _)| now.hash == file.hash)
                    .map(|(_, text)| outline(&text)),
            };
            found.push((known + index, outline));
        });
        outlined.into_iter().flatten().collect()
    }

    /// Has the base define what was found in its files from the one numbered `known` on.
    fn take_outlines(&mut self, known: usize, mut outlined: Outlined, rules: &Rules, stop: &AtomicBool) {
        if stop.load(Ordering::Relaxed) {
            self.unfinished = true;
            return;
        }
        outlined.sort_unstable_by_key(|(index, _)| *index);
        let base = Arc::clone(&self.base);
        let mut names = (*base.names).clone();
        let mut outlines = Outlines::begin();
        for file in 0..known {
            outlines.rows.extend(base.rows(file));
            outlines.imports.extend(&base.outlines.imports[base.outlines.imports_of(file)]);
            outlines.end_file();
        }
        let mut changed = BTreeSet::new();
        for (file, outline) in outlined {
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
        self.refresh(&changed, rules, stop);
    }
}

/// Outlines of texts, which are those of the base's files from the one numbered `known` on, the longest first: a
/// long one at the end would leave the other cores idle. These begin while this thread does `first`.
fn outline_texts(
    known: usize,
    texts: &[(Language, String)],
    first: impl FnOnce(),
    stop: &AtomicBool,
    tell: &mut dyn FnMut(usize),
) -> Outlined {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|text| Reverse(texts[*text].1.len()));
    let outlined = share_after(first, order.len(), stop, tell, Vec::new, |found, index| {
        let (language, text) = &texts[order[index]];
        found.push((known + order[index], Some(NamedOutline::of(*language, text))));
    });
    outlined.into_iter().flatten().collect()
}
