//! What the product quotes: the file's imports and signatures that the window lacks, definitions of near names
//! with their members, and chunks of any file that speak of the same names and bring new ones.

use super::definitions::{definitions, one_line};
use super::names::{LINES_AFTER, LINES_BEFORE, near_names, weighted, window};
use super::{Block, Context};
use crate::Query;
use crate::lexer::identifiers;
use crate::site::unix_lines;
use std::collections::HashSet;
use std::ops::Range;
use trust_grammars::outline;
use trust_index::{Reader, Snapshot};

/// Names looked up, nearest first: for definitions, and for chunks.
const DEFINED_NAMES: usize = 32;
const QUERY_NAMES: usize = 64;
/// Chunks looked at, best first.
const CANDIDATES: usize = 32;
/// A chunk of whose names fewer than this share are new is not worth its room.
const NOVELTY: f32 = 0.2;

/// How many bytes are quoted; the prompt takes as many blocks as its model has room for.
pub struct Mix {
    pub bytes: usize,
}

impl Default for Mix {
    fn default() -> Self {
        Self { bytes: 4_000 }
    }
}

impl Context for Mix {
    fn blocks(&self, query: &Query, before: &str, after: &str, index: &Snapshot) -> Vec<Block> {
        let own = index.file(&query.path);
        let keywords = query.language.map_or(&[][..], |language| language.keywords());
        let names = near_names(before, after, keywords, QUERY_NAMES);
        let line = query.text.line_of(query.offset);
        let shown = line.saturating_sub(LINES_BEFORE)..line + LINES_AFTER + 1;
        let reader = index.reader();

        let mut blocks = Vec::new();
        let [imports, signatures] = self.own_lines(query, &shown);
        let nearest = &names[..names.len().min(DEFINED_NAMES)];
        let found = definitions(index, &reader, own, nearest, self.bytes / 5);
        for text in [imports, signatures].into_iter().filter(|text| !text.is_empty()) {
            blocks.push(Block { path: query.relative.clone(), text });
        }
        blocks.extend(found.into_iter().map(|(file, text)| Block { path: index.relative(file), text }));

        let used: usize = blocks.iter().map(|block| block.text.len() + block.path.len() + 2).sum();
        let (above, below) = window(before, after);
        let mut known: HashSet<String> = HashSet::new();
        for text in [above, below].into_iter().chain(blocks.iter().map(|block| block.text.as_str())) {
            known.extend(identifiers(text).map(|(_, name)| name.to_owned()));
        }
        let room = self.bytes.saturating_sub(used);
        let mut chunks = novel_chunks(index, &reader, &weighted(&names), (own, &shown), known, room);
        // The best one last, nearest to the window.
        chunks.reverse();
        blocks.extend(chunks);
        blocks
    }
}

impl Mix {
    /// The open file's imports, and its signatures, that the window does not show.
    fn own_lines(&self, query: &Query, shown: &Range<usize>) -> [String; 2] {
        let Some(language) = query.language else { return Default::default() };
        let text = query.text.to_string();
        let outline = outline(language, &text);
        let room = self.bytes / 6;
        let line = |at: usize| query.text.line_of(at);
        let hidden = |range: &Range<usize>| !shown.contains(&line(range.start));
        let take = |ranges: Vec<Range<usize>>| {
            let mut left = room;
            let mut chosen: Vec<(usize, String)> = Vec::new();
            for range in ranges {
                let text = one_line(text.get(range.clone()).unwrap_or_default());
                if text.len() < left {
                    left -= text.len() + 1;
                    chosen.push((range.start, text));
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
}

/// The chunks most like the query that each bring names which are not `known` yet, best first. Those that the
/// window shows are left out.
fn novel_chunks(
    index: &Snapshot,
    reader: &Reader<&Snapshot>,
    query: &[(&str, f32)],
    (own, shown): (Option<trust_index::FileId>, &Range<usize>),
    mut known: HashSet<String>,
    mut room: usize,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    for chunk in index.search(query, None, CANDIDATES) {
        let overlaps = chunk.lines.start < shown.end && shown.start < chunk.lines.end;
        if Some(chunk.file) == own && overlaps || index.is_generated(chunk.file) {
            continue;
        }
        let Some(text) = reader.slice(chunk.file, chunk.bytes) else { continue };
        let block = Block {
            path: index.relative(chunk.file),
            text: unix_lines(text.trim_end().trim_start_matches('\n').to_owned()),
        };
        let cost = block.text.len() + block.path.len() + 2;
        let names: HashSet<&str> = identifiers(&block.text).map(|(_, name)| name).collect();
        let new = names.iter().filter(|name| !known.contains(**name)).count();
        if cost > room || (new as f32) < NOVELTY * names.len() as f32 {
            continue;
        }
        room -= cost;
        known.extend(names.into_iter().map(str::to_owned));
        blocks.push(block);
    }
    blocks
}
