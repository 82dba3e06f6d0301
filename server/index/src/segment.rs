//! A segment: files with the tables to find things in them. Immutable; a snapshot is one large segment and,
//! over it, a small one for each file that changed since.

use crate::file::{IndexedFile, Row};
use crate::postings::{Postings, hash};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use trust_grammars::DefinitionKind;

#[derive(Debug)]
pub(crate) struct Segment {
    pub files: Vec<Arc<IndexedFile>>,
    pub postings: Arc<Postings>,
    by_path: HashMap<PathBuf, u32>,
    /// Hash of the name, file, row; sorted.
    by_name: Vec<(u64, u32, u32)>,
}

impl Segment {
    pub fn build(files: Vec<Arc<IndexedFile>>) -> Self {
        let postings = Arc::new(Postings::build(&files));
        Self::with_postings(files, postings)
    }

    /// For files with the same texts, in the same order, as those that `postings` were built from.
    pub fn with_postings(files: Vec<Arc<IndexedFile>>, postings: Arc<Postings>) -> Self {
        let by_path =
            files.iter().enumerate().map(|(index, file)| (file.path.clone(), index as u32)).collect();
        let mut by_name = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let named = file.rows().iter().enumerate().filter(|(_, row)| row.kind != DefinitionKind::Impl);
            by_name
                .extend(named.map(|(row, found)| (hash(file.slice(found.name)), index as u32, row as u32)));
        }
        by_name.sort_unstable();
        Self { files, postings, by_path, by_name }
    }

    /// The index of the file at a canonical path.
    pub fn file(&self, canonical: &std::path::Path) -> Option<usize> {
        self.by_path.get(canonical).map(|index| *index as usize)
    }

    /// The definitions of a name: the file's index, the row's index, the row.
    pub fn definitions<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Row)> + 'a {
        let hash = hash(name);
        let start = self.by_name.partition_point(|entry| entry.0 < hash);
        let same = self.by_name[start..].iter().take_while(move |entry| entry.0 == hash);
        same.filter_map(move |(_, file, row)| {
            let row = self.files[*file as usize].rows().get(*row as usize)?;
            (self.files[*file as usize].slice(row.name) == name).then_some((*file as usize, row))
        })
    }

    /// Symbols, chunks and identifiers of one of its files.
    pub fn weight(&self, file: usize) -> Weight {
        let chunks = self.postings.chunks_of(file);
        Weight {
            files: 1,
            bytes: self.files[file].text.len(),
            symbols: self.files[file].rows().len(),
            chunks: chunks.len(),
            names: chunks.map(|chunk| u64::from(self.postings.names_in(chunk))).sum(),
        }
    }
}

/// How much a set of files amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub files: usize,
    pub bytes: usize,
    pub symbols: usize,
    pub chunks: usize,
    pub names: u64,
}

impl std::ops::AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.symbols += other.symbols;
        self.chunks += other.chunks;
        self.names += other.names;
    }
}

impl std::ops::SubAssign for Weight {
    fn sub_assign(&mut self, other: Self) {
        self.files -= other.files;
        self.bytes -= other.bytes;
        self.symbols -= other.symbols;
        self.chunks -= other.chunks;
        self.names -= other.names;
    }
}
