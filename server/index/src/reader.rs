//! Reads the texts behind a snapshot. The rules are asked again, as they are on disk at that moment, before
//! anything is given away: the index may lag behind them.

use crate::broker::read_allowed;
use crate::file::content_hash;
use crate::rules::Rules;
use crate::{FileId, Snapshot, Symbol};
use std::collections::HashMap;
use std::ops::{Deref, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use trust_grammars::identifiers;
use trust_redact::masked;

/// How many files one reader reads from the disk. More would hold up whoever waits; those that were read lately
/// do not count.
const FRESH_READS: usize = 512;

/// The texts of one snapshot, borrowed or shared, for one batch of questions.
pub struct Reader<S> {
    snapshot: S,
    rules: Rules,
    quotable: Mutex<HashMap<FileId, bool>>,
    reads_left: AtomicUsize,
}

impl Snapshot {
    /// A reader, for one batch of questions: its answers hold for the rules of this moment.
    pub fn reader(&self) -> Reader<&Self> {
        Reader::new(self)
    }
}

impl<S: Deref<Target = Snapshot>> Reader<S> {
    pub fn new(snapshot: S) -> Self {
        let rules = Rules::new(Arc::clone(&snapshot.roots));
        Self { snapshot, rules, quotable: Mutex::default(), reads_left: AtomicUsize::new(FRESH_READS) }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether the rules still let the file be quoted.
    pub fn is_quotable(&self, file: FileId) -> bool {
        let Some(found) = self.snapshot.get(file) else { return false };
        let mut known = self.quotable.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(file).or_insert_with(|| self.rules.check(&found.path, false).is_ok())
    }

    /// The text that was indexed, its secrets masked. `None` if the rules forbid it now, the file has changed since, or too many
    /// were read already.
    pub fn text(&self, file: FileId) -> Option<Arc<str>> {
        let found = self.snapshot.get(file).filter(|_| self.is_quotable(file))?;
        if let Some(text) = &found.text {
            return Some(Arc::clone(text));
        }
        if let Some(text) = self.snapshot.texts.get(found.hash) {
            return Some(text);
        }
        let left = |reads: usize| reads.checked_sub(1);
        self.reads_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).ok()?;
        let text: Arc<str> = masked(read_allowed(&found.path).ok()?).into();
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
