//! Chunks of any file that speak of the same names as the text around the cursor, and bring new ones.

use super::{Block, Room};
use crate::lexer::code_names;
use crate::site::unix_lines;
use std::collections::HashSet;
use std::ops::Range;
use trust_index::{Chunk, FileId, Reader, Snapshot};

/// Chunks looked at, best first.
const CANDIDATES: usize = 32;
/// A chunk of whose names fewer than this share are new is not worth its room.
const NOVELTY: f32 = 0.2;
/// A chunk that has less than this of what one could have that holds all names is like any other: nothing is quoted of
/// it.
const LIKENESS: f32 = 0.04;
/// How much more a chunk counts in which something was edited lately.
const EDITED: f32 = 1.5;
/// Bytes of a chunk that are worth a block, where there is no room for the whole of it.
const PART: usize = 150;

/// What is known beforehand.
pub(super) struct Known<'a> {
    pub own: Option<FileId>,
    /// The lines of the open file that the window shows.
    pub shown: &'a Range<usize>,
    /// The names that the window and the other blocks show.
    pub names: HashSet<String>,
}

/// The chunks most like the query that each bring names which are not known yet, best first; of the last one as many lines
/// as there is room for. Those that the window shows are left out, and what programs wrote.
pub(super) fn chunks(
    index: &Snapshot,
    reader: &Reader<&Snapshot>,
    query: &[(&str, f32)],
    mut known: Known<'_>,
    room: Room,
) -> Vec<Block> {
    let mut left = room.most;
    let mut blocks = Vec::new();
    for chunk in candidates(index, query) {
        let overlaps = chunk.lines.start < known.shown.end && known.shown.start < chunk.lines.end;
        if Some(chunk.file) == known.own && overlaps || index.is_generated(chunk.file) {
            continue;
        }
        let Some(text) = reader.slice(chunk.file, chunk.bytes) else { continue };
        let path = index.relative(chunk.file);
        let mut text = unix_lines(text.trim_end().trim_start_matches('\n').to_owned());
        let names = code_names(index.language(chunk.file), &text);
        let new = names.iter().filter(|name| !known.names.contains(**name)).count();
        if names.is_empty() || (new as f32) < NOVELTY * names.len() as f32 {
            continue;
        }
        known.names.extend(names.into_iter().map(str::to_owned));
        let cost = room.of_block(&path, &text);
        let fits = cost <= left;
        if !fits {
            text.truncate(beginning(&path, &text, Room { most: left, ..room }));
            if text.len() < PART {
                break;
            }
        }
        left = left.saturating_sub(cost);
        blocks.push(Block { path, text });
        if !fits {
            break;
        }
    }
    blocks
}

/// Best first.
fn candidates(index: &Snapshot, query: &[(&str, f32)]) -> Vec<Chunk> {
    let mut found = index.search(query, None, CANDIDATES);
    found.retain(|chunk| chunk.share >= LIKENESS);
    let edits: Vec<(FileId, usize)> = index.recent_edits().collect();
    for chunk in &mut found {
        if edits.iter().any(|(file, line)| *file == chunk.file && chunk.lines.contains(line)) {
            chunk.score *= EDITED;
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

/// Where the lines end that fit `room`.
fn beginning(path: &str, text: &str, room: Room) -> usize {
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let fits = ends.partition_point(|end| room.of_block(path, &text[..*end]) <= room.most);
    fits.checked_sub(1).map_or(0, |last| ends[last])
}
