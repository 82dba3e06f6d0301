//! Where a hole is: clients send the lines around the cursor, and most do not say of which file. The lines themselves find it in
//! the workspace, and with it its language, the rest of its text, and what is not to be quoted as another file's.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{Language, identifiers};
use trust_index::{FileId, Index, Reader, Snapshot};
use trust_wire::Fill;

/// Bytes next to the hole whose names are searched for, and lines there that are looked for.
const NEAR: usize = 2048;
const LINES: usize = 40;
/// Fewer lines, or shorter ones, could stand anywhere.
const FEWEST: usize = 3;
const SHORTEST: usize = 8;
/// Chunks of the index that are looked at.
const CHUNKS: usize = 16;
/// Lines at either end of what a client sends that are found again in the file.
const ANCHOR: usize = 3;

/// Where, as the pipeline wants it.
#[derive(Debug, PartialEq)]
pub(super) struct Spot {
    pub path: PathBuf,
    pub language: Option<Language>,
    pub text: String,
    /// The hole, in bytes.
    pub offset: usize,
    /// It is a file of the workspace that is indexed.
    pub is_known: bool,
}

/// `last` is the file of the hole before, which is likely this one's too.
pub(super) fn place(fill: &Fill, index: &Arc<Index>, last: &mut Option<PathBuf>) -> Spot {
    let (prefix, suffix) = (fill.hole.prefix.as_str(), fill.hole.suffix.as_str());
    let roots: Vec<&Path> = index.broker().roots().collect();
    let snapshot = index.snapshot();
    let reader = snapshot.reader();
    let (path, file) = match &fill.path {
        Some(path) => {
            let path = named(path, &roots);
            let canonical = index.broker().allows(&path).ok();
            (path, canonical.and_then(|path| snapshot.file(&path)))
        }
        None => {
            let before = last.as_ref().and_then(|path| snapshot.file(path));
            let file = search(prefix, suffix, &snapshot, &reader, before);
            let path = file.map(|file| snapshot.path(file).to_owned());
            (path.unwrap_or_else(|| named("untitled", &roots)), file)
        }
    };
    *last = file.map(|file| snapshot.path(file).to_owned());
    let (before, after) = file.and_then(|file| reader.text(file)).map_or_else(Default::default, |text| {
        let (before, after) = around(&text, prefix, suffix);
        (before.to_owned(), after.to_owned())
    });
    Spot {
        language: file.and_then(|file| snapshot.language(file)).or_else(|| Language::from_path(&path)),
        path,
        offset: before.len() + prefix.len(),
        text: before + prefix + suffix + &after,
        is_known: file.is_some(),
    }
}

/// A path as a client says it: absolute, or in a workspace folder.
fn named(path: &str, roots: &[&Path]) -> PathBuf {
    let path = Path::new(path);
    if path.is_absolute() {
        return path.to_owned();
    }
    let is_plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let inside: PathBuf = path.components().filter(is_plain).collect();
    let found = roots.iter().map(|root| root.join(&inside)).find(|path| path.is_file());
    found.unwrap_or_else(|| roots.first().copied().unwrap_or(Path::new("/")).join(&inside))
}

/// The file that has most of the lines, if it has most of them.
fn search(
    prefix: &str,
    suffix: &str,
    snapshot: &Snapshot,
    reader: &Reader<&Snapshot>,
    last: Option<FileId>,
) -> Option<FileId> {
    let lines = whole_lines(prefix, suffix);
    if lines.len() < FEWEST {
        return None;
    }
    let has = |file: FileId| {
        let text = reader.text(file)?;
        let all: HashSet<&str> = text.lines().map(str::trim).collect();
        Some(lines.iter().filter(|line| all.contains(*line)).count())
    };
    let is_most = |count: usize, tenths: usize| count * 10 >= lines.len() * tenths;
    if let Some(last) = last.filter(|file| has(*file).is_some_and(|count| is_most(count, 8))) {
        return Some(last);
    }
    let above = &prefix[prefix.ceil_char_boundary(prefix.len().saturating_sub(NEAR))..];
    let near = [above, &suffix[..suffix.floor_char_boundary(NEAR)]];
    let names: HashSet<&str> =
        near.iter().flat_map(|text| identifiers(text).map(|range| &text[range])).collect();
    let names: Vec<(&str, f32)> = names.into_iter().map(|name| (name, 1.0)).collect();
    let chunks = snapshot.search(&names, None, CHUNKS);
    let candidates: BTreeMap<FileId, usize> =
        chunks.iter().filter_map(|chunk| Some((chunk.file, has(chunk.file)?))).collect();
    let (file, count) = candidates.into_iter().max_by_key(|(_, count)| *count)?;
    is_most(count, 5).then_some(file)
}

/// Lines that are long enough to tell, the nearest to the hole; the hole's own is none.
fn whole_lines<'a>(prefix: &'a str, suffix: &'a str) -> Vec<&'a str> {
    let told = |line: &&str| line.len() >= SHORTEST;
    let above = prefix.lines().rev().skip(usize::from(!prefix.ends_with('\n')));
    let above = above.map(str::trim).filter(told).take(LINES);
    let below = suffix.lines().skip(1).map(str::trim).filter(told).take(LINES);
    above.chain(below).collect()
}

/// What stands in the file before and behind that which the client sent; nothing where that is not plain.
fn around<'a>(text: &'a str, prefix: &str, suffix: &str) -> (&'a str, &'a str) {
    let first = prefix.split_inclusive('\n').take(ANCHOR).filter(|line| line.ends_with('\n'));
    let start = &prefix[..first.map(str::len).sum()];
    let start = if start.is_empty() { None } else { once(text, start) };
    // What is behind the last line break may be the beginning of a line.
    let (lines, rest) = suffix.split_at(suffix.rfind('\n').map_or(0, |at| at + 1));
    let last = lines.split_inclusive('\n').skip(1).collect::<Vec<_>>();
    let length: usize = last.iter().rev().take(ANCHOR).map(|line| line.len()).sum();
    let end = if length == 0 { None } else { once(text, &lines[lines.len() - length..]) };
    let end = end.map(|at| at + length).filter(|at| text[*at..].starts_with(rest)).map(|at| at + rest.len());
    let before = start.map_or("", |start| &text[..start]);
    let after = end.filter(|end| start.is_none_or(|start| start < *end)).map_or("", |end| &text[end..]);
    (before, after)
}

/// Where a text stands, if it does so once.
fn once(text: &str, part: &str) -> Option<usize> {
    let at = text.find(part)?;
    let behind = at + part.chars().next()?.len_utf8();
    let is_twice = text[behind..].contains(part);
    (!is_twice).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "use a;\nuse b;\n\nfn one() {\n    1\n}\n\nfn two() {\n    2\n}\n\nfn three() {\n    3\n}\n";

    #[test]
    fn the_rest_of_the_file_is_put_around_what_was_sent() {
        let cases = [
            // Lines of the middle; the suffix ends in the middle of one.
            (
                "fn one() {\n    1\n}\n\nfn two() {\n    ret",
                "\n}\n\nfn three() {\n    ",
                "use a;\nuse b;\n\n",
                "3\n}\n",
            ),
            // All of it.
            ("use a;\nuse b;\n\nfn one() {\n    x", "\n}\n", "", ""),
            // What stands twice, or nowhere.
            ("}\n", "\n}\n", "", ""),
            ("fn four() {\n    4\n}\n", "\nfn five() {\n}\n", "", ""),
            ("", "", "", ""),
        ];
        for (prefix, suffix, before, after) in cases {
            assert_eq!(around(FILE, prefix, suffix), (before, after), "{prefix:?} {suffix:?}");
        }
        // Lines that begin with what is longer than a byte.
        let file = "1\nü = 2\nbegin\n\nend\nö = 3\n4\n";
        assert_eq!(around(file, "ü = 2\nbegin\n", "\nend\nö = 3\n"), ("1\n", "4\n"));
        assert_eq!(around("ü\nü\n", "ü\n", "\n"), ("", ""));
    }

    #[test]
    fn a_path_stays_where_the_workspace_is() {
        let roots = [Path::new("/w")];
        for (said, expected) in
            [("src/a.rs", "/w/src/a.rs"), ("../../etc/x.rs", "/w/etc/x.rs"), ("/b.rs", "/b.rs")]
        {
            assert_eq!(named(said, &roots), Path::new(expected), "{said}");
        }
        assert_eq!(named("a.rs", &[]), Path::new("/a.rs"));
    }
}
