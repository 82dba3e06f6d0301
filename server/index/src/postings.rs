//! The inverted index of some files: for each name, the 20-line chunks that hold it and how often.
//!
//! Names are kept as 64-bit hashes. Two that collide would share a list, so whoever needs certainty looks at
//! the text again, as [`crate::Snapshot::occurrences`] does; for a score it does not matter.

use crate::file::IndexedFile;
use std::ops::Range;
use std::sync::Arc;
use trust_grammars::identifiers;

/// Lines in a chunk.
pub(crate) const CHUNK_LINES: usize = 20;

/// Immutable; lists lie one after the other, those of one name in the order of chunks. Six bytes for each pair
/// of name and chunk.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Of each file its first chunk, and at the end the number of chunks.
    first_chunk: Vec<u32>,
    /// Of each chunk its file.
    chunk_file: Vec<u32>,
    /// Of each chunk its first byte in the file.
    chunk_start: Vec<u32>,
    /// Of each chunk how many identifiers it has.
    chunk_names: Vec<u32>,
    /// Sorted hashes of names.
    hashes: Vec<u64>,
    /// Of each name where its list starts, and at the end the length of all.
    list_start: Vec<u32>,
    chunks: Vec<u32>,
    counts: Vec<u16>,
}

/// The hash of a name: FNV-1a, which is fast on short words. Nothing depends on its being hard to collide.
pub(crate) fn hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

impl Postings {
    pub fn build(files: &[Arc<IndexedFile>]) -> Self {
        let mut postings = Self::default();
        let mut pairs: Vec<(u64, u32, u16)> = Vec::new();
        let mut names = Vec::new();
        for (index, file) in files.iter().enumerate() {
            postings.first_chunk.push(postings.chunk_file.len() as u32);
            for bytes in chunk_ranges(&file.text) {
                let text = &file.text[bytes.clone()];
                names.extend(identifiers(text).map(|range| hash(&text[range])));
                let chunk = postings.chunk_file.len() as u32;
                postings.chunk_file.push(index as u32);
                postings.chunk_start.push(bytes.start as u32);
                postings.chunk_names.push(names.len() as u32);
                names.sort_unstable();
                let runs = names.chunk_by(|a, b| a == b);
                pairs.extend(runs.map(|run| (run[0], chunk, run.len().min(u16::MAX as usize) as u16)));
                names.clear();
            }
        }
        postings.first_chunk.push(postings.chunk_file.len() as u32);
        pairs.sort_unstable();
        for (hash, chunk, count) in pairs {
            if postings.hashes.last() != Some(&hash) {
                postings.hashes.push(hash);
                postings.list_start.push(postings.chunks.len() as u32);
            }
            postings.chunks.push(chunk);
            postings.counts.push(count);
        }
        postings.list_start.push(postings.chunks.len() as u32);
        postings
    }

    /// The chunks that hold the name, and how often each does.
    pub fn list(&self, hash: u64) -> impl Iterator<Item = (usize, u16)> + Clone + '_ {
        let range = match self.hashes.binary_search(&hash) {
            Ok(name) => self.list_start[name] as usize..self.list_start[name + 1] as usize,
            Err(_) => 0..0,
        };
        let counts = self.counts[range.clone()].iter();
        self.chunks[range].iter().zip(counts).map(|(chunk, count)| (*chunk as usize, *count))
    }

    pub fn chunk_count(&self) -> usize {
        self.chunk_file.len()
    }

    /// The index of the chunk's file in the list that the postings were built from.
    pub fn file_of(&self, chunk: usize) -> usize {
        self.chunk_file[chunk] as usize
    }

    /// How many identifiers the chunk has.
    pub fn names_in(&self, chunk: usize) -> u32 {
        self.chunk_names[chunk]
    }

    pub fn chunks_of(&self, file: usize) -> Range<usize> {
        self.first_chunk[file] as usize..self.first_chunk[file + 1] as usize
    }

    /// The chunk's bytes in its file, and its first line.
    pub fn place(&self, chunk: usize, file: &IndexedFile) -> (Range<usize>, usize) {
        let of_file = self.chunks_of(self.file_of(chunk));
        let start = self.chunk_start[chunk] as usize;
        let end =
            if chunk + 1 < of_file.end { self.chunk_start[chunk + 1] as usize } else { file.text.len() };
        (start..end, (chunk - of_file.start) * CHUNK_LINES)
    }
}

/// The bytes of each 20 lines of a text; none of an empty one.
fn chunk_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(start..).filter(|rest| !rest.is_empty())?;
        let breaks = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let length = breaks.map(|(at, _)| at + 1).nth(CHUNK_LINES - 1).unwrap_or(rest.len());
        start += length;
        Some(start - length..start)
    })
}
