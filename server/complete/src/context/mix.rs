//! What the product quotes: the file's imports and signatures that the window lacks, definitions of near names
//! with their members, and chunks of any file that speak of the same names and bring new ones.

use super::chunks::{Known, chunks};
use super::definitions::{definitions, one_line};
use super::names::{LINES_AFTER, LINES_BEFORE, near_names, weighted, window};
use super::{Block, Context, MISSES, Room};
use crate::Query;
use crate::lexer::code_names;
use std::collections::HashSet;
use std::ops::Range;
use trust_grammars::outline;
use trust_index::Snapshot;

/// Names looked up, nearest first: for definitions, and for chunks.
const DEFINED_NAMES: usize = 32;
const QUERY_NAMES: usize = 64;
/// The product's context.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mix;

impl Context for Mix {
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot, room: Room) -> Vec<Block> {
        let own = index.file(&query.path);
        let keywords = query.language.map_or(&[][..], |language| language.keywords());
        let near = near_names(before, after, keywords, QUERY_NAMES);
        let line = query.text.line_of(query.offset);
        let shown = line.saturating_sub(LINES_BEFORE)..line + LINES_AFTER + 1;
        let reader = index.reader();

        let mut here = Vec::new();
        let part = |parts: usize| Room { most: room.most / parts, ..room };
        let [imports, signatures] = own_lines(query, &shown, part(6));
        let nearest = &near[..near.len().min(DEFINED_NAMES)];
        let found = definitions(index, &reader, own, nearest, part(5));
        for text in [imports, signatures].into_iter().filter(|text| !text.is_empty()) {
            here.push(Block { path: query.relative.clone(), text });
        }
        let found = here
            .into_iter()
            .chain(found.into_iter().map(|(file, text)| Block { path: index.relative(file), text }));
        let mut left = room.most;
        let mut blocks = Vec::new();
        for block in found {
            let cost = room.of_block(&block.path, &block.text);
            if cost <= left {
                left -= cost;
                blocks.push(block);
            }
        }

        let (above, below) = window(before, after);
        let mut names: HashSet<String> = HashSet::new();
        for text in [above, below].into_iter().chain(blocks.iter().map(|block| block.text.as_str())) {
            names.extend(code_names(query.language, text).into_iter().map(str::to_owned));
        }
        let left = Room { most: left, ..room };
        let known = Known { own, shown: &shown, names };
        let mut chunks = chunks(index, &reader, &weighted(&near), known, left);
        // The best one last, nearest to the window.
        chunks.reverse();
        blocks.extend(chunks);
        blocks
    }
}

/// The open file's imports, and its signatures, that the window does not show.
fn own_lines(query: &Query, shown: &Range<usize>, room: Room) -> [String; 2] {
    let Some(language) = query.language else { return Default::default() };
    let text = query.text.to_string();
    let outline = outline(language, &text);
    let line = |at: usize| query.text.line_of(at);
    let hidden = |range: &Range<usize>| !shown.contains(&line(range.start));
    let take = |ranges: Vec<Range<usize>>| {
        let (mut left, mut misses) = (room.most, 0);
        let mut chosen: Vec<(usize, String)> = Vec::new();
        for range in ranges {
            if misses == MISSES {
                break;
            }
            let text = one_line(text.get(range.clone()).unwrap_or_default());
            let cost = (room.cost)(&text) + 1;
            if cost <= left {
                left -= cost;
                chosen.push((range.start, text));
            } else {
                misses += 1;
            }
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    };
    let imports = outline.imports.into_iter().filter(hidden).collect();
    let mut signatures: Vec<Range<usize>> =
        outline.definitions.into_iter().map(|found| found.signature).filter(hidden).collect();
    signatures.sort_by_key(|range| range.start.abs_diff(query.offset));
    [take(imports), take(signatures)]
}
