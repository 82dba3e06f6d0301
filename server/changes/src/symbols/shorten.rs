//! A change in a long file is judged in a short one: definitions at the top of the file that stand on both sides alike,
//! found in the skeletons, are left out of what is parsed, and come back as symbols that did not change.
//!
//! Cautious: what has code before it that is no definition, shares a line, is indented, or has a changed line beside it
//! stays, and so does what is at the top on one side only.

use super::outline::{Outline, Symbol};
use super::{Hunk, is_known_best};
use crate::Stop;
use std::collections::HashSet;
use std::ops::Range;
use trust_grammars::{Definition, Language, PARSE_LIMIT, outline_of_skeleton};

/// Shorter files are parsed as they are, in lines.
const LONG: usize = 200;
/// Definitions are looked for between changes that are so many lines apart.
const APART: u32 = 20;

/// Both sides of a change, without what did not change.
pub(crate) struct Shortened {
    pub old: Side,
    pub new: Side,
    /// The lines that differ, in the numbers of the shortened texts.
    pub hunks: Vec<(Range<u32>, Range<u32>)>,
}

pub(crate) struct Side {
    pub text: String,
    /// What was left out, in lines of the whole text, in order.
    cuts: Vec<Range<u32>>,
    left_out: Vec<Symbol>,
}

/// A definition that may be left out, with the comments above it.
struct Region {
    lines: Range<u32>,
    definition: usize,
}

/// `None` where there is too little to leave out.
pub(crate) fn shorten(
    language: Language,
    old: &str,
    new: &str,
    hunks: &[Hunk],
    stop: Stop,
) -> Option<Shortened> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    if !is_known_best(&language)
        || old_lines.len() < LONG
        || quiet_lines(hunks, old_lines.len()) * 2 < old_lines.len()
    {
        return None;
    }
    // What was broken is more often the new one.
    let after = outline_of_skeleton(language, new, PARSE_LIMIT)?.definitions;
    if stop() {
        return None;
    }
    let before = outline_of_skeleton(language, old, PARSE_LIMIT)?.definitions;
    let there: HashSet<(u32, u32)> =
        regions(&after, new, &new_lines).map(|region| (region.lines.start, region.lines.end)).collect();
    let (mut old_cuts, mut new_cuts, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = 0;
    for region in regions(&before, old, &old_lines) {
        while hunks.get(next).is_some_and(|hunk| hunk.old.end < region.lines.start) {
            next += 1;
        }
        if hunks.get(next).is_some_and(|hunk| hunk.old.start < region.lines.end) {
            continue;
        }
        let shift = next.checked_sub(1).and_then(|last| hunks.get(last));
        let shift = shift.map_or(0, |hunk| i64::from(hunk.new.end) - i64::from(hunk.old.end));
        let moved = |line: u32| u32::try_from(i64::from(line) + shift).unwrap_or_default();
        let lines = moved(region.lines.start)..moved(region.lines.end);
        if !there.contains(&(lines.start, lines.end)) {
            continue;
        }
        let Some(definition) = before.get(region.definition) else { continue };
        left_out.push(Symbol::untouched(language, definition, old, region.lines.clone(), &old_lines));
        old_cuts.push(region.lines);
        new_cuts.push(lines);
    }
    let moved = left_out.iter().zip(&new_cuts).map(|(symbol, lines)| symbol.at(lines)).collect();
    let old = Side { text: without(&old_lines, &old_cuts), cuts: old_cuts, left_out };
    let new = Side { text: without(&new_lines, &new_cuts), cuts: new_cuts, left_out: moved };
    let short = |hunk: &Hunk| (old.shortened(&hunk.old), new.shortened(&hunk.new));
    let hunks = hunks.iter().map(short).collect();
    Some(Shortened { hunks, old, new })
}

/// How many lines lie far from any change.
fn quiet_lines(hunks: &[Hunk], all: usize) -> usize {
    let starts = hunks.iter().map(|hunk| hunk.old.start).chain([all as u32]);
    let ends = [0].into_iter().chain(hunks.iter().map(|hunk| hunk.old.end));
    starts.zip(ends).map(|(start, end)| start.saturating_sub(end)).filter(|gap| *gap >= APART).sum::<u32>()
        as usize
}

fn regions(definitions: &[Definition], source: &str, lines: &[&str]) -> impl Iterator<Item = Region> {
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    for line in lines {
        starts.push(at);
        at += line.len();
    }
    let line_of = |offset: usize| (starts.partition_point(|start| *start <= offset).max(1) - 1) as u32;
    let top: Vec<(usize, Range<u32>, bool)> = definitions
        .iter()
        .enumerate()
        .filter(|(_, definition)| definition.parent.is_none() && !definition.item.is_empty())
        .map(|(at, definition)| {
            let (first, last) = (line_of(definition.item.start), line_of(definition.item.end - 1));
            let flush = lines.get(first as usize).is_some_and(|line| !line.starts_with([' ', '\t']));
            let end = starts.get(last as usize + 1).copied().unwrap_or(source.len());
            let behind = source.get(definition.item.end..end).unwrap_or_default().trim();
            (at, first..last + 1, flush && matches!(behind, "" | ";"))
        })
        .collect();
    let mut regions = Vec::new();
    for (at, (definition, item, fits)) in top.iter().enumerate() {
        let above = at.checked_sub(1).and_then(|at| top.get(at)).map_or(0, |(_, item, _)| item.end);
        let alone = top.get(at + 1).is_none_or(|(_, next, _)| next.start >= item.end) && above <= item.start;
        let gap = lines.get(above as usize..item.start as usize).unwrap_or_default();
        // What is right above belongs to it: where that is no plain comment or attribute, it is left alone.
        let led = gap.iter().rev().take_while(|line| !line.trim().is_empty()).all(|line| is_leading(line));
        let code = gap.iter().rposition(|line| !line.trim().is_empty() && !is_leading(line));
        let start = above + code.map_or(0, |at| at as u32 + 1);
        let comments = lines.get(start as usize..item.start as usize).unwrap_or_default().concat();
        let closed = comments.matches("/*").count() == comments.matches("*/").count();
        if *fits && alone && led && closed {
            regions.push(Region { lines: start..item.end, definition: *definition });
        }
    }
    regions.into_iter()
}

/// A comment, an attribute or a decorator that ends with its line.
fn is_leading(line: &str) -> bool {
    let line = line.trim_end();
    ["//", "/*", " *"].iter().any(|start| line.starts_with(start))
        || line.starts_with("#[") && line.ends_with(']')
        || line.starts_with("# ")
        || line.starts_with('@') && (line.ends_with(')') || !line.contains('('))
}

fn without(lines: &[&str], cuts: &[Range<u32>]) -> String {
    let mut at = 0;
    let mut text = String::new();
    for cut in cuts {
        text.extend(lines.get(at..cut.start as usize).unwrap_or_default().iter().copied());
        at = cut.end as usize;
    }
    text.extend(lines.get(at..).unwrap_or_default().iter().copied());
    text
}

impl Side {
    fn shortened(&self, lines: &Range<u32>) -> Range<u32> {
        let before = self.cuts.iter().take_while(|cut| cut.end <= lines.start);
        let gone: u32 = before.map(|cut| cut.end - cut.start).sum();
        lines.start - gone..lines.end - gone
    }

    /// The outline of the whole text, from that of the short one.
    pub fn whole(self, mut outline: Outline) -> Outline {
        let whole = |line: u32| {
            let mut line = line;
            for cut in &self.cuts {
                if cut.start > line {
                    break;
                }
                line += cut.end - cut.start;
            }
            line
        };
        for symbol in outline.symbols.iter_mut().filter(|symbol| symbol.kind.is_some()) {
            symbol.lines = whole(symbol.lines.start)..whole(symbol.lines.end.saturating_sub(1)) + 1;
        }
        outline.insert(self.left_out);
        outline
    }
}
