//! A segment: files with the tables to find things in them. Immutable; a snapshot is a large segment and, over
//! it, a small one of the files that changed since.

use crate::file::{IndexedFile, NamedOutline, Row};
use crate::names::Names;
use crate::postings::Postings;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use trust_grammars::DefinitionKind;

#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub files: Vec<Arc<IndexedFile>>,
    pub names: Arc<Names>,
    pub postings: Arc<Postings>,
    pub outlines: Outlines,
    /// The files in the order of their paths' bytes.
    by_path: Vec<u32>,
    /// The rows that define a name and their files, in the order of names.
    by_name: Vec<(u32, u32)>,
    /// Of each name its first place in `by_name`, and at the end the number of places.
    first_defined: Vec<u32>,
}

/// Paths compare by component, which takes ten times as long.
pub(crate) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// What the files define and import.
#[derive(Debug, Default)]
pub(crate) struct Outlines {
    pub rows: Vec<Row>,
    /// Of each file its first row, and at the end the number of rows.
    pub first_row: Vec<u32>,
    pub imports: Vec<(u32, u32)>,
    pub first_import: Vec<u32>,
}

impl Outlines {
    pub fn empty(files: usize) -> Self {
        let first = vec![0; files + 1];
        Self { first_row: first.clone(), first_import: first, ..Self::default() }
    }

    /// Ready for the first file.
    pub fn begin() -> Self {
        Self::empty(0)
    }

    /// Adds the next file; `names` are those of its definitions.
    pub fn add(&mut self, outline: &NamedOutline, names: &mut Names) {
        let short = |range: &Range<usize>| (range.start as u32, range.end as u32);
        for (index, (found, name)) in outline.outline.definitions.iter().zip(&outline.names).enumerate() {
            self.rows.push(Row {
                name: names.intern(name),
                name_start: found.name.start as u32,
                item: short(&found.item),
                signature: short(&found.signature),
                documentation: found.documentation.as_ref().map_or((0, 0), short),
                parent: found.parent.unwrap_or(index) as u32,
                kind: found.kind,
            });
        }
        self.imports.extend(outline.outline.imports.iter().map(short));
        self.end_file();
    }

    pub fn end_file(&mut self) {
        self.first_row.push(self.rows.len() as u32);
        self.first_import.push(self.imports.len() as u32);
    }

    pub fn rows_of(&self, file: usize) -> Range<usize> {
        self.first_row[file] as usize..self.first_row[file + 1] as usize
    }

    pub fn imports_of(&self, file: usize) -> Range<usize> {
        self.first_import[file] as usize..self.first_import[file + 1] as usize
    }

    /// The rows that define names and their files, in the order of names; and of each name where its rows begin.
    fn by_name(&self, names: usize) -> (Vec<(u32, u32)>, Vec<u32>) {
        let defines = |row: &u32| self.rows[*row as usize].kind != DefinitionKind::Impl;
        let mut starts = vec![0u32; names + 1];
        (0..self.rows.len() as u32).filter(defines).for_each(|row| {
            starts[self.rows[row as usize].name as usize + 1] += 1;
        });
        (1..starts.len()).for_each(|name| starts[name] += starts[name - 1]);
        let mut next = starts.clone();
        let mut ordered = vec![(0, 0); starts.last().copied().unwrap_or(0) as usize];
        for file in 0..self.first_row.len() - 1 {
            for row in (self.first_row[file]..self.first_row[file + 1]).filter(defines) {
                let place = &mut next[self.rows[row as usize].name as usize];
                ordered[*place as usize] = (row, file as u32);
                *place += 1;
            }
        }
        (ordered, starts)
    }

    pub fn heap_bytes(&self) -> usize {
        size_of::<Row>() * self.rows.capacity()
            + 8 * self.imports.capacity()
            + 4 * (self.first_row.capacity() + self.first_import.capacity())
    }
}

impl Segment {
    pub fn new(
        files: Vec<Arc<IndexedFile>>,
        names: Arc<Names>,
        postings: Arc<Postings>,
        outlines: Outlines,
    ) -> Self {
        let mut by_path: Vec<u32> = (0..files.len() as u32).collect();
        by_path.sort_unstable_by_key(|file| bytes(&files[*file as usize].path));
        let (by_name, first_defined) = outlines.by_name(names.len());
        Self { files, names, postings, outlines, by_path, by_name, first_defined }
    }

    /// The index of the file at a canonical path.
    pub fn file(&self, canonical: &Path) -> Option<usize> {
        let path = |file: &u32| bytes(&self.files[*file as usize].path);
        let found = self.by_path.binary_search_by_key(&bytes(canonical), path).ok()?;
        Some(self.by_path[found] as usize)
    }

    /// The files in a folder, at any depth.
    pub fn files_below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = usize> + 'a {
        let path = |file: u32| &self.files[file as usize].path;
        // In the order of bytes, `a-b` stands between `a` and `a/b`.
        let inside = folder.join("");
        let first = self.by_path.partition_point(|file| bytes(path(*file)) < bytes(&inside));
        let below = move |file: &u32| path(*file).starts_with(folder);
        self.by_path[first..].iter().copied().take_while(below).map(|file| file as usize)
    }

    pub fn rows(&self, file: usize) -> &[Row] {
        &self.outlines.rows[self.outlines.rows_of(file)]
    }

    /// The definitions of a name: the file's index, and the row.
    pub fn definitions(&self, name: &str) -> impl Iterator<Item = (usize, &Row)> + Clone {
        let of = |name: u32| self.first_defined.get(name as usize).map_or(0, |first| *first as usize);
        let same = self.names.find(name).map_or(0..0, |name| of(name)..of(name + 1));
        self.by_name[same].iter().map(|(row, file)| (*file as usize, &self.outlines.rows[*row as usize]))
    }

    /// The rows that define names, in the order of the names' numbers.
    pub fn named_rows(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.by_name.iter().map(|(row, file)| (*file as usize, &self.outlines.rows[*row as usize]))
    }

    /// Symbols, chunks and identifiers of one of its files.
    pub fn weight(&self, file: usize) -> Weight {
        let chunks = self.postings.chunks_of(file);
        Weight {
            files: 1,
            bytes: self.files[file].bytes as usize,
            lines: self.files[file].lines as usize,
            symbols: self.outlines.rows_of(file).len(),
            chunks: chunks.len(),
            names: chunks.map(|chunk| u64::from(self.postings.names_in(chunk))).sum(),
        }
    }

    pub fn heap_bytes(&self) -> usize {
        let files: usize = self.files.iter().map(|file| file.heap_bytes() + 8).sum();
        let order =
            4 * (self.by_path.capacity() + self.first_defined.capacity()) + 8 * self.by_name.capacity();
        files + order + self.names.heap_bytes() + self.postings.heap_bytes() + self.outlines.heap_bytes()
    }
}

/// How much a set of files amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub files: usize,
    pub bytes: usize,
    pub lines: usize,
    pub symbols: usize,
    pub chunks: usize,
    pub names: u64,
}

impl std::ops::AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.symbols += other.symbols;
        self.chunks += other.chunks;
        self.names += other.names;
    }
}

impl std::ops::SubAssign for Weight {
    fn sub_assign(&mut self, other: Self) {
        self.files -= other.files;
        self.bytes -= other.bytes;
        self.lines -= other.lines;
        self.symbols -= other.symbols;
        self.chunks -= other.chunks;
        self.names -= other.names;
    }
}
