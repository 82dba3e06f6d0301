//! The index's contents, owned by its one thread: a base, and the files that changed since over it.
//!
//! An edit of one file costs the parse and the lexing of that file; publishing it copies a list of at most 64
//! pointers and one bit for each file. When more have changed all is folded into a new base, which lexes
//! every text again: some tenths of a second for each million lines.

use crate::broker::{FileBroker, MAX_FILE_BYTES, Refusal, read_allowed};
use crate::file::IndexedFile;
use crate::rules::Rules;
use crate::segment::{Segment, Weight};
use crate::snapshot::Snapshot;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::Language;
use trust_text::Text;

/// How many changed files lie over the base before they are folded into it.
pub(crate) const MAX_OVERLAY: usize = 64;

/// The most that an index holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub files: usize,
    /// Of all texts together.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 50_000, bytes: 256 << 20 }
    }
}

/// All that the thread knows. Fields are public to the crate's two ways of changing it, build and changes.
#[derive(Debug)]
pub(crate) struct Store {
    pub broker: Arc<FileBroker>,
    pub limits: Limits,
    /// Texts of open documents by canonical path, and the paths under which they were opened.
    pub open: HashMap<PathBuf, Text>,
    pub opened_as: HashMap<PathBuf, PathBuf>,
    pub base: Arc<Segment>,
    dead: Vec<u64>,
    pub overlay: Vec<Arc<Segment>>,
    weight: Weight,
    /// Files that are not indexed for what they are: binary, too large, and so on.
    pub refused: HashSet<PathBuf>,
    pub unreadable: usize,
    /// How often something has left.
    removals: u64,
    /// Something was left out for want of room.
    pub cut: bool,
}

impl Store {
    pub fn new(broker: Arc<FileBroker>, limits: Limits) -> Self {
        Self {
            broker,
            limits,
            open: HashMap::new(),
            opened_as: HashMap::new(),
            base: Arc::new(Segment::build(Vec::new())),
            dead: vec![0],
            overlay: Vec::new(),
            weight: Weight::default(),
            refused: HashSet::new(),
            unreadable: 0,
            removals: 0,
            cut: false,
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            roots: self.broker.shared_roots(),
            base: Arc::clone(&self.base),
            dead: self.dead.clone(),
            overlay: self.overlay.clone(),
            weight: self.weight,
            removals: self.removals,
            nothing: Arc::from(""),
        }
    }

    pub fn skipped(&self) -> usize {
        self.refused.len() + self.unreadable
    }

    /// Reads a file, or takes its open document; the file as it is known if the text is the same. `None` if it
    /// does not belong in the index.
    pub fn load(&mut self, path: &Path, rules: &Rules) -> Option<Arc<IndexedFile>> {
        self.refused.remove(path);
        let language = Language::from_path(path)?;
        let text = match self.open.get(path) {
            Some(text) => rules.check(path, false).and_then(|()| document_text(text)),
            None if !rules.visible(path) => return None,
            None => rules.check(path, false).and_then(|()| read_allowed(path)),
        };
        match text {
            Ok(text) => {
                if let Some(known) = self.known(path).filter(|known| *known.text == *text) {
                    return Some(Arc::clone(known));
                }
                let root = rules.root_of(path).map(|root| root.canonical.as_path());
                Some(Arc::new(IndexedFile::unparsed(path.to_owned(), root, language, text.into())))
            }
            Err(Refusal::Excluded { .. } | Refusal::Vanished | Refusal::OutsideWorkspace) => None,
            Err(refusal) => {
                tracing::debug!(%refusal, "a file is not indexed");
                self.refused.insert(path.to_owned());
                None
            }
        }
    }

    pub fn known(&self, path: &Path) -> Option<&Arc<IndexedFile>> {
        let over =
            self.overlay.iter().find_map(|segment| segment.file(path).map(|file| &segment.files[file]));
        over.or_else(|| {
            self.base.file(path).filter(|file| !self.is_dead(*file)).map(|file| &self.base.files[file])
        })
    }

    pub fn knows_below(&self, path: &Path) -> bool {
        let known = self.alive().map(|file| &file.path).chain(&self.refused);
        known.into_iter().any(|known| known != path && known.starts_with(path))
    }

    fn is_dead(&self, file: usize) -> bool {
        self.dead[file / 64] & (1 << (file % 64)) != 0
    }

    pub fn alive(&self) -> impl Iterator<Item = &Arc<IndexedFile>> {
        let base = self.base.files.iter().enumerate().filter(|(index, _)| !self.is_dead(*index));
        base.map(|(_, file)| file).chain(self.overlay.iter().flat_map(|segment| &segment.files))
    }

    pub fn set_base(&mut self, base: Segment) {
        let gone = self.alive().any(|file| base.file(&file.path).is_none());
        self.removals += u64::from(gone);
        self.weight = Weight::default();
        (0..base.files.len()).for_each(|file| self.weight += base.weight(file));
        self.dead = vec![0; base.files.len() / 64 + 1];
        self.overlay.clear();
        self.base = Arc::new(base);
    }

    /// Whether the limits let `file` in instead of `old`.
    fn has_room(&self, file: &IndexedFile, old: Option<&Arc<IndexedFile>>) -> bool {
        let old_bytes = old.map_or(0, |old| old.text.len());
        let files = self.weight.files + usize::from(old.is_none());
        files <= self.limits.files && self.weight.bytes - old_bytes + file.text.len() <= self.limits.bytes
    }

    pub fn replace(&mut self, path: &Path, new: Option<Arc<IndexedFile>>) {
        let old = self.known(path).cloned();
        if let (Some(old), Some(new)) = (&old, &new)
            && Arc::ptr_eq(old, new)
        {
            return;
        }
        let new = new.filter(|new| {
            let room = self.has_room(new, old.as_ref());
            self.cut |= !room;
            room
        });
        if let Some(over) = self.overlay.iter().position(|segment| segment.file(path).is_some()) {
            self.weight -= self.overlay.remove(over).weight(0);
        } else if let Some(file) = self.base.file(path).filter(|file| !self.is_dead(*file)) {
            self.weight -= self.base.weight(file);
            self.dead[file / 64] |= 1 << (file % 64);
        }
        self.removals += u64::from(old.is_some() && new.is_none());
        if let Some(new) = new {
            let segment = Segment::build(vec![new]);
            self.weight += segment.weight(0);
            self.overlay.push(Arc::new(segment));
        }
    }

    /// Makes a new base of all that is alive and the changes.
    pub fn fold(&mut self, changes: Vec<(PathBuf, Option<Arc<IndexedFile>>)>) {
        let mut files: BTreeMap<PathBuf, Arc<IndexedFile>> =
            self.alive().map(|file| (file.path.clone(), Arc::clone(file))).collect();
        let mut bytes = self.weight.bytes;
        for (path, new) in changes {
            bytes -= files.remove(&path).map_or(0, |old| old.text.len());
            let Some(new) = new else { continue };
            if files.len() < self.limits.files && bytes + new.text.len() <= self.limits.bytes {
                bytes += new.text.len();
                files.insert(path, new);
            } else {
                self.cut = true;
            }
        }
        self.set_base(Segment::build(files.into_values().collect()));
    }
}

fn document_text(text: &Text) -> Result<String, Refusal> {
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Refusal::TooLarge { bytes: text.len() as u64 });
    }
    let text = text.to_string();
    FileBroker::check_text(&text).map(|()| text)
}
