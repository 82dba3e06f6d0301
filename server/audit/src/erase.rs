//! Erases what entries say, or what was said in them, by deleting it and the keys to it. Their leaves stay, so the tree is
//! what it was, and an entry says which ones were erased: deleted without one, they are missed.

use crate::entry::{Action, Entry, Erased, Feature, Record, What};
use crate::log::signed;
use crate::{AuditError, Filter, Folder, Log};
use rusqlite::{Transaction, params};

/// How much later an entry may be committed than another one of the same time.
const SLACK: u64 = 60 * 60 * 1_000_000;

/// What is to be erased.
#[derive(Debug, Clone)]
pub struct Cutoff {
    pub what: What,
    pub which: Filter,
    /// Whether somebody asked for it, or the time that entries are kept for is over.
    pub asked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    pub entries: u64,
    /// Nothing of it is left in the files of the log. It may be, in the one beside the database, while somebody reads the log.
    pub settled: bool,
}

/// Erases what the filter takes, but for the entries about the log itself. `by`: who asks, and when.
///
/// # Errors
/// Then nothing was erased.
pub fn erase(folder: &Folder, cutoff: &Cutoff, by: &Entry) -> Result<Done, AuditError> {
    let mut log = Log::open(folder)?;
    let mut count = 0;
    log.within(|transaction| {
        let gone = found(transaction, cutoff)?;
        count = gone.len() as u64;
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        for seq in &gone {
            let seq = params![signed(*seq)];
            transaction.execute("DELETE FROM content_key WHERE seq = ?1", seq)?;
            transaction.execute("DELETE FROM content WHERE seq = ?1", seq)?;
            if cutoff.what == What::Records {
                transaction.execute("UPDATE entry SET record = NULL WHERE seq = ?1", seq)?;
            }
        }
        let why = if cutoff.asked { "asked" } else { "retention" };
        let erased = Erased { what: cutoff.what, entries: ranges(&gone), why: why.into() };
        let entry =
            Entry { feature: Feature::Audit, action: Action::Erased, erased: Some(erased), ..by.clone() };
        Ok(vec![Record { entry, content: None }])
    })?;
    Ok(Done { entries: count, settled: log.settle()? })
}

/// The entries that still have what is to be erased.
fn found(transaction: &Transaction<'_>, cutoff: &Cutoff) -> Result<Vec<u64>, AuditError> {
    let query = match cutoff.what {
        What::Records => "SELECT seq, record FROM entry WHERE record IS NOT NULL ORDER BY seq",
        What::Content => {
            "SELECT seq, record FROM entry JOIN content USING (seq) WHERE record IS NOT NULL ORDER BY seq"
        }
    };
    let mut statement = transaction.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, record): (i64, String) = (row.get(0)?, row.get(1)?);
        let seq = u64::try_from(seq).unwrap_or(u64::MAX);
        let entry = serde_json::from_str::<Entry>(&record).ok();
        // Entries are in the order of their commits, which is nearly that of their times; what was later is for the next day.
        // One of a clock that was ahead keeps back no other.
        let is_later = |entry: &Entry| cutoff.which.before.is_some_and(|before| entry.time > before + SLACK);
        if !cutoff.asked && entry.as_ref().is_some_and(is_later) {
            continue;
        }
        if entry.is_some_and(|entry| entry.feature != Feature::Audit && cutoff.which.takes(seq, &entry)) {
            found.push(seq);
        }
    }
    Ok(found)
}

/// Numbers in order as ranges, each from its first to its last.
fn ranges(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

#[cfg(test)]
#[path = "tests/erasing.rs"]
mod tests;
