//! The index's contents, owned by its one thread: a base, and the files that changed since over it.
//!
//! An edit of one file costs the parse and the lexing of that file, and a new overlay of at most 64 files. When
//! more have changed all is merged into a new base, as a rule on another thread: some hundredths of a second for
//! each million lines. What changes meanwhile lies over the new base then.

use crate::broker::{FileBroker, MAX_FILE_BYTES, Refusal, read_sized, readable, refusal};
use crate::edits::Edits;
use crate::file::{IndexedFile, Seen, Stamp};
use crate::merge::{Part, merge};
use crate::rules::Rules;
use crate::segment::{Segment, Weight};
use crate::snapshot::Snapshot;
use crate::texts::Texts;
use crate::view::{Folded, View, all_alive, bury, is_dead};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use trust_grammars::Language;
use trust_redact::masked;
use trust_text::Text;

/// How many changed files lie over the base before they are folded into it.
pub(crate) const MAX_OVERLAY: usize = 64;
/// With so many, the next change would wait for the overlay longer than this one does for a new base.
const TOO_MANY: usize = 1024;

/// The most that an index holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub files: usize,
    /// Of all texts together.
    pub bytes: usize,
    /// Folders to watch.
    pub folders: usize,
    /// How soon files are looked at again where they cannot be watched.
    pub rewalk: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 200_000, bytes: 2 << 30, folders: 200_000, rewalk: Duration::from_secs(60) }
    }
}

/// What an index has removed is told apart from what another one has, which took its place.
static STORES: AtomicU64 = AtomicU64::new(0);

/// All that the thread knows. Fields are public to the crate's two ways of changing it, build and changes.
#[derive(Debug)]
pub(crate) struct Store {
    pub broker: Arc<FileBroker>,
    pub limits: Limits,
    /// Texts of open documents by canonical path; and the paths under which they were opened, with the text of each.
    pub open: HashMap<PathBuf, Text>,
    pub opened_as: HashMap<PathBuf, (PathBuf, Text)>,
    /// The lists of what they ignore, of repositories within others.
    pub lists: BTreeSet<PathBuf>,
    pub edits: Edits,
    pub base: Arc<Segment>,
    dead: Vec<u64>,
    /// Each changed file a segment of its own, and all of them in one.
    pub parts: BTreeMap<PathBuf, Arc<Segment>>,
    overlay: Option<Arc<Segment>>,
    weight: Weight,
    /// Files that are not indexed for what they are, and why.
    pub refused: BTreeMap<PathBuf, Refusal>,
    pub unreadable: usize,
    /// The folders that are not excluded.
    pub folders: BTreeSet<PathBuf>,
    /// A build ended before the outlines of its files were there.
    pub unfinished: bool,
    /// How often something has left.
    removals: u64,
    /// Something was left out for want of room.
    pub cut: bool,
    texts: Arc<Texts>,
    /// What is gone is to leave the base, however little it is.
    forget: bool,
    save_whole: bool,
    changes: Vec<Change>,
}

/// A file that has changed, or is gone.
type Change = (PathBuf, Option<Arc<Segment>>);

/// What the disk does not have yet: everything, or the files that changed; and all that there is.
#[derive(Debug)]
pub(crate) struct Unsaved {
    pub whole: bool,
    pub changes: Vec<Change>,
    pub view: View,
}

impl Unsaved {
    /// Adds what came after it.
    pub fn add(&mut self, later: Self) {
        self.whole |= later.whole;
        self.changes.extend(later.changes);
        self.view = later.view;
    }
}

impl Store {
    pub fn new(broker: Arc<FileBroker>, limits: Limits) -> Self {
        Self {
            broker,
            limits,
            open: HashMap::new(),
            opened_as: HashMap::new(),
            lists: BTreeSet::new(),
            edits: Edits::default(),
            base: Arc::new(merge(&[])),
            dead: all_alive(0),
            parts: BTreeMap::new(),
            overlay: None,
            weight: Weight::default(),
            refused: BTreeMap::new(),
            unreadable: 0,
            folders: BTreeSet::new(),
            unfinished: false,
            removals: STORES.fetch_add(1, Ordering::Relaxed) << 32,
            cut: false,
            texts: Arc::default(),
            forget: false,
            save_whole: false,
            changes: Vec::new(),
        }
    }

    pub fn snapshot(&mut self) -> Snapshot {
        let parts = &self.parts;
        let overlay = self.overlay.get_or_insert_with(|| {
            let all: Vec<Part> = parts.values().map(|segment| Part::whole(segment)).collect();
            Arc::new(merge(&all))
        });
        Snapshot {
            roots: self.broker.shared_roots(),
            base: Arc::clone(&self.base),
            dead: self.dead.clone(),
            overlay: Arc::clone(overlay),
            weight: self.weight,
            removals: self.removals,
            edits: self.edits.clone(),
            texts: Arc::clone(&self.texts),
        }
    }

    pub fn skipped(&self) -> usize {
        self.refused.len() + self.unreadable
    }

    /// The same by reason.
    pub fn skipped_by_reason(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        self.refused.values().for_each(|refusal| *reasons.entry(refusal.reason()).or_default() += 1);
        if self.unreadable > 0 {
            *reasons.entry("denied").or_default() += self.unreadable;
        }
        reasons
    }

    /// Reads a file, or takes its open document.
    pub fn read(&self, path: &Path, rules: &Rules) -> Result<(IndexedFile, String), Refusal> {
        rules.check(path, false)?;
        if !self.open.contains_key(path) && !rules.visible(path) {
            return Err(Refusal::OutsideWorkspace);
        }
        self.read_found(path, rules, None)
    }

    /// The same of a file that the rules were asked about just now; `seen` is what the file system said of it since.
    pub fn read_found(
        &self,
        path: &Path,
        rules: &Rules,
        seen: Option<Seen>,
    ) -> Result<(IndexedFile, String), Refusal> {
        let language = Language::from_path(path).ok_or(Refusal::Binary)?;
        let root = rules.root_of(path).map(|root| root.canonical.as_path());
        let open = self.open.get(path);
        let (text, stamp) = match (open, seen) {
            (Some(text), _) => (document_text(text)?, None),
            (None, Some(seen)) => (read_sized(path, seen.bytes)?, seen.stamp),
            (None, None) => {
                let metadata = path.metadata().map_err(refusal)?;
                (read_sized(path, readable(&metadata)?)?, Stamp::from(&metadata))
            }
        };
        // Before anything is made of it: a secret is no name, and is quoted nowhere.
        let text = masked(text);
        let mut file = IndexedFile::new(path.to_owned(), root, language, &text);
        file.stamp = stamp.filter(|stamp| stamp.bytes == text.len() as u64);
        file.text = open.map(|_| text.as_str().into());
        Ok((file, text))
    }

    /// Notes why a file is not indexed, if that is for what it is.
    pub fn refuse(&mut self, path: &Path, refusal: Refusal) {
        if !matches!(refusal, Refusal::Excluded { .. } | Refusal::Vanished | Refusal::OutsideWorkspace) {
            tracing::debug!(%refusal, "a file is not indexed");
            self.refused.insert(path.to_owned(), refusal);
        }
    }

    /// The segment that holds the file now, and the file's index there.
    pub fn known(&self, path: &Path) -> Option<(&Arc<Segment>, usize)> {
        let over = self.parts.get(path).map(|segment| (segment, 0));
        over.or_else(|| {
            self.base.file(path).filter(|file| !self.is_dead(*file)).map(|file| (&self.base, file))
        })
    }

    pub fn knows_below(&self, path: &Path) -> bool {
        let below = |known: Option<&PathBuf>| known.is_some_and(|known| known.starts_with(path));
        let after = (Bound::Excluded(path), Bound::Unbounded);
        below(self.parts.range::<Path, _>(after).next().map(|(known, _)| known))
            || below(self.refused.range::<Path, _>(after).next().map(|(known, _)| known))
            || self.base.files_below(path).any(|file| !self.is_dead(file))
    }

    pub fn is_dead(&self, file: usize) -> bool {
        is_dead(&self.dead, file)
    }

    pub fn alive(&self) -> impl Iterator<Item = &Arc<IndexedFile>> {
        let base = self.base.files.iter().enumerate().filter(|(index, _)| !self.is_dead(*index));
        base.map(|(_, file)| file).chain(self.parts.values().flat_map(|segment| &segment.files))
    }

    pub fn set_base(&mut self, base: Segment) {
        let gone = self.alive().any(|file| base.file(&file.path).is_none());
        self.removals += u64::from(gone);
        self.weight = Weight::default();
        (0..base.files.len()).for_each(|file| self.weight += base.weight(file));
        self.dead = all_alive(base.files.len());
        self.parts.clear();
        self.overlay = None;
        self.forget = false;
        self.base = Arc::new(base);
    }

    /// Whether the limits let a file of `bytes` in instead of `old`.
    fn has_room(&self, bytes: u32, old: Option<u32>) -> bool {
        let files = self.weight.files + usize::from(old.is_none());
        let all = self.weight.bytes - old.unwrap_or(0) as usize + bytes as usize;
        files <= self.limits.files && all <= self.limits.bytes
    }

    /// Takes in the segment of one file instead of what was known, or nothing.
    pub fn replace(&mut self, path: &Path, new: Option<Arc<Segment>>) {
        let old = self.known(path).map(|(segment, file)| segment.files[file].bytes);
        let new = new.filter(|new| {
            let room = self.has_room(new.files[0].bytes, old);
            self.cut |= !room;
            room
        });
        if old.is_none() && new.is_none() {
            return;
        }
        self.overlay = None;
        if let Some(part) = self.parts.remove(path) {
            self.weight -= part.weight(0);
        } else if let Some(file) = self.base.file(path).filter(|file| !self.is_dead(*file)) {
            self.weight -= self.base.weight(file);
            bury(&mut self.dead, file);
        }
        self.removals += u64::from(old.is_some() && new.is_none());
        // The disk keeps what is on the disk.
        if new.as_ref().is_none_or(|new| new.files[0].text.is_none()) {
            self.changes.push((path.to_owned(), new.clone()));
        }
        if let Some(new) = new {
            self.weight += new.weight(0);
            self.parts.insert(path.to_owned(), new);
        }
    }

    /// Begins with what was kept from an earlier time; a rebuild has to follow, which looks at every file.
    pub fn resume(&mut self, base: Segment, changes: Vec<(PathBuf, Option<Segment>)>) {
        self.set_base(base);
        // A file that is gone may have gone to where it is excluded: its names are not to lie on disk for good.
        let gone = changes.iter().any(|(_, new)| new.is_none());
        changes.into_iter().for_each(|(path, new)| self.replace(&path, new.map(Arc::new)));
        self.changes.clear();
        self.save_whole = gone;
    }

    /// The base has become another than what is on disk.
    pub fn save_whole(&mut self) {
        self.save_whole = true;
    }

    /// What is to be saved, if anything is.
    pub fn take_unsaved(&mut self) -> Option<Unsaved> {
        let (whole, changes) = (std::mem::take(&mut self.save_whole), std::mem::take(&mut self.changes));
        (whole || !changes.is_empty()).then(|| Unsaved { whole, changes, view: self.view() })
    }

    /// Has nothing be left of what is gone, on disk neither: an excluded file's names are not to lie there.
    pub fn forget_the_dead(&mut self) {
        self.forget = true;
        self.save_whole();
    }

    /// What a new base is to be made of, if it is time for one.
    pub fn start_fold(&mut self) -> Option<View> {
        let forget = std::mem::take(&mut self.forget);
        (forget || self.parts.len() > MAX_OVERLAY).then(|| self.view())
    }

    /// Makes the new base at once if nothing else would let the next change be quick.
    pub fn fold_many(&mut self) {
        if self.parts.len() > TOO_MANY {
            let folded = self.view().fold();
            self.install(folded);
        }
    }

    pub fn view(&self) -> View {
        View { base: Arc::clone(&self.base), dead: self.dead.clone(), parts: self.parts.clone() }
    }

    /// Takes a new base in. What has changed since its view was taken counts instead of what is in it; after a
    /// rebuild, nothing in it counts. Gives back what nobody needs any more, since to drop it takes a while.
    pub fn install(&mut self, folded: Folded) -> View {
        let Folded { of, base } = folded;
        if !Arc::ptr_eq(&of.base, &self.base) {
            return of;
        }
        let mut dead = all_alive(base.files.len());
        let mut bury_at = |path: &Path| {
            if let Some(file) = base.file(path) {
                bury(&mut dead, file);
            }
        };
        let died = |file: &usize| self.is_dead(*file) && !of.is_dead(*file);
        (0..of.base.files.len()).filter(died).for_each(|file| bury_at(&of.base.files[file].path));
        for (path, part) in &of.parts {
            if self.parts.get(path).is_some_and(|now| Arc::ptr_eq(now, part)) {
                self.parts.remove(path);
            } else {
                bury_at(path);
            }
        }
        (self.base, self.dead, self.overlay) = (Arc::new(base), dead, None);
        of
    }
}

fn document_text(text: &Text) -> Result<String, Refusal> {
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Refusal::TooLarge { bytes: text.len() as u64 });
    }
    let text = text.to_string();
    FileBroker::check_text(&text).map(|()| text)
}
