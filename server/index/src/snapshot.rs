//! The index as it was at one moment. Taking one is an atomic load; it stays as it is while the index goes on.

use crate::broker::Root;
use crate::edits::Edits;
use crate::file::{IndexedFile, Row};
use crate::segment::{Segment, Weight};
use crate::texts::Texts;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{DefinitionKind, Language};

/// A file in the snapshot that gave the id. Another snapshot may know another file by it, or none; asked of
/// that, it gives wrong or empty answers, but does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub(crate) u32);

/// A definition somewhere in the workspace; ranges are bytes of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol<'a> {
    pub file: FileId,
    pub kind: DefinitionKind,
    pub name: &'a str,
    /// The name of what it is defined in: a type, a module.
    pub container: Option<&'a str>,
    /// The whole item.
    pub range: Range<usize>,
    pub name_range: Range<usize>,
    /// The item up to its body.
    pub signature: Range<usize>,
    pub documentation: Option<Range<usize>>,
}

/// How much an index amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub files: usize,
    pub lines: usize,
    /// Of all texts together.
    pub bytes: usize,
    pub symbols: usize,
    /// Distinct identifiers, but for those of the files that changed last.
    pub names: usize,
    /// Groups of 20 lines.
    pub chunks: usize,
    /// What the index's tables take.
    pub heap_bytes: usize,
}

/// Immutable, and shared by all who took it.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) roots: Arc<[Root]>,
    pub(crate) base: Arc<Segment>,
    /// Of the base's files those that are gone or replaced, one bit each.
    pub(crate) dead: Vec<u64>,
    /// The files that changed since the base was built; their ids follow the base's.
    pub(crate) overlay: Arc<Segment>,
    /// Of the files that are alive.
    pub(crate) weight: Weight,
    pub(crate) removals: u64,
    pub(crate) edits: Edits,
    pub(crate) texts: Arc<Texts>,
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

    /// How much all of it amounts to.
    pub fn size(&self) -> Size {
        let heap = |segment: &Segment| segment.heap_bytes();
        Size {
            files: self.weight.files,
            lines: self.weight.lines,
            bytes: self.weight.bytes,
            symbols: self.weight.symbols,
            names: self.base.names.len(),
            chunks: self.weight.chunks,
            heap_bytes: heap(&self.base) + heap(&self.overlay),
        }
    }

    /// All files, in no particular order.
    pub fn file_ids(&self) -> impl Iterator<Item = FileId> + '_ {
        let all = 0..self.base.files.len() + self.overlay.files.len();
        all.filter(|file| self.is_alive(*file)).map(|file| FileId(file as u32))
    }

    /// The canonical path.
    pub fn path(&self, file: FileId) -> &Path {
        self.get(file).map_or(Path::new(""), |file| &file.path)
    }

    /// The path from the file's root, with `/` on every system; of a file outside every root, its name.
    pub fn relative(&self, file: FileId) -> String {
        self.get(file).map_or_else(String::new, |file| file.relative())
    }

    /// Where open documents were edited last, by zero-based lines as they were then; the newest last.
    pub fn recent_edits(&self) -> impl Iterator<Item = (FileId, usize)> {
        self.edits.iter().filter_map(|(path, line)| Some((self.file(path)?, *line)))
    }

    /// Whether the file says at its beginning that a program wrote it. Its names and definitions are indexed as any
    /// other's; a prompt has better things to quote.
    pub fn is_generated(&self, file: FileId) -> bool {
        self.get(file).is_some_and(|file| file.generated)
    }

    pub fn language(&self, file: FileId) -> Option<Language> {
        self.get(file).map(|file| file.language)
    }

    /// The file at `path`, which may be canonical or begin with a root as it was given.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        let at = |path: &Path| {
            let over = self.overlay.file(path).map(|index| self.base.files.len() + index);
            over.or_else(|| self.base.file(path).filter(|file| self.is_alive(*file)))
                .map(|file| FileId(file as u32))
        };
        // Without doubled and trailing separators.
        let path = &path.components().collect::<PathBuf>();
        at(path).or_else(|| {
            let rebased = self.roots.iter().filter_map(|root| {
                let own = path.strip_prefix(&root.given).ok()?;
                Some(root.canonical.join(own))
            });
            rebased.filter_map(|path: PathBuf| at(&path)).next()
        })
    }

    /// The file at a path from its root, as [`Self::relative`] gives it; of several the one in the first root.
    pub fn file_at(&self, relative: &str) -> Option<FileId> {
        let named = self.roots.iter().find_map(|root| self.file(&root.canonical.join(relative)));
        named.filter(|file| self.relative(*file) == relative)
    }

    /// The definitions of `name`; `None` where there are more than `limit`.
    pub fn definitions_at_most(&self, name: &str, limit: usize) -> Option<Vec<Symbol<'_>>> {
        let mut symbols = Vec::new();
        for (first, segment) in self.segments() {
            let alive = segment.definitions(name).filter(|(file, _)| self.is_alive(first + file));
            // The common names have thousands: to count a few costs less than to look at one.
            if symbols.len() + alive.clone().take(limit + 1).count() > limit {
                return None;
            }
            symbols.extend(alive.map(|(file, row)| symbol(first, segment, file, row)));
        }
        Some(symbols)
    }

    /// Every definition of `name`. Impl blocks define no name.
    pub fn definitions(&self, name: &str) -> Vec<Symbol<'_>> {
        let mut symbols = Vec::new();
        for (first, segment) in self.segments() {
            let alive = segment.definitions(name).filter(|(file, _)| self.is_alive(first + file));
            symbols.extend(alive.map(|(file, row)| symbol(first, segment, file, row)));
        }
        symbols
    }

    /// The definitions in one file, impl blocks too, in the order in which they begin.
    pub fn definitions_in(&self, file: FileId) -> Vec<Symbol<'_>> {
        let Some((first, segment)) = self.segment_of(file) else { return Vec::new() };
        let index = file.0 as usize - first;
        segment.rows(index).iter().map(|row| symbol(first, segment, index, row)).collect()
    }

    /// The bytes of each import in a file.
    pub fn imports_in(&self, file: FileId) -> Vec<Range<usize>> {
        let Some((first, segment)) = self.segment_of(file) else { return Vec::new() };
        let imports = segment.outlines.imports_of(file.0 as usize - first);
        segment.outlines.imports[imports].iter().map(|range| bytes(*range)).collect()
    }

    /// Whether `name` stands anywhere as a whole identifier.
    pub fn has_name(&self, name: &str) -> bool {
        self.chunks_with(name).next().is_some()
    }

    /// The canonical paths of the files that hold `name`, each once.
    pub fn files_with<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Path> + 'a {
        let mut seen = std::collections::HashSet::new();
        let files = self.chunks_with(name).map(|(file, _)| file).filter(move |file| seen.insert(*file));
        files.map(|file| self.path(file))
    }

    /// The chunks that hold `name`: file and bytes. Files that changed lately come first.
    pub(crate) fn chunks_with<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (FileId, Range<usize>)> + 'a {
        let [base, overlay] = self.both();
        [overlay, base].into_iter().flat_map(move |(first, segment)| {
            let id = segment.names.find(name);
            let chunks = id.into_iter().flat_map(|id| segment.postings.list(id)).map(|(chunk, _)| chunk);
            chunks.filter_map(move |chunk| {
                let file = segment.postings.file_of(chunk);
                let (bytes, _) = segment.postings.place(chunk, segment.files[file].bytes);
                self.is_alive(first + file).then_some((FileId((first + file) as u32), bytes))
            })
        })
    }

    pub(crate) fn both(&self) -> [(usize, &Segment); 2] {
        [(0, &self.base), (self.base.files.len(), &self.overlay)]
    }

    /// Each segment with the id of its first file.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (usize, &Segment)> {
        self.both().into_iter()
    }

    fn segment_of(&self, file: FileId) -> Option<(usize, &Segment)> {
        self.get(file)?;
        let [base, overlay] = self.both();
        Some(if (file.0 as usize) < overlay.0 { base } else { overlay })
    }

    pub(crate) fn is_alive(&self, file: usize) -> bool {
        self.dead.get(file / 64).is_none_or(|bits| bits & (1 << (file % 64)) == 0)
    }

    pub(crate) fn get(&self, file: FileId) -> Option<&Arc<IndexedFile>> {
        let file = file.0 as usize;
        match file.checked_sub(self.base.files.len()) {
            None => self.base.files.get(file).filter(|_| self.is_alive(file)),
            Some(over) => self.overlay.files.get(over),
        }
    }
}

fn bytes((start, end): (u32, u32)) -> Range<usize> {
    start as usize..end as usize
}

/// Of the row of a file in the segment whose first file has the id `first`.
pub(crate) fn symbol<'a>(first: usize, segment: &'a Segment, file: usize, row: &Row) -> Symbol<'a> {
    let name = segment.names.get(row.name);
    let rows = segment.rows(file);
    let container = rows.get(row.parent as usize).filter(|parent| parent.name_start != row.name_start);
    Symbol {
        file: FileId((first + file) as u32),
        kind: row.kind,
        name,
        container: container.map(|container| segment.names.get(container.name)),
        range: bytes(row.item),
        name_range: row.name_start as usize..row.name_start as usize + name.len(),
        signature: bytes(row.signature),
        documentation: Some(bytes(row.documentation)).filter(|range| !range.is_empty()),
    }
}
