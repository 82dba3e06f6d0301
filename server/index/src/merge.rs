//! Makes one segment of several, or of what is left of them.

use crate::file::{IndexedFile, Row};
use crate::names::Names;
use crate::postings::Postings;
use crate::segment::{Outlines, Segment};
use std::sync::Arc;

/// Of a chunk that does not go along.
const GONE: u32 = u32::MAX;

/// A segment, and of its files those that go along, as they are to be known.
pub(crate) struct Part<'a> {
    pub segment: &'a Segment,
    /// `None`: all of them, as they are.
    pub keep: Option<&'a dyn Fn(usize) -> Option<Arc<IndexedFile>>>,
}

impl<'a> Part<'a> {
    pub fn whole(segment: &'a Segment) -> Self {
        Self { segment, keep: None }
    }
}

pub(crate) fn merge(parts: &[Part]) -> Segment {
    let mut files = Vec::new();
    let mut names = Names::default();
    let mut postings = Postings::default();
    let mut outlines = Outlines::begin();
    let mut maps = Vec::new();
    for part in parts {
        let old = part.segment;
        let mut new_chunk = vec![GONE; old.postings.chunk_count()];
        let mut new_name = vec![GONE; old.names.len()];
        for index in 0..old.files.len() {
            let all = || Some(Arc::clone(&old.files[index]));
            let Some(file) = part.keep.map_or_else(all, |keep| keep(index)) else { continue };
            postings.first_chunk.push(postings.chunk_file.len() as u32);
            for chunk in old.postings.chunks_of(index) {
                new_chunk[chunk] = postings.chunk_file.len() as u32;
                postings.chunk_file.push(files.len() as u32);
                postings.chunk_start.push(old.postings.chunk_start[chunk]);
                postings.chunk_names.push(old.postings.chunk_names[chunk]);
            }
            outlines.rows.extend(old.rows(index).iter().map(|row| {
                let name = renumber(&mut new_name, &mut names, old, row.name);
                Row { name, ..*row }
            }));
            outlines.imports.extend(&old.outlines.imports[old.outlines.imports_of(index)]);
            outlines.end_file();
            files.push(file);
        }
        for name in 0..old.names.len() as u32 {
            if old.postings.list(name).any(|(chunk, _)| new_chunk[chunk] != GONE) {
                renumber(&mut new_name, &mut names, old, name);
            }
        }
        maps.push((new_chunk, new_name));
    }
    postings.first_chunk.push(postings.chunk_file.len() as u32);
    fill(parts, &maps, names.len(), &mut postings);
    names.shrink();
    Segment::new(files, Arc::new(names), Arc::new(postings), outlines)
}

fn renumber(new_name: &mut [u32], names: &mut Names, old: &Segment, name: u32) -> u32 {
    let new = &mut new_name[name as usize];
    if *new == GONE {
        *new = names.intern(old.names.get(name));
    }
    *new
}

/// Lists of one name follow one another as their parts do, so that their chunks ascend.
fn fill(parts: &[Part], maps: &[(Vec<u32>, Vec<u32>)], names: usize, postings: &mut Postings) {
    let kept = || {
        parts.iter().zip(maps).flat_map(|(part, (new_chunk, new_name))| {
            let named = new_name.iter().enumerate().filter(|(_, new)| **new != GONE);
            named.flat_map(move |(old, new)| {
                let list = part.segment.postings.list(old as u32);
                let kept = list.map(|(chunk, count)| (new_chunk[chunk], count));
                kept.filter(|(chunk, _)| *chunk != GONE).map(|(chunk, count)| (*new as usize, chunk, count))
            })
        })
    };
    let mut starts = vec![0u32; names + 1];
    kept().for_each(|(name, ..)| starts[name + 1] += 1);
    (1..starts.len()).for_each(|name| starts[name] += starts[name - 1]);
    let mut next = starts.clone();
    let all = starts.last().copied().unwrap_or(0) as usize;
    postings.chunks = vec![0; all];
    postings.counts = vec![0; all];
    for (name, chunk, count) in kept() {
        let place = &mut next[name];
        postings.chunks[*place as usize] = chunk;
        postings.counts[*place as usize] = count;
        *place += 1;
    }
    postings.list_start = starts;
}
