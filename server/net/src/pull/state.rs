//! Which parts of a file are there, noted beside it. A part is noted once its bytes are on the disk.

use super::find::Found;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const NAME: &str = "parts.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    tag: Option<String>,
    sha256: Option<String>,
    total: u64,
    piece: u64,
    /// The numbers of the parts that are there.
    done: Vec<u64>,
}

pub struct State {
    path: PathBuf,
    note: Note,
}

impl State {
    /// What is noted of this version of the file; nothing where it is another one, or its version is not known.
    pub fn open(folder: &Path, found: &Found, total: u64, piece: u64) -> Self {
        let path = folder.join(NAME);
        let new =
            Note { tag: found.tag.clone(), sha256: found.sha256.clone(), total, piece, done: Vec::new() };
        #[allow(clippy::disallowed_methods, reason = "no file of a workspace")]
        let kept = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Note>(&text).ok());
        let is_known = new.tag.is_some() || new.sha256.is_some();
        let same = |kept: &Note| {
            let of = |note: &Note| (note.tag.clone(), note.sha256.clone(), note.total, note.piece);
            is_known && of(kept) == of(&new) && kept.done.iter().all(|number| number * piece < total)
        };
        Self { path, note: kept.filter(same).unwrap_or(new) }
    }

    fn range(&self, number: u64) -> Range<u64> {
        let start = number * self.note.piece;
        start..(start + self.note.piece).min(self.note.total)
    }

    /// Bytes of the parts that are there.
    pub fn kept(&self) -> u64 {
        self.note.done.iter().map(|number| self.range(*number)).map(|range| range.end - range.start).sum()
    }

    pub fn missing(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        let parts = 0..self.note.total.div_ceil(self.note.piece);
        parts.filter(|number| !self.note.done.contains(number)).map(|number| self.range(number))
    }

    /// This part is there.
    pub fn done(&mut self, range: &Range<u64>) -> io::Result<()> {
        self.note.done.push(range.start / self.note.piece);
        self.note.done.sort_unstable();
        self.note.done.dedup();
        let beside = self.path.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec(&self.note)?)?;
        file.sync_data()?;
        std::fs::rename(beside, &self.path)
    }

    /// Nothing is there.
    pub fn forget(&mut self) {
        self.note.done.clear();
        let _ = std::fs::remove_file(&self.path);
    }
}
