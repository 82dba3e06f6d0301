//! The inverted index of some files: for each name, the 20-line chunks that hold it and how often. The chunks of
//! one file follow one another, so the files that hold a name can be read off the same list.

use std::ops::Range;

/// Lines in a chunk.
pub(crate) const CHUNK_LINES: usize = 20;

/// Immutable; lists lie one after the other, those of one name in the order of chunks. Six bytes for each pair
/// of name and chunk.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Of each file its first chunk, and at the end the number of chunks.
    pub first_chunk: Vec<u32>,
    /// Of each chunk its file.
    pub chunk_file: Vec<u32>,
    /// Of each chunk its first byte in the file.
    pub chunk_start: Vec<u32>,
    /// Of each chunk how many identifiers it has.
    pub chunk_names: Vec<u32>,
    /// Of each name where its list starts, and at the end the length of all.
    pub list_start: Vec<u32>,
    pub chunks: Vec<u32>,
    pub counts: Vec<u16>,
}

impl Postings {
    /// The places in `chunks` and `counts` of a name's list. A name that only definitions have has none.
    pub fn list_range(&self, name: u32) -> Range<usize> {
        let at = |name: usize| self.list_start.get(name).map(|start| *start as usize);
        let name = name as usize;
        at(name).zip(at(name + 1)).map_or(0..0, |(start, end)| start..end)
    }

    /// The chunks that hold the name, and how often each does.
    pub fn list(&self, name: u32) -> impl ExactSizeIterator<Item = (usize, u16)> + Clone + '_ {
        let range = self.list_range(name);
        let counts = self.counts[range.clone()].iter();
        self.chunks[range].iter().zip(counts).map(|(chunk, count)| (*chunk as usize, *count))
    }

    pub fn chunk_count(&self) -> usize {
        self.chunk_file.len()
    }

    /// The index of the chunk's file.
    pub fn file_of(&self, chunk: usize) -> usize {
        self.chunk_file[chunk] as usize
    }

    /// Whether the chunk is the last of its file.
    pub fn ends_file(&self, chunk: usize) -> bool {
        self.chunk_file.get(chunk + 1) != self.chunk_file.get(chunk)
    }

    /// How many identifiers the chunk has.
    pub fn names_in(&self, chunk: usize) -> u32 {
        self.chunk_names[chunk]
    }

    pub fn chunks_of(&self, file: usize) -> Range<usize> {
        self.first_chunk[file] as usize..self.first_chunk[file + 1] as usize
    }

    /// The chunk's bytes in its file, which has `bytes` of them, and its first line.
    pub fn place(&self, chunk: usize, bytes: u32) -> (Range<usize>, usize) {
        let of_file = self.chunks_of(self.file_of(chunk));
        let start = self.chunk_start[chunk] as usize;
        let end = if chunk + 1 < of_file.end { self.chunk_start[chunk + 1] } else { bytes } as usize;
        (start..end, (chunk - of_file.start) * CHUNK_LINES)
    }

    pub fn shrink(&mut self) {
        self.chunk_file.shrink_to_fit();
        self.chunk_start.shrink_to_fit();
        self.chunks.shrink_to_fit();
        self.counts.shrink_to_fit();
    }

    pub fn heap_bytes(&self) -> usize {
        let words = [
            &self.first_chunk,
            &self.chunk_file,
            &self.chunk_start,
            &self.chunk_names,
            &self.list_start,
            &self.chunks,
        ];
        words.iter().map(|words| 4 * words.capacity()).sum::<usize>() + 2 * self.counts.capacity()
    }
}
