//! Makes a segment of files, one after the other; each thread of a build has one.

use crate::file::{IndexedFile, NamedOutline};
use crate::names::Names;
use crate::postings::{CHUNK_LINES, Postings};
use crate::segment::{Outlines, Segment};
use std::sync::Arc;
use trust_grammars::identifiers;

#[derive(Default)]
pub(crate) struct Builder {
    files: Vec<Arc<IndexedFile>>,
    names: Names,
    postings: Postings,
    pairs: Vec<Pair>,
    /// Of each name its last chunk, and the pair of both.
    last: Vec<(u32, u32)>,
}

/// A name in a chunk.
struct Pair {
    name: u32,
    chunk: u32,
    count: u16,
}

impl Builder {
    /// The first tier: the names of a file, by chunk.
    pub fn add(&mut self, file: Arc<IndexedFile>, text: &str) {
        let index = self.files.len() as u32;
        self.postings.first_chunk.push(self.postings.chunk_file.len() as u32);
        let mut start = 0;
        while start < text.len() {
            let end = chunk_end(text, start);
            let chunk = self.postings.chunk_file.len() as u32;
            self.postings.chunk_file.push(index);
            self.postings.chunk_start.push(start as u32);
            let mut count = 0;
            // No word goes on in another line.
            let part = &text[start..end];
            for word in identifiers(part) {
                self.count(&part[word], chunk);
                count += 1;
            }
            self.postings.chunk_names.push(count);
            start = end;
        }
        self.files.push(file);
    }

    #[inline]
    fn count(&mut self, word: &str, chunk: u32) {
        let name = self.names.intern(word);
        let next = self.pairs.len() as u32;
        match self.last.get_mut(name as usize) {
            Some((last, pair)) if *last == chunk => {
                let count = &mut self.pairs[*pair as usize].count;
                *count = count.saturating_add(1);
                return;
            }
            Some(last) => *last = (chunk, next),
            None => self.last.push((chunk, next)),
        }
        self.pairs.push(Pair { name, chunk, count: 1 });
    }

    /// A segment without outlines.
    pub fn finish(self) -> Segment {
        let (files, names, postings) = self.tables();
        let outlines = Outlines::empty(files.len());
        Segment::new(files, Arc::new(names), Arc::new(postings), outlines)
    }

    /// One file with its outline.
    pub fn single(file: IndexedFile, text: &str) -> Segment {
        let outline = NamedOutline::of(file.language, text);
        let mut builder = Self::default();
        builder.add(Arc::new(file), text);
        let (files, mut names, postings) = builder.tables();
        let mut outlines = Outlines::begin();
        outlines.add(&outline, &mut names);
        Segment::new(files, Arc::new(names), Arc::new(postings), outlines)
    }

    fn tables(self) -> (Vec<Arc<IndexedFile>>, Names, Postings) {
        let Self { files, names, mut postings, pairs, .. } = self;
        postings.first_chunk.push(postings.chunk_file.len() as u32);
        // A counting sort: pairs are in the order of chunks already.
        let mut starts = vec![0u32; names.len() + 1];
        pairs.iter().for_each(|pair| starts[pair.name as usize + 1] += 1);
        (1..starts.len()).for_each(|name| starts[name] += starts[name - 1]);
        let mut next = starts.clone();
        postings.chunks = vec![0; pairs.len()];
        postings.counts = vec![0; pairs.len()];
        for pair in &pairs {
            let place = &mut next[pair.name as usize];
            postings.chunks[*place as usize] = pair.chunk;
            postings.counts[*place as usize] = pair.count;
            *place += 1;
        }
        postings.list_start = starts;
        (files, names, postings)
    }
}

/// Where the 20 lines that begin at `start` end.
fn chunk_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = start;
    for _ in 0..CHUNK_LINES {
        match memchr::memchr(b'\n', &bytes[end..]) {
            Some(length) => end += length + 1,
            None => return bytes.len(),
        }
    }
    end
}
