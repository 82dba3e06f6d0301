//! A segment as bytes: sections, each with its length and checksum. What does not add up is `None`.

use super::bytes::{Reader, Writer};
use crate::file::{IndexedFile, Row, Stamp};
use crate::names::Names;
use crate::postings::Postings;
use crate::segment::{Outlines, Segment};
use std::path::PathBuf;
use std::sync::Arc;
use trust_grammars::{DefinitionKind, Language};
use xxhash_rust::xxh3::xxh3_64;

/// Changes with everything that changes what is written, or what is found in the same text.
pub(crate) const VERSION: u64 = 1;

type Write = fn(&Segment, &Order, &mut Writer);

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
        let mut section = Writer::default();
        write(segment, &order, &mut section);
        all.word(section.0.len() as u64);
        all.word(xxh3_64(&section.0));
        all.0.append(&mut section.0);
    }
    all.0
}

pub(crate) fn decode(bytes: &[u8]) -> Option<Segment> {
    let mut all = Reader(bytes);
    let mut section = || {
        let (length, hash) = (all.word()?, all.word()?);
        let section = all.take(usize::try_from(length).ok()?)?;
        (xxh3_64(section) == hash).then_some(Reader(section))
    };
    let files = read_files(&mut section()?)?;
    let names = read_names(&mut section()?)?;
    let postings = read_postings(&mut section()?, files.len(), names.len())?;
    let outlines = read_outlines(&mut section()?, files.len(), names.len())?;
    Some(Segment::new(files, Arc::new(names), Arc::new(postings), outlines))
}

fn write_files(segment: &Segment, _: &Order, to: &mut Writer) {
    to.number(segment.files.len() as u64);
    let mut before = "";
    for file in &segment.files {
        let path = file.path.to_str().unwrap_or_default();
        to.after(before, path);
        before = path;
        let language = Language::ALL.iter().position(|language| *language == file.language);
        to.number(language.unwrap_or(0) as u64);
        to.number(u64::from(file.root_components));
        to.number(u64::from(file.bytes));
        to.number(u64::from(file.lines));
        to.word(file.hash);
        to.number(u64::from(file.stamp.is_some()));
        if let Some(stamp) = file.stamp {
            to.word(stamp.modified);
            to.number(stamp.inode);
        }
    }
}

fn read_files(from: &mut Reader) -> Option<Vec<Arc<IndexedFile>>> {
    let mut path = String::new();
    let read = |from: &mut Reader, path: &mut String| {
        from.after(path)?;
        let language = *Language::ALL.get(from.number()? as usize)?;
        let root_components = from.number()?.try_into().ok()?;
        let (bytes, lines, hash) = (from.short()?, from.short()?, from.word()?);
        let stamp = match from.number()? {
            0 => None,
            _ => Some(Stamp { bytes: u64::from(bytes), modified: from.word()?, inode: from.number()? }),
        };
        let path = PathBuf::from(path.as_str());
        Some(Arc::new(IndexedFile { path, root_components, language, bytes, lines, hash, stamp, text: None }))
    };
    (0..from.count()?).map(|_| read(from, &mut path)).collect()
}

fn write_names(segment: &Segment, order: &Order, to: &mut Writer) {
    to.number(order.names.len() as u64);
    let mut before = "";
    for name in &order.names {
        let name = segment.names.get(*name);
        to.after(before, name);
        before = name;
    }
}

fn read_names(from: &mut Reader) -> Option<Names> {
    let (mut names, mut name) = (Names::default(), String::new());
    for place in 0..from.count()? {
        from.after(&mut name)?;
        if names.intern(&name) as usize != place {
            return None;
        }
    }
    names.shrink();
    Some(names)
}

fn write_postings(segment: &Segment, order: &Order, to: &mut Writer) {
    let postings = &segment.postings;
    for file in 0..segment.files.len() {
        let chunks = postings.chunks_of(file);
        to.number(chunks.len() as u64);
        let mut before = 0;
        for chunk in chunks {
            to.number(u64::from(postings.chunk_start[chunk] - before));
            to.number(u64::from(postings.chunk_names[chunk]));
            before = postings.chunk_start[chunk];
        }
    }
    to.number(postings.chunks.len() as u64);
    for name in &order.names {
        let list = postings.list(*name);
        to.number(list.len() as u64);
        let mut before = 0;
        for (chunk, count) in list {
            // Most names stand in a chunk once.
            let step = (chunk - before) as u64;
            to.number(step << 1 | u64::from(count > 1));
            if count > 1 {
                to.number(u64::from(count));
            }
            before = chunk;
        }
    }
}

fn read_postings(from: &mut Reader, files: usize, names: usize) -> Option<Postings> {
    let mut postings = Postings::default();
    for file in 0..files {
        postings.first_chunk.push(postings.chunk_file.len() as u32);
        let mut start = 0u32;
        for _ in 0..from.count()? {
            start = start.checked_add(from.short()?)?;
            postings.chunk_file.push(file as u32);
            postings.chunk_start.push(start);
            postings.chunk_names.push(from.short()?);
        }
    }
    let chunks = postings.chunk_file.len() as u64;
    postings.first_chunk.push(chunks as u32);
    let all = from.count()?;
    postings.chunks.reserve_exact(all);
    postings.counts.reserve_exact(all);
    for _ in 0..names {
        postings.list_start.push(postings.chunks.len() as u32);
        let mut chunk = 0u64;
        for _ in 0..from.number()? {
            let step = from.number()?;
            chunk = chunk.checked_add(step >> 1).filter(|chunk| *chunk < chunks)?;
            let count = if step & 1 == 0 { 1 } else { from.number()?.try_into().ok()? };
            postings.chunks.push(chunk as u32);
            postings.counts.push(count);
        }
    }
    postings.list_start.push(postings.chunks.len() as u32);
    Some(postings)
}

fn write_outlines(segment: &Segment, order: &Order, to: &mut Writer) {
    for file in 0..segment.files.len() {
        let rows = segment.rows(file);
        to.number(rows.len() as u64);
        let mut before = 0;
        for (index, row) in rows.iter().enumerate() {
            let kind = DefinitionKind::ALL.iter().position(|kind| *kind == row.kind);
            to.number(kind.unwrap_or(0) as u64);
            to.number(u64::from(order.places[row.name as usize]));
            let (item, item_end) = row.item;
            // Decorated items and those of one statement may begin before the one above.
            to.number(u64::from(item.wrapping_sub(before)));
            to.number(u64::from(item_end - item));
            to.number(u64::from(row.name_start.wrapping_sub(item)));
            to.number(u64::from(row.signature.0.wrapping_sub(item)));
            to.number(u64::from(row.signature.1 - row.signature.0));
            to.number(u64::from(row.documentation.1 - row.documentation.0));
            if row.documentation.1 > row.documentation.0 {
                to.number(u64::from(row.documentation.0));
            }
            to.number(index as u64 - u64::from(row.parent));
            before = item;
        }
        let imports = &segment.outlines.imports[segment.outlines.imports_of(file)];
        to.number(imports.len() as u64);
        for (start, end) in imports {
            to.number(u64::from(*start));
            to.number(u64::from(end - start));
        }
    }
}

fn read_outlines(from: &mut Reader, files: usize, names: usize) -> Option<Outlines> {
    let mut outlines = Outlines::begin();
    for _ in 0..files {
        let mut before = 0u32;
        for index in 0..from.count()? as u64 {
            let kind = *DefinitionKind::ALL.get(from.number()? as usize)?;
            let name = from.short().filter(|name| (*name as usize) < names)?;
            let item = before.wrapping_add(from.short()?);
            let item = (item, item.checked_add(from.short()?)?);
            let name_start = item.0.wrapping_add(from.short()?);
            let signature = item.0.wrapping_add(from.short()?);
            let signature = (signature, signature.checked_add(from.short()?)?);
            let documentation = match from.short()? {
                0 => (0, 0),
                length => {
                    let start = from.short()?;
                    (start, start.checked_add(length)?)
                }
            };
            let parent = index.checked_sub(from.number()?)? as u32;
            outlines.rows.push(Row { name, name_start, item, signature, documentation, parent, kind });
            before = item.0;
        }
        for _ in 0..from.count()? {
            let start = from.short()?;
            outlines.imports.push((start, start.checked_add(from.short()?)?));
        }
        outlines.end_file();
    }
    Some(outlines)
}
