//! A segment as bytes: sections, each with its length and checksum. What does not add up is `None`.

use super::bytes::{Reader, Writer};
use super::coder::{Context, Decoder, Encoder, Field};
use crate::file::{IndexedFile, Row, Stamp};
use crate::names::Names;
use crate::postings::Postings;
use crate::segment::{Outlines, Segment};
use std::path::PathBuf;
use std::sync::Arc;
use trust_grammars::{DefinitionKind, Language};
use xxhash_rust::xxh3::xxh3_64;

/// Changes with everything that changes what is written, or what is found in the same text.
const VERSION: u64 = 5;

/// Another where secrets are found otherwise: what was a name then may be one now.
pub(crate) fn version() -> u64 {
    VERSION.wrapping_add(trust_redact::detector().fingerprint())
}

/// A segment that is longer is read by two threads.
const SHARED: usize = 256 << 10;

type Write = fn(&Segment, &Order, &mut Encoder);

const SECTIONS: [Write; 4] = [write_files, write_names, write_postings, write_outlines];

/// The names in alphabetical order, in which they share most; of each name its place there.
struct Order {
    names: Vec<u32>,
    places: Vec<u32>,
}

pub(crate) fn encode(segment: &Segment) -> Vec<u8> {
    let mut names: Vec<u32> = (0..segment.names.len() as u32).collect();
    names.sort_unstable_by_key(|name| segment.names.get(*name));
    let mut places = vec![0; names.len()];
    names.iter().zip(0..).for_each(|(name, place)| places[*name as usize] = place);
    let order = Order { names, places };
    let mut all = Writer::default();
    for write in SECTIONS {
        let mut section = Encoder::new();
        write(segment, &order, &mut section);
        let mut section = section.finish();
        all.word(section.len() as u64);
        all.word(xxh3_64(&section));
        all.0.append(&mut section);
    }
    all.0
}

pub(crate) fn decode(bytes: &[u8]) -> Option<Segment> {
    let mut all = Reader(bytes);
    let mut section = || {
        let (length, hash) = (all.word()?, all.word()?);
        let section = all.take(usize::try_from(length).ok()?)?;
        (xxh3_64(section) == hash).then_some(section)
    };
    let [files, names, postings, outlines] = [section()?, section()?, section()?, section()?];
    let places = || Some((read_files(files)?, read_postings(postings)?));
    let words = || Some((read_names(names)?, read_outlines(outlines)?));
    let (places, words) = if bytes.len() < SHARED {
        (places(), words())
    } else {
        std::thread::scope(|scope| {
            let words = scope.spawn(words);
            (places(), words.join().ok().flatten())
        })
    };
    let ((files, postings), (names, outlines)) = (places?, words?);
    let one = |first: &[u32]| first.len() == files.len() + 1;
    let fits = one(&postings.first_chunk)
        && one(&outlines.first_row)
        && postings.list_start.len() == names.len() + 1;
    let named = || outlines.rows.iter().all(|row| (row.name as usize) < names.len());
    (fits && named()).then(|| Segment::new(files, Arc::new(names), Arc::new(postings), outlines))
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn class(number: u64) -> usize {
    64 - number.leading_zeros() as usize
}

fn write_files(segment: &Segment, _: &Order, to: &mut Encoder) {
    to.number(Context(Field::File, 0), segment.files.len() as u64);
    let (mut before, mut last) = ("", Stamp { bytes: 0, modified: 0, inode: 0 });
    for file in &segment.files {
        let path = file.path.to_str().unwrap_or_default();
        to.after(before, path);
        before = path;
        let language = Language::ALL.iter().position(|language| *language == file.language);
        to.number(Context(Field::File, 1), language.unwrap_or(0) as u64);
        to.number(Context(Field::File, 2), u64::from(file.root_components));
        to.number(Context(Field::File, 3), u64::from(file.bytes));
        to.number(Context(Field::File, 100 + class(u64::from(file.bytes))), u64::from(file.lines));
        to.plain(file.hash, 64);
        to.number(Context(Field::File, 5), u64::from(file.generated));
        to.number(Context(Field::File, 4), u64::from(file.stamp.is_some()));
        if let Some(stamp) = file.stamp {
            let since = |now: u64, before: u64| zigzag(now.wrapping_sub(before) as i64);
            to.number(Context(Field::Time, 0), since(stamp.modified, last.modified));
            to.number(Context(Field::Time, 1), since(stamp.inode, last.inode));
            last = stamp;
        }
    }
}

fn read_files(bytes: &[u8]) -> Option<Vec<Arc<IndexedFile>>> {
    let mut from = Decoder::new(bytes);
    let (mut path, mut last) = (String::new(), Stamp { bytes: 0, modified: 0, inode: 0 });
    let mut read = |from: &mut Decoder| {
        from.after(&mut path)?;
        let language = *Language::ALL.get(from.number(Context(Field::File, 1))? as usize)?;
        let root_components = from.number(Context(Field::File, 2))?.try_into().ok()?;
        let bytes = from.short(Context(Field::File, 3))?;
        let lines = from.short(Context(Field::File, 100 + class(u64::from(bytes))))?;
        let hash = from.plain(64);
        let generated = from.number(Context(Field::File, 5))? > 0;
        let mut stamp = None;
        if from.number(Context(Field::File, 4))? > 0 {
            let mut after = |variant, before: u64| {
                Some(before.wrapping_add(unzigzag(from.number(Context(Field::Time, variant))?) as u64))
            };
            let (modified, inode) = (after(0, last.modified)?, after(1, last.inode)?);
            last = Stamp { bytes: u64::from(bytes), modified, inode };
            stamp = Some(last);
        }
        let path = PathBuf::from(path.as_str());
        let text = None;
        let file =
            IndexedFile { path, root_components, language, bytes, lines, generated, hash, stamp, text };
        Some(Arc::new(file))
    };
    (0..from.short(Context(Field::File, 0))?).map(|_| read(&mut from)).collect()
}

fn write_names(segment: &Segment, order: &Order, to: &mut Encoder) {
    to.number(Context(Field::File, 0), order.names.len() as u64);
    let mut before = "";
    for name in &order.names {
        let name = segment.names.get(*name);
        to.after(before, name);
        before = name;
    }
}

fn read_names(bytes: &[u8]) -> Option<Names> {
    let mut from = Decoder::new(bytes);
    let (mut names, mut name) = (Names::default(), String::new());
    for place in 0..from.short(Context(Field::File, 0))? {
        from.after(&mut name)?;
        if names.intern(&name) != place {
            return None;
        }
    }
    names.shrink();
    Some(names)
}

/// What a list's next step is like: how many the list has, how long the last step was, and whether it begins at
/// the last chunk of a file.
fn step(holders: usize, last: usize, at_end: bool) -> Context {
    let field = if at_end { Field::GapAtEnd } else { Field::Gap };
    Context(field, class(holders as u64).min(24) * 20 + last.min(19))
}

fn repeated(holders: usize, last: u16) -> Context {
    Context(Field::Count, class(holders as u64).min(24) * 4 + usize::from(last.min(3)))
}

fn write_postings(segment: &Segment, order: &Order, to: &mut Encoder) {
    let postings = &segment.postings;
    to.number(Context(Field::File, 0), segment.files.len() as u64);
    for file in 0..segment.files.len() {
        let chunks = postings.chunks_of(file);
        to.number(Context(Field::Chunk, 0), chunks.len() as u64);
        let mut before = 0;
        for chunk in chunks {
            to.number(Context(Field::Chunk, 1), u64::from(postings.chunk_start[chunk] - before));
            before = postings.chunk_start[chunk];
        }
    }
    to.number(Context(Field::File, 1), order.names.len() as u64);
    let mut common = 0;
    for name in &order.names {
        let list = postings.list(*name);
        let holders = list.len();
        to.number(Context(Field::Holders, class(common as u64)), holders as u64);
        common = holders;
        let (mut before, mut gap, mut last) = (None, 0, 0);
        for (chunk, count) in list {
            match before {
                None => to.number(Context(Field::First, class(holders as u64)), chunk as u64),
                Some(before) => {
                    let step_by = (chunk - before - 1) as u64;
                    to.number(step(holders, gap, postings.ends_file(before)), step_by);
                    gap = class(step_by);
                }
            }
            to.number(repeated(holders, last), u64::from(count - 1));
            (before, last) = (Some(chunk), count);
        }
    }
}

fn read_postings(bytes: &[u8]) -> Option<Postings> {
    let mut from = Decoder::new(bytes);
    let mut postings = Postings::default();
    for file in 0..from.short(Context(Field::File, 0))? {
        postings.first_chunk.push(postings.chunk_file.len() as u32);
        let mut start = 0u32;
        for _ in 0..from.short(Context(Field::Chunk, 0))? {
            start = start.checked_add(from.short(Context(Field::Chunk, 1))?)?;
            postings.chunk_file.push(file);
            postings.chunk_start.push(start);
        }
    }
    let chunks = postings.chunk_file.len();
    postings.first_chunk.push(chunks as u32);
    postings.chunk_names = vec![0; chunks];
    let mut common = 0;
    for _ in 0..from.short(Context(Field::File, 1))? {
        postings.list_start.push(postings.chunks.len() as u32);
        let holders = from.number(Context(Field::Holders, class(common)))?;
        common = holders;
        let holders = usize::try_from(holders).ok()?;
        let (mut before, mut gap, mut last) = (None, 0, 0);
        for _ in 0..holders {
            let chunk = match before {
                None => from.short(Context(Field::First, class(holders as u64)))? as usize,
                Some(before) => {
                    let step_by = from.number(step(holders, gap, postings.ends_file(before)))?;
                    gap = class(step_by);
                    usize::try_from(step_by).ok()?.checked_add(before + 1)?
                }
            };
            let count: u16 = from.number(repeated(holders, last))?.checked_add(1)?.try_into().ok()?;
            let sum = postings.chunk_names.get_mut(chunk)?;
            *sum = sum.checked_add(u32::from(count))?;
            postings.chunks.push(chunk as u32);
            postings.counts.push(count);
            (before, last) = (Some(chunk), count);
        }
    }
    postings.list_start.push(postings.chunks.len() as u32);
    postings.shrink();
    Some(postings)
}

/// A row's place among the rows: beside the row before it, below it, or anywhere.
fn place_in(index: u64, parent: u64, before: Option<&Row>) -> u64 {
    match before {
        _ if parent == index => 0,
        Some(before) if parent == u64::from(before.parent) => 1,
        _ => index - parent + 1,
    }
}

/// Where a row begins, as a rule: behind the one before, or inside it.
fn expected(below: bool, before: Option<&Row>) -> i64 {
    before.map_or(0, |before| i64::from(if below { before.signature.1 } else { before.item.1 }))
}

fn write_outlines(segment: &Segment, order: &Order, to: &mut Encoder) {
    to.number(Context(Field::File, 0), segment.files.len() as u64);
    to.number(Context(Field::File, 1), order.names.len() as u64);
    for file in 0..segment.files.len() {
        let rows = segment.rows(file);
        to.number(Context(Field::Rows, 0), rows.len() as u64);
        let (mut before, mut last) = (None, 0);
        for (index, row) in rows.iter().enumerate() {
            let kind = DefinitionKind::ALL.iter().position(|kind| *kind == row.kind).unwrap_or(0);
            to.number(Context(Field::Kind, last), kind as u64);
            let place = place_in(index as u64, u64::from(row.parent), before);
            to.number(Context(Field::Parent, last * 16 + kind), place);
            let (item, signature) = (row.item, row.signature);
            let start = i64::from(item.0) - expected(place == 2, before);
            to.number(Context(Field::Start, last * 16 + kind), zigzag(start));
            to.number(Context(Field::Signature, kind), u64::from(signature.0.wrapping_sub(item.0)));
            to.number(Context(Field::Signature, 16 + kind), u64::from(signature.1 - signature.0));
            let rest = i64::from(item.1) - i64::from(signature.1);
            to.number(Context(Field::Item, kind), zigzag(rest));
            to.number(Context(Field::Name, kind), zigzag(i64::from(row.name_start) - i64::from(signature.0)));
            to.one_of(u64::from(order.places[row.name as usize]), order.names.len() as u64);
            let (start, end) = row.documentation;
            to.number(Context(Field::Documentation, kind), u64::from(end - start));
            if end > start {
                let from_item = i64::from(item.0) - i64::from(end);
                to.number(Context(Field::Documentation, 16 + kind), zigzag(from_item));
            }
            (before, last) = (Some(row), kind);
        }
        let imports = &segment.outlines.imports[segment.outlines.imports_of(file)];
        to.number(Context(Field::Rows, 1), imports.len() as u64);
        let mut before = 0;
        for (start, end) in imports {
            to.number(Context(Field::Import, 0), zigzag(i64::from(*start) - before));
            to.number(Context(Field::Import, 1), u64::from(end - start));
            before = i64::from(*end);
        }
    }
}

fn read_outlines(bytes: &[u8]) -> Option<Outlines> {
    let from = &mut Decoder::new(bytes);
    let mut outlines = Outlines::begin();
    let files = from.short(Context(Field::File, 0))?;
    let names = from.short(Context(Field::File, 1))? as usize;
    for _ in 0..files {
        let (mut before, mut last): (Option<Row>, usize) = (None, 0);
        for index in 0..u64::from(from.short(Context(Field::Rows, 0))?) {
            let row = read_row(from, index, before.as_ref(), last, names)?;
            last = DefinitionKind::ALL.iter().position(|kind| *kind == row.kind)?;
            outlines.rows.push(row);
            before = Some(row);
        }
        let mut before = 0;
        for _ in 0..from.short(Context(Field::Rows, 1))? {
            let start = offset(before, from.number(Context(Field::Import, 0))?)?;
            let end = start.checked_add(from.short(Context(Field::Import, 1))?)?;
            outlines.imports.push((start, end));
            before = i64::from(end);
        }
        outlines.end_file();
    }
    Some(outlines)
}

/// What lies a number in zigzag behind `from`.
fn offset(from: i64, by: u64) -> Option<u32> {
    from.checked_add(unzigzag(by))?.try_into().ok()
}

fn read_row(from: &mut Decoder, index: u64, before: Option<&Row>, last: usize, names: usize) -> Option<Row> {
    let kind = from.number(Context(Field::Kind, last))? as usize;
    let known = *DefinitionKind::ALL.get(kind)?;
    let place = from.number(Context(Field::Parent, last * 16 + kind))?;
    let parent = match place {
        0 => index,
        1 => u64::from(before?.parent),
        _ => index.checked_sub(place - 1)?,
    };
    let start = from.number(Context(Field::Start, last * 16 + kind))?;
    let start = offset(expected(place == 2, before), start)?;
    let signature = start.wrapping_add(from.short(Context(Field::Signature, kind))?);
    let signature = (signature, signature.checked_add(from.short(Context(Field::Signature, 16 + kind))?)?);
    let end = offset(i64::from(signature.1), from.number(Context(Field::Item, kind))?)?;
    let name_start = offset(i64::from(signature.0), from.number(Context(Field::Name, kind))?)?;
    let name = from.one_of(names as u64)?.try_into().ok()?;
    let mut documentation = (0, 0);
    let length = from.short(Context(Field::Documentation, kind))?;
    if length > 0 {
        let to_item = unzigzag(from.number(Context(Field::Documentation, 16 + kind))?);
        let end = u32::try_from(i64::from(start).checked_sub(to_item)?).ok()?;
        documentation = (end.checked_sub(length)?, end);
    }
    let parent = parent.try_into().ok()?;
    Some(Row { name, name_start, item: (start, end), signature, documentation, parent, kind: known })
}
