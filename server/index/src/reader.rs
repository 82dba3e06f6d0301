//! Reads the texts behind a snapshot. The rules are asked again, as they are on disk at that moment, before
//! anything is given away: the index may lag behind them.

use crate::broker::read_allowed;
use crate::file::content_hash;
use crate::rules::Rules;
use crate::{FileId, Snapshot, Symbol};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use trust_grammars::identifiers;

/// How many files one reader reads from the disk. More would hold up whoever waits; those that were read lately
/// do not count.
const FRESH_READS: usize = 512;

/// The texts of one snapshot, for one batch of questions.
pub struct Reader<'a> {
    snapshot: &'a Snapshot,
    rules: Rules,
    quotable: RefCell<HashMap<FileId, bool>>,
    reads_left: Cell<usize>,
}

impl Snapshot {
    /// A reader, for one batch of questions: its answers hold for the rules of this moment.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            snapshot: self,
            rules: Rules::new(Arc::clone(&self.roots)),
            quotable: RefCell::default(),
            reads_left: Cell::new(FRESH_READS),
        }
    }
}

impl Reader<'_> {
    /// Whether the rules still let the file be quoted.
    pub fn is_quotable(&self, file: FileId) -> bool {
        let Some(found) = self.snapshot.get(file) else { return false };
        *self
            .quotable
            .borrow_mut()
            .entry(file)
            .or_insert_with(|| self.rules.check(&found.path, false).is_ok())
    }

    /// The text that was indexed. `None` if the rules forbid it now, the file has changed since, or too many
    /// were read already.
    pub fn text(&self, file: FileId) -> Option<Arc<str>> {
        let found = self.snapshot.get(file).filter(|_| self.is_quotable(file))?;
        if let Some(text) = &found.text {
            return Some(Arc::clone(text));
        }
        if let Some(text) = self.snapshot.texts.get(found.hash) {
            return Some(text);
        }
        self.reads_left.set(self.reads_left.get().checked_sub(1)?);
        let text: Arc<str> = read_allowed(&found.path).ok()?.into();
        if content_hash(&text) != found.hash {
            return None;
        }
        self.snapshot.texts.keep(found.hash, &text);
        Some(text)
    }

    /// A part of a file's text.
    pub fn slice(&self, file: FileId, range: Range<usize>) -> Option<String> {
        self.text(file)?.get(range).map(str::to_owned)
    }

    /// The item up to its body, at most 400 bytes.
    pub fn signature(&self, symbol: &Symbol) -> Option<String> {
        const LONGEST: usize = 400;
        let mut signature = self.slice(symbol.file, symbol.signature.clone())?;
        signature.truncate(signature.floor_char_boundary(LONGEST));
        Some(signature)
    }

    /// Where `name` stands as a whole identifier, in code, comments or strings: file and byte offset, at most
    /// `limit` of them. Files that changed lately come first.
    pub fn occurrences(&self, name: &str, limit: usize) -> Vec<(FileId, usize)> {
        let mut found = Vec::new();
        for (file, bytes) in self.snapshot.chunks_with(name) {
            if found.len() >= limit {
                break;
            }
            let Some(text) = self.text(file) else { continue };
            let chunk = text.get(bytes.clone()).unwrap_or_default();
            let same = identifiers(chunk).filter(|range| &chunk[range.clone()] == name);
            found.extend(same.map(|range| (file, bytes.start + range.start)).take(limit - found.len()));
        }
        found
    }
}
