//! The index as it was at one moment. Taking one is an atomic load; it stays as it is while the index goes on.

use crate::broker::Root;
use crate::file::{IndexedFile, Row};
use crate::postings::hash;
use crate::rules::Rules;
use crate::segment::{Segment, Weight};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{DefinitionKind, Language, identifiers};

/// The longest signature that a [`Symbol`] carries, in bytes.
const MAX_SIGNATURE: usize = 400;

/// A file in the snapshot that gave the id. Another snapshot may know another file by it, or none; asked of
/// that, it gives wrong or empty answers, but does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub(crate) u32);

/// A definition somewhere in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub file: FileId,
    pub kind: DefinitionKind,
    pub name: String,
    /// The item up to its body, one line or several, at most 400 bytes.
    pub signature: String,
    /// The name of what it is defined in: a type, a module.
    pub container: Option<String>,
    /// Bytes of the whole item.
    pub range: Range<usize>,
    /// Bytes of the name.
    pub name_range: Range<usize>,
}

/// Immutable, and shared by all who took it.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) roots: Arc<[Root]>,
    pub(crate) base: Arc<Segment>,
    /// Of the base's files those that are gone or replaced, one bit each.
    pub(crate) dead: Vec<u64>,
    /// The files that changed since the base was built; their ids follow the base's.
    pub(crate) overlay: Vec<Arc<Segment>>,
    /// Of the files that are alive.
    pub(crate) weight: Weight,
    pub(crate) removals: u64,
    pub(crate) nothing: Arc<str>,
}

impl Snapshot {
    /// How many files there are.
    pub fn files(&self) -> usize {
        self.weight.files
    }

    /// How many definitions there are.
    pub fn symbols(&self) -> usize {
        self.weight.symbols
    }

    /// Changes when a file left the index: what was learned from an earlier snapshot may be excluded now.
    pub fn removals(&self) -> u64 {
        self.removals
    }

    /// Whether the rules as they are on disk now still let the file be quoted; its ignore files are read.
    pub fn is_quotable(&self, file: FileId) -> bool {
        self.get(file)
            .is_some_and(|file| Rules::new(Arc::clone(&self.roots)).check(&file.path, false).is_ok())
    }

    /// All files, in no particular order.
    pub fn file_ids(&self) -> impl Iterator<Item = FileId> + '_ {
        let base = (0..self.base.files.len()).filter(|file| self.is_alive(*file));
        base.chain(self.base.files.len()..self.base.files.len() + self.overlay.len())
            .map(|file| FileId(file as u32))
    }

    /// The text that was indexed.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        self.get(file).map_or(&self.nothing, |file| &file.text)
    }

    /// The canonical path.
    pub fn path(&self, file: FileId) -> &Path {
        self.get(file).map_or(Path::new(""), |file| &file.path)
    }

    /// The path from the file's root, with `/` on every system; of a file outside every root, its name.
    pub fn relative(&self, file: FileId) -> String {
        self.get(file).map_or_else(String::new, |file| file.relative.clone())
    }

    pub fn language(&self, file: FileId) -> Option<Language> {
        self.get(file).map(|file| file.language)
    }

    /// The file at `path`, which may be canonical or begin with a root as it was given.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        let at = |path: &Path| {
            let over = self.overlay.iter().position(|segment| segment.file(path).is_some());
            let over = over.map(|index| self.base.files.len() + index);
            over.or_else(|| self.base.file(path).filter(|file| self.is_alive(*file)))
                .map(|file| FileId(file as u32))
        };
        at(path).or_else(|| {
            let rebased = self.roots.iter().filter_map(|root| {
                let own = path.strip_prefix(&root.given).ok()?;
                Some(root.canonical.join(own))
            });
            rebased.filter_map(|path: PathBuf| at(&path)).next()
        })
    }

    /// The definitions of `name`; `None` where there are more than `limit`.
    pub fn definitions_at_most(&self, name: &str, limit: usize) -> Option<Vec<Symbol>> {
        let of = |(first, segment): (usize, &Segment)| {
            segment.definitions(name).filter(|(file, _)| self.is_alive(first + file)).take(limit + 1).count()
        };
        (self.segments().map(of).sum::<usize>() <= limit).then(|| self.definitions(name))
    }

    /// Every definition of `name`. Impl blocks define no name.
    pub fn definitions(&self, name: &str) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        for (first, segment) in self.segments() {
            let alive = segment.definitions(name).filter(|(file, _)| self.is_alive(first + file));
            symbols.extend(alive.map(|(file, row)| symbol(first + file, &segment.files[file], row)));
        }
        symbols
    }

    /// The definitions in one file, impl blocks too, in the order in which they begin.
    pub fn definitions_in(&self, file: FileId) -> Vec<Symbol> {
        let Some(found) = self.get(file) else { return Vec::new() };
        found.rows().iter().map(|row| symbol(file.0 as usize, found, row)).collect()
    }

    /// Where `name` stands as a whole identifier, in code, comments or strings: file and byte offset, at most
    /// `limit` of them. Files that changed lately come first.
    pub fn occurrences(&self, name: &str, limit: usize) -> Vec<(FileId, usize)> {
        let mut found = Vec::new();
        for (first, segment) in self.segments().skip(1).chain(self.segments().take(1)) {
            for (chunk, _) in segment.postings.list(hash(name)) {
                let index = segment.postings.file_of(chunk);
                if !self.is_alive(first + index) {
                    continue;
                }
                let file = &segment.files[index];
                let (bytes, _) = segment.postings.place(chunk, file);
                let text = file.text.get(bytes.clone()).unwrap_or_default();
                let same = identifiers(text).filter(|range| &text[range.clone()] == name);
                let places = same.map(|range| (FileId((first + index) as u32), bytes.start + range.start));
                found.extend(places.take(limit - found.len()));
                if found.len() >= limit {
                    return found;
                }
            }
        }
        found
    }

    /// Each segment with the id of its first file.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (usize, &Segment)> {
        let base = self.base.files.len();
        let overlay = self.overlay.iter().enumerate().map(move |(index, segment)| (base + index, &**segment));
        std::iter::once((0, &*self.base)).chain(overlay)
    }

    pub(crate) fn is_alive(&self, file: usize) -> bool {
        self.dead.get(file / 64).is_none_or(|bits| bits & (1 << (file % 64)) == 0)
    }

    pub(crate) fn get(&self, file: FileId) -> Option<&Arc<IndexedFile>> {
        let file = file.0 as usize;
        match file.checked_sub(self.base.files.len()) {
            None => self.base.files.get(file).filter(|_| self.is_alive(file)),
            Some(over) => self.overlay.get(over)?.files.first(),
        }
    }
}

fn symbol(id: usize, file: &IndexedFile, row: &Row) -> Symbol {
    let bytes = |(start, end): (u32, u32)| start as usize..end as usize;
    let signature = file.slice(row.signature);
    let container = row.parent.and_then(|parent| file.rows().get(parent as usize));
    Symbol {
        file: FileId(id as u32),
        kind: row.kind,
        name: file.slice(row.name).to_owned(),
        signature: signature[..signature.floor_char_boundary(MAX_SIGNATURE)].to_owned(),
        container: container.map(|container| file.slice(container.name).to_owned()),
        range: bytes(row.item),
        name_range: bytes(row.name),
    }
}
