//! Chunks that are like a query: BM25 (Robertson and Walker, 1994) over 20-line chunks, by dense accumulation.

use crate::{FileId, Snapshot};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::Range;

/// How soon further occurrences of a name stop counting.
const K1: f32 = 1.2;
/// How much a long chunk must hold more; from 0 to 1.
const B: f32 = 0.75;

/// Scores that are looked at together; most blocks hold none that counts.
const BLOCK: usize = 64;

thread_local! {
    static SCORES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lines that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    pub file: FileId,
    /// Zero-based.
    pub lines: Range<usize>,
    pub bytes: Range<usize>,
    /// Above zero; comparable within one search.
    pub score: f32,
    /// The part of the score that a chunk would have which holds all of the query's names that stand anywhere, often.
    pub share: f32,
}

impl Snapshot {
    /// The chunks that hold most of the query's names, best first, at most `limit`. A name's weight scales what
    /// it adds; rare names add more on their own. Names are compared as they are written. `exclude` leaves out
    /// a file, as a rule the one at hand.
    ///
    /// The cost is one addition for each place in the lists of the query's names, and one look at each chunk.
    pub fn search(&self, query: &[(&str, f32)], exclude: Option<FileId>, limit: usize) -> Vec<Chunk> {
        let (chunks, names) = (self.weight.chunks as f32, self.weight.names as f32);
        if chunks == 0.0 || limit == 0 {
            return Vec::new();
        }
        let mean = (names / chunks).max(1.0);
        let all: usize = self.segments().map(|(_, segment)| segment.postings.chunk_count()).sum();
        // Memory that was touched before costs half of what fresh memory does.
        SCORES.with_borrow_mut(|scores| {
            scores.clear();
            scores.resize(all, 0.0);
            let mut most = f32::MIN_POSITIVE;
            for (name, weight) in query.iter().filter(|(_, weight)| weight.is_finite() && *weight > 0.0) {
                most += self.add_scores(name, *weight, mean, scores);
            }
            self.best(scores, (exclude, limit), most)
        })
    }

    /// Gives the most that is added to any chunk.
    fn add_scores(&self, name: &str, weight: f32, mean: f32, scores: &mut [f32]) -> f32 {
        let ids = self.both().map(|(_, segment)| segment.names.find(name));
        let (chunks, holders) = (self.weight.chunks as f32, self.holders(&ids) as f32);
        let rarity = (1.0 + (chunks - holders + 0.5) / (holders + 0.5)).ln();
        let added = weight * rarity * (K1 + 1.0);
        let (floor, slope) = (K1 * (1.0 - B), K1 * B / mean);
        let mut rest = scores;
        for ((_, segment), id) in self.segments().zip(ids) {
            let (own, others) = rest.split_at_mut(segment.postings.chunk_count());
            rest = others;
            for (chunk, count) in id.into_iter().flat_map(|id| segment.postings.list(id)) {
                let count = f32::from(count);
                own[chunk] +=
                    added * count / (count + floor + slope * segment.postings.names_in(chunk) as f32);
            }
        }
        if holders > 0.0 { added } else { 0.0 }
    }

    /// In how many chunks of files that are alive the name stands that has these ids.
    fn holders(&self, ids: &[Option<u32>; 2]) -> usize {
        let all_alive = self.dead.iter().all(|bits| *bits == 0);
        let of = |((first, segment), id): ((usize, &crate::segment::Segment), &Option<u32>)| {
            let Some(id) = id else { return 0 };
            let list = segment.postings.list(*id);
            if all_alive || first > 0 {
                return list.len();
            }
            list.filter(|(chunk, _)| self.is_alive(segment.postings.file_of(*chunk))).count()
        };
        self.segments().zip(ids).map(of).sum()
    }

    fn best(&self, scores: &[f32], (exclude, limit): (Option<FileId>, usize), most: f32) -> Vec<Chunk> {
        let mut found: Vec<Scored> = Vec::new();
        // Of many only those above the worst of the best so far need be remembered.
        let mut floor = f32::MIN_POSITIVE;
        let mut rest = scores;
        for (first, segment) in self.segments() {
            let (own, others) = rest.split_at(segment.postings.chunk_count());
            rest = others;
            for (block, scores) in own.chunks(BLOCK).enumerate() {
                let highest = scores.iter().fold(0.0, |a, b| if *b > a { *b } else { a });
                if highest < floor {
                    continue;
                }
                for (at, score) in scores.iter().enumerate().filter(|(_, score)| **score >= floor) {
                    let chunk = block * BLOCK + at;
                    let file = first + segment.postings.file_of(chunk);
                    if self.is_alive(file) && exclude != Some(FileId(file as u32)) {
                        let nth = chunk - segment.postings.chunks_of(file - first).start;
                        found.push(Scored { score: *score, file: FileId(file as u32), nth });
                    }
                }
                if found.len() >= limit.saturating_mul(8).saturating_add(64) {
                    found.select_nth_unstable_by(limit - 1, |a, b| b.score.total_cmp(&a.score));
                    floor = found[limit - 1].score;
                    found.retain(|scored| scored.score >= floor);
                }
            }
        }
        // Equal scores go by path and line, so that the answer does not depend on how the index came about.
        let order = |a: &Scored, b: &Scored| {
            let place = |scored: &Scored| (self.path(scored.file).as_os_str(), scored.nth);
            b.score.total_cmp(&a.score).then_with(|| match a.file == b.file {
                true => a.nth.cmp(&b.nth),
                false => place(a).cmp(&place(b)),
            })
        };
        let order: &dyn Fn(&Scored, &Scored) -> Ordering = &order;
        if found.len() > limit {
            found.select_nth_unstable_by(limit - 1, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        found.iter().filter_map(|scored| self.chunk(scored, most)).collect()
    }

    fn chunk(&self, scored: &Scored, most: f32) -> Option<Chunk> {
        let file = self.get(scored.file)?;
        let index = scored.file.0 as usize;
        let (first, segment) = self.segments().take_while(|(first, _)| *first <= index).last()?;
        let nth = segment.postings.chunks_of(index - first).start + scored.nth;
        let (bytes, line) = segment.postings.place(nth, file.bytes);
        let end = (line + crate::postings::CHUNK_LINES).min(file.lines as usize);
        let share = scored.score / most;
        Some(Chunk { file: scored.file, lines: line..end, bytes, score: scored.score, share })
    }
}

/// A chunk by its file and its place in that file's list of chunks.
struct Scored {
    score: f32,
    file: FileId,
    nth: usize,
}
