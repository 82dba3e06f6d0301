//! Makes one segment of several, or of what is left of them.

use crate::file::{IndexedFile, Row};
use crate::names::Names;
use crate::parallel::threads;
use crate::postings::Postings;
use crate::segment::{Outlines, Segment};
use std::sync::Arc;

/// Of a chunk that does not go along.
const GONE: u32 = u32::MAX;
/// So many postings are worth a second thread.
const SHARED: usize = 1 << 16;

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

/// What chunks and names of a part are called in the whole.
struct Numbers {
    chunks: Vec<u32>,
    names: Vec<u32>,
    /// No chunk is gone.
    whole: bool,
}

pub(crate) fn merge(parts: &[Part]) -> Segment {
    let mut files = Vec::new();
    let mut names = Names::default();
    let mut postings = Postings::default();
    let mut outlines = Outlines::begin();
    let mut numbers = Vec::new();
    for part in parts {
        let old = part.segment;
        let mut new = Numbers {
            chunks: vec![GONE; old.postings.chunk_count()],
            names: vec![GONE; old.names.len()],
            whole: part.keep.is_none(),
        };
        if new.whole && names.len() == 0 {
            names = (*old.names).clone();
            new.names.iter_mut().zip(0..).for_each(|(name, number)| *name = number);
        }
        for index in 0..old.files.len() {
            let all = || Some(Arc::clone(&old.files[index]));
            let Some(file) = part.keep.map_or_else(all, |keep| keep(index)) else { continue };
            postings.first_chunk.push(postings.chunk_file.len() as u32);
            for chunk in old.postings.chunks_of(index) {
                new.chunks[chunk] = postings.chunk_file.len() as u32;
                postings.chunk_file.push(files.len() as u32);
                postings.chunk_start.push(old.postings.chunk_start[chunk]);
                postings.chunk_names.push(old.postings.chunk_names[chunk]);
            }
            outlines.rows.extend(old.rows(index).iter().map(|row| {
                let name = renumber(&mut new.names, &mut names, old, row.name);
                Row { name, ..*row }
            }));
            outlines.imports.extend(&old.outlines.imports[old.outlines.imports_of(index)]);
            outlines.end_file();
            files.push(file);
        }
        for name in 0..old.names.len() as u32 {
            if new.whole || old.postings.list(name).any(|(chunk, _)| new.chunks[chunk] != GONE) {
                renumber(&mut new.names, &mut names, old, name);
            }
        }
        numbers.push((old, new));
    }
    postings.first_chunk.push(postings.chunk_file.len() as u32);
    fill(&numbers, names.len(), &mut postings);
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
fn fill(parts: &[(&Segment, Numbers)], names: usize, postings: &mut Postings) {
    let mut starts = vec![0u32; names + 1];
    for (segment, numbers) in parts {
        for (old, new) in numbers.names.iter().enumerate().filter(|(_, new)| **new != GONE) {
            let list = segment.postings.list_range(old as u32);
            let gone = |chunk: &&u32| numbers.chunks[**chunk as usize] == GONE;
            let gone = if numbers.whole {
                0
            } else {
                segment.postings.chunks[list.clone()].iter().filter(gone).count()
            };
            starts[*new as usize + 1] += (list.len() - gone) as u32;
        }
    }
    (1..starts.len()).for_each(|name| starts[name] += starts[name - 1]);
    let all = starts.last().copied().unwrap_or(0) as usize;
    postings.chunks = vec![0; all];
    postings.counts = vec![0; all];
    let threads = if all < SHARED { 1 } else { threads() };
    std::thread::scope(|scope| {
        let (mut chunks, mut counts) = (&mut postings.chunks[..], &mut postings.counts[..]);
        let mut first = 0;
        for thread in 1..=threads {
            let enough = (all * thread / threads) as u32;
            let end = if thread == threads {
                names
            } else {
                starts.partition_point(|start| *start < enough).min(names)
            };
            let length = (starts[end] - starts[first]) as usize;
            let (own, rest) = std::mem::take(&mut chunks).split_at_mut(length);
            let (own_counts, rest_counts) = std::mem::take(&mut counts).split_at_mut(length);
            (chunks, counts) = (rest, rest_counts);
            let own_starts = &starts[first..end];
            let mut copy = move || copy_lists(parts, first as u32, own_starts, own, own_counts);
            if thread == threads {
                copy()
            } else {
                drop(scope.spawn(copy))
            }
            first = end;
        }
    });
    postings.list_start = starts;
}

/// Writes the lists of the names from the one numbered `first` on, which begin at `starts` of all.
fn copy_lists(
    parts: &[(&Segment, Numbers)],
    first: u32,
    starts: &[u32],
    chunks: &mut [u32],
    counts: &mut [u16],
) {
    let begin = starts.first().copied().unwrap_or(0);
    let mut next: Vec<u32> = starts.iter().map(|start| start - begin).collect();
    for (segment, numbers) in parts {
        let shift = numbers.chunks.first().copied().unwrap_or(0);
        for (old, new) in numbers.names.iter().enumerate() {
            let Some(place) = next.get_mut(new.wrapping_sub(first) as usize).filter(|_| *new != GONE) else {
                continue;
            };
            let list = segment.postings.list_range(old as u32);
            let at = *place as usize;
            if numbers.whole {
                let to = chunks[at..at + list.len()].iter_mut();
                to.zip(&segment.postings.chunks[list.clone()]).for_each(|(to, chunk)| *to = chunk + shift);
                counts[at..at + list.len()].copy_from_slice(&segment.postings.counts[list.clone()]);
                *place += list.len() as u32;
                continue;
            }
            for (chunk, count) in segment.postings.list(old as u32) {
                let chunk_now = numbers.chunks[chunk];
                if chunk_now != GONE {
                    chunks[*place as usize] = chunk_now;
                    counts[*place as usize] = count;
                    *place += 1;
                }
            }
        }
    }
}
