//! The lines that are asked about: of a file that is drawn, a line that is, and the names that it needs.
//!
//! Names are those of code, outside of comments and strings; keywords count, since the proxy that this one follows knew
//! none. A line has at least three and is no import. Of the files as long as that, each is as likely as any other.

use std::collections::HashSet;
use trust_grammars::{Language, code_identifiers, outline};
use trust_index::{FileId, Snapshot};

pub const ABOVE: usize = 60;
pub const BELOW: usize = 20;
const NAMES: usize = 3;
const FILE_LINES: usize = 100;
/// Lines looked at for each that is asked about, at most.
const PATIENCE: usize = 200;

pub struct Place {
    pub file: FileId,
    pub language: Language,
    /// The file without what stands on the line, and where that stood.
    pub text: String,
    pub offset: usize,
    /// The code around the line that a window shows.
    pub window: HashSet<String>,
    /// The names of the line that the window lacks.
    pub lacking: Vec<String>,
    pub held_out: bool,
}

impl Place {
    pub fn is_keyword(&self, name: &str) -> bool {
        self.language.keywords().contains(&name)
    }
}

pub struct Places<'a> {
    snapshot: &'a Snapshot,
    files: Vec<FileId>,
    state: u64,
}

impl<'a> Places<'a> {
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let long = |file: &FileId| {
            snapshot.reader().text(*file).is_some_and(|text| text.lines().count() >= FILE_LINES)
        };
        let mut files: Vec<FileId> = snapshot.file_ids().filter(long).collect();
        files.sort_by_key(|file| snapshot.path(*file).to_owned());
        Self { snapshot, files, state: 0x9e37_79b9_7f4a_7c15 }
    }

    fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % below.max(1)
    }

    fn draw(&mut self) -> Option<Place> {
        let at = self.random(self.files.len());
        let file = *self.files.get(at)?;
        let (language, text) = (self.snapshot.language(file)?, self.snapshot.reader().text(file)?);
        let starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let line = self.random(starts.len() - 1);
        let start = |line: usize| starts.get(line).copied().unwrap_or(text.len());
        let here = text[start(line)..start(line + 1)].trim_end();
        // What is code is told by the text from the file's beginning on.
        let code: Vec<(usize, &str)> =
            code_identifiers(language, &text).map(|word| (word.start, &text[word])).collect();
        let within = |from: usize, to: usize| {
            let (from, to) = (start(from), start(to));
            let inside = code.iter().filter(move |(at, _)| (from..to).contains(at));
            inside.map(|(_, name)| *name).collect::<HashSet<&str>>()
        };
        let names = within(line, line + 1);
        let is_import = |range: &std::ops::Range<usize>| range.contains(&start(line));
        if names.len() < NAMES || outline(language, &text).imports.iter().any(is_import) {
            return None;
        }
        let mut window = within(line.saturating_sub(ABOVE), line);
        window.extend(within(line + 1, line + 1 + BELOW));
        let lacking = names.difference(&window).map(|name| (*name).to_owned()).collect();
        let offset = start(line) + here.len() - here.trim_start().len();
        Some(Place {
            file,
            language,
            text: format!("{}{}", &text[..offset], &text[start(line) + here.len()..]),
            offset,
            window: window.into_iter().map(str::to_owned).collect(),
            lacking,
            held_out: half(&self.snapshot.relative(file)),
        })
    }
}

impl Iterator for Places<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        (0..PATIENCE).find_map(|_| self.draw())
    }
}

/// Which half of all files a path belongs to.
fn half(path: &str) -> bool {
    let hash = path.bytes().fold(7_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash >> 17 & 1 == 1
}

pub fn code_names(language: Language, text: &str) -> HashSet<&str> {
    code_identifiers(language, text).map(|word| &text[word]).collect()
}
