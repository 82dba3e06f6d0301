//! Verifies a log offline: each record against its leaf, the leaves against every checkpoint that there is, and what is
//! missing against what the log says was erased. Nothing in the database is believed that is not under a signed root.

use crate::bytes::{sha256, unhex};
use crate::entry::{Action, Entry, Erased, Feature, What};
use crate::folder::small;
use crate::merkle::{Frontier, Hash, Leaves, leaf_hash};
use crate::{AuditError, Checkpoint, Folder, Reader, Verifier};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub entries: u64,
    /// Of them those whose records were erased, as the log says.
    pub erased: u64,
    /// Contents that are kept.
    pub contents: u64,
    /// Checkpoints that were compared.
    pub checkpoints: u64,
    /// Who signed them: the public key, as signed notes have it.
    pub key: String,
    /// The newest checkpoint, to be kept elsewhere.
    pub newest: String,
    /// Entries that could not be recorded, as the log says itself.
    pub lost: u64,
    pub findings: Vec<Finding>,
}

/// One thing that is not as it was signed. Numbers are those of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Finding {
    Edited {
        seq: u64,
    },
    Misplaced {
        seq: u64,
        says: u64,
    },
    Missing {
        first: u64,
        last: u64,
    },
    /// The record is gone, and no entry says that it was erased.
    Deleted {
        seq: u64,
    },
    ContentEdited {
        seq: u64,
    },
    ContentDeleted {
        seq: u64,
    },
    ContentAdded {
        seq: u64,
    },
    /// Fewer entries than a signed checkpoint counts.
    Cut {
        at: String,
        size: u64,
        entries: u64,
    },
    /// The first entries are others than those that were signed; up to `sound` they are the same.
    Other {
        at: String,
        size: u64,
        sound: u64,
    },
    /// A checkpoint without a right signature.
    Unsigned {
        at: String,
        why: String,
    },
    NoCheckpoint {
        at: String,
    },
    /// Entries that no checkpoint covers.
    Uncovered {
        first: u64,
    },
    /// The log itself saw, when it was written, that it did not fit its checkpoint.
    Alarm {
        seq: u64,
        said: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Edited { seq } => write!(out, "entry {seq} was edited"),
            Self::Misplaced { seq, says } => write!(out, "entry {seq} was entry {says} when it was written"),
            Self::Missing { first, last } if first == last => write!(out, "entry {first} was deleted"),
            Self::Missing { first, last } => write!(out, "entries {first} to {last} were deleted"),
            Self::Deleted { seq } => {
                write!(out, "what entry {seq} says was deleted, and no entry tells of it")
            }
            Self::ContentEdited { seq } => write!(out, "the content of entry {seq} was edited"),
            Self::ContentDeleted { seq } => {
                write!(out, "the content of entry {seq} was deleted, and no entry tells of it")
            }
            Self::ContentAdded { seq } => write!(out, "entry {seq} was given a content"),
            Self::Cut { at, size, entries } => {
                write!(out, "the log was cut: {at} counts {size} entries, there are {entries}")
            }
            Self::Other { at, size, sound } => write!(
                out,
                "of the first {size} entries some are others than {at} was signed for; the first {sound} are right"
            ),
            Self::Unsigned { at, why } => write!(out, "{at} {why}"),
            Self::NoCheckpoint { at } => write!(out, "{at} is missing"),
            Self::Uncovered { first } => write!(out, "from entry {first} on nothing is signed"),
            Self::Alarm { seq, said } => write!(out, "entry {seq} tells of tampering before it: {said}"),
        }
    }
}

/// Verifies the log in `folder` with its own public key or with `key`, against its own checkpoints and `others`: notes with
/// what they are called.
///
/// # Errors
/// It cannot be read at all.
pub fn verify(
    folder: &Folder,
    key: Option<&Verifier>,
    others: &[(String, String)],
) -> Result<Report, AuditError> {
    let verifier = match key {
        Some(key) => key.clone(),
        None => Verifier::of(folder)?,
    };
    // Before the database: a log that grows meanwhile is then longer than they say, never shorter.
    let beside = beside(folder)?;
    let reader = Reader::open(folder)?;
    let mut report = Report { key: verifier.text(), ..Report::default() };
    if !folder.checkpoint().exists() {
        report.findings.push(Finding::NoCheckpoint { at: "the checkpoint beside the log".into() });
    }
    let (leaves, erased, committed) = entries(&reader, &mut report)?;
    contents(&reader, &committed, &erased, &mut report)?;
    let (own, newest) = own_notes(&reader, &mut report)?;
    let notes = own.into_iter().chain(beside).chain(others.iter().cloned());
    let mut signed = Vec::new();
    for (at, note) in notes {
        report.checkpoints += 1;
        match Checkpoint::verified(&note, &verifier) {
            Err(why) => report.findings.push(Finding::Unsigned { at, why: why.into() }),
            Ok(found) if found.size > leaves.len() as u64 => {
                report.findings.push(Finding::Cut { at, size: found.size, entries: leaves.len() as u64 });
            }
            Ok(found) => signed.push((found.size, found.root, at)),
        }
    }
    let (right, wrong) = compare(&leaves, signed);
    for (at, size) in wrong {
        let sound = right.range(..size).next_back().copied().unwrap_or_default();
        report.findings.push(Finding::Other { at, size, sound });
    }
    let covered = right.last().copied().unwrap_or_default();
    if covered < leaves.len() as u64 {
        report.findings.push(Finding::Uncovered { first: covered });
    }
    report.newest = newest.unwrap_or_default();
    Ok(report)
}

/// The sizes that fit a checkpoint, and the checkpoints that do not fit. The newest that fits is computed a second time, by
/// the definition.
fn compare(leaves: &[Hash], mut signed: Vec<(u64, Hash, String)>) -> (BTreeSet<u64>, Vec<(String, u64)>) {
    signed.sort();
    let (mut right, mut wrong) = (BTreeSet::new(), Vec::new());
    let mut frontier = Frontier::default();
    let newest = signed.last().map(|(size, ..)| *size);
    for (size, root, at) in signed {
        let more = leaves[..size as usize].iter().skip(frontier.size() as usize);
        more.for_each(|leaf| frontier.push(*leaf));
        let defined = newest != Some(size) || Leaves(&leaves[..size as usize]).root() == root;
        match frontier.root() == root && defined {
            true => drop(right.insert(size)),
            false => wrong.push((at, size)),
        }
    }
    (right, wrong)
}

/// The notes in files beside the database.
fn beside(folder: &Folder) -> Result<Vec<(String, String)>, AuditError> {
    let mut notes = Vec::new();
    for path in folder.checkpoints() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        notes.push((name, small(&path)?.unwrap_or_default()));
    }
    Ok(notes)
}

/// The notes in the database, and the newest of them.
fn own_notes(
    reader: &Reader,
    report: &mut Report,
) -> Result<(Vec<(String, String)>, Option<String>), AuditError> {
    let mut notes = Vec::new();
    let mut newest = None;
    let mut statement = reader.database.prepare("SELECT note FROM head")?;
    for note in statement.query_map([], |row| row.get::<_, String>(0))? {
        let note = note?;
        newest = Some(note.clone());
        notes.push(("the newest checkpoint".to_owned(), note));
    }
    if notes.is_empty() && report.entries > 0 {
        report.findings.push(Finding::NoCheckpoint { at: "the newest checkpoint".into() });
    }
    let mut statement = reader.database.prepare("SELECT size, note FROM checkpoint ORDER BY size")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (size, note) = row?;
        notes.push((format!("the checkpoint of {size} entries"), note));
    }
    Ok((notes, newest))
}

/// What each entry committed to, by its number.
type Committed = BTreeMap<u64, [u8; 32]>;

/// Reads all entries: their leaves, what they say was erased, and the contents that they committed to.
fn entries(reader: &Reader, report: &mut Report) -> Result<(Vec<Hash>, Vec<Erased>, Committed), AuditError> {
    let (mut leaves, mut gone, mut erased) = (Vec::new(), Vec::new(), Vec::new());
    let mut committed = Committed::new();
    let mut next = 0;
    reader.each(|row| {
        if row.seq > next {
            report.findings.push(Finding::Missing { first: next, last: row.seq - 1 });
        }
        next = row.seq.saturating_add(1);
        report.entries += 1;
        let leaf = unhex(&row.leaf).unwrap_or_default();
        leaves.push(leaf);
        let Some(record) = &row.record else {
            gone.push(row.seq);
            return Ok(());
        };
        if leaf_hash(record.as_bytes()) != leaf {
            report.findings.push(Finding::Edited { seq: row.seq });
            return Ok(());
        }
        let value: serde_json::Value = serde_json::from_str(record).unwrap_or_default();
        match value["seq"].as_u64() {
            Some(says) if says != row.seq => report.findings.push(Finding::Misplaced { seq: row.seq, says }),
            Some(_) => {}
            None => report.findings.push(Finding::Edited { seq: row.seq }),
        }
        if let Some(hash) = value["content"].as_str().and_then(unhex) {
            committed.insert(row.seq, hash);
        }
        if let Some(entry) = row.entry.filter(|entry| entry.feature == Feature::Audit) {
            said_of_the_log(row.seq, entry, &mut erased, report);
        }
        Ok(())
    })?;
    let is_told = |seq: &u64| erased.iter().any(|one: &Erased| one.what == What::Records && one.holds(*seq));
    report.erased = gone.iter().filter(|seq| is_told(seq)).count() as u64;
    report.findings.extend(gone.iter().filter(|seq| !is_told(seq)).map(|seq| Finding::Deleted { seq: *seq }));
    Ok((leaves, erased, committed))
}

fn said_of_the_log(seq: u64, entry: Entry, erased: &mut Vec<Erased>, report: &mut Report) {
    match entry.action {
        Action::Erased => erased.extend(entry.erased),
        Action::Gap => report.lost += entry.counts.get("lost").copied().unwrap_or_default(),
        Action::Alarm => {
            report.findings.push(Finding::Alarm { seq, said: entry.note.unwrap_or_default() });
        }
        _ => {}
    }
}

/// Compares contents with what the entries committed to.
fn contents(
    reader: &Reader,
    committed: &Committed,
    erased: &[Erased],
    report: &mut Report,
) -> Result<(), AuditError> {
    let mut statement = reader.database.prepare("SELECT seq, sealed FROM content ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut there = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
        let sealed: Vec<u8> = row.get(1)?;
        there.push(seq);
        match committed.get(&seq) {
            Some(hash) if *hash == sha256(&[&sealed]) => report.contents += 1,
            Some(_) => report.findings.push(Finding::ContentEdited { seq }),
            None => report.findings.push(Finding::ContentAdded { seq }),
        }
    }
    for seq in committed.keys().filter(|seq| there.binary_search(seq).is_err()) {
        if !erased.iter().any(|one| one.holds(*seq)) {
            report.findings.push(Finding::ContentDeleted { seq: *seq });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/tampering.rs"]
mod tests;
