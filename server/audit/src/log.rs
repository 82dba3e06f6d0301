//! Adds entries. A commit holds the entries, the tree's new frontier and a checkpoint over it, or nothing of them; then the
//! checkpoint is written beside the database too. Several processes may add to one log, a commit at a time.

use crate::bytes::{hex, random};
use crate::canonical::canonical;
use crate::entry::{Action, Record};
use crate::folder::{private, replace, small};
use crate::keys::Keys;
use crate::merkle::{Frontier, leaf_hash};
use crate::seal::Sealed;
use crate::{AuditError, Checkpoint, Folder};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value;
use std::ops::Range;
use std::time::Duration;

pub(crate) const VERSION: i64 = 1;
/// Of each so many entries one checkpoint is kept for good: between two of them lies what was changed.
const KEPT_EVERY: u64 = 100;
/// How long a commit waits for that of another process.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, record TEXT) STRICT;
CREATE TABLE IF NOT EXISTS content (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS content_key (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS head
    (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL, note TEXT NOT NULL) STRICT;
";

/// The log, open for adding to it.
pub struct Log {
    folder: Folder,
    pub(crate) database: Connection,
    keys: Keys,
    /// The frontier and its note that this process has written or verified last.
    known: Option<(Vec<u8>, String)>,
}

impl Log {
    /// Makes what is missing: the folder, the keys, the database.
    ///
    /// # Errors
    /// Whatever keeps it from being written.
    pub fn open(folder: &Folder) -> Result<Self, AuditError> {
        folder.make()?;
        let _lock = folder.lock()?;
        let keys = Keys::of(folder)?;
        let path = folder.database();
        // SQLite makes its other files with the rights of this one.
        private().create(true).truncate(false).open(&path).map_err(AuditError::io(&path))?;
        let database = Connection::open(&path)?;
        database.busy_timeout(PATIENCE)?;
        // A file system that knows no shared memory keeps its own mode, which is right too, and slower.
        let _: String = database.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        database.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
        )?;
        match database.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            VERSION => {}
            0 => {
                // From here on it is never missing, unless somebody takes it away.
                if small(&folder.checkpoint())?.is_none() {
                    replace(&folder.checkpoint(), &Checkpoint::signed(0, Frontier::default().root(), &keys))?;
                }
                database.execute_batch(&format!(
                    "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT"
                ))?;
            }
            other => return Err(AuditError::Version(other)),
        }
        Ok(Self { folder: folder.clone(), database, keys, known: None })
    }

    /// No more than so many pages may be taken, as on a disk of that size.
    #[cfg(test)]
    pub(crate) fn limit(&self, pages: u32) {
        let _: i64 = self
            .database
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))
            .unwrap();
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Adds entries and gives their numbers. They are on the disk when this returns.
    ///
    /// # Errors
    /// Then nothing was added.
    pub fn append(&mut self, records: &[Record]) -> Result<Range<u64>, AuditError> {
        self.within(|_| Ok(records.to_vec())).map(|(range, _)| range)
    }

    /// Has `work` change the database and say what entries are to be added, in one commit.
    pub(crate) fn within(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<Vec<Record>, AuditError>,
    ) -> Result<(Range<u64>, usize), AuditError> {
        let Self { database, keys, known, folder } = self;
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut frontier = head(&transaction, keys, known)?;
        let mut records = work(&transaction)?;
        let asked = records.len();
        if asked == 0 {
            return Ok((frontier.size()..frontier.size(), 0));
        }
        // Seen before the checkpoint is replaced, and kept, so that it cannot be covered up by going on.
        if let Some(first) = records.first()
            && let Some(why) = unfit(folder, keys, &frontier)?
        {
            let alarm = first.entry.of_the_log(Action::Alarm, why);
            records.insert(0, Record { entry: alarm, content: None });
        }
        let before = frontier.size();
        for record in &records {
            frontier.push(add(&transaction, frontier.size(), record, keys)?);
        }
        let (size, bytes) = (frontier.size(), frontier.bytes());
        let note = Checkpoint::signed(size, frontier.root(), keys);
        transaction.execute(
            "INSERT OR REPLACE INTO head (one, size, frontier, note) VALUES (1, ?1, ?2, ?3)",
            params![signed(size), bytes, note],
        )?;
        if before / KEPT_EVERY < size / KEPT_EVERY {
            let kept = "INSERT OR REPLACE INTO checkpoint (size, note) VALUES (?1, ?2)";
            transaction.execute(kept, params![signed(size), note])?;
        }
        transaction.commit()?;
        if let Err(error) = publish(folder, keys, size, &note) {
            tracing::warn!(%error, "the audit log's checkpoint is not written beside it");
        }
        *known = Some((bytes, note));
        Ok((before..size, asked))
    }

    /// Brings all of the database into its one file and empties the other, as far as nobody reads it. False where somebody
    /// does.
    pub(crate) fn settle(&self) -> Result<bool, AuditError> {
        let busy: i64 = self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }
}

/// The tree as it is. What is in the database counts only with a signature of ours over it: to sign on from something else
/// would cover up that it was changed.
fn head(
    transaction: &Transaction<'_>,
    keys: &Keys,
    known: &Option<(Vec<u8>, String)>,
) -> Result<Frontier, AuditError> {
    let row = transaction
        .query_row("SELECT size, frontier, note FROM head", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    let Some((size, bytes, note)) = row else {
        let any: Option<i64> =
            transaction.query_row("SELECT seq FROM entry LIMIT 1", [], |row| row.get(0)).optional()?;
        return match any {
            None => Ok(Frontier::default()),
            Some(_) => Err(AuditError::Tampered("it has entries and no checkpoint")),
        };
    };
    let frontier = u64::try_from(size).ok().and_then(|size| Frontier::from_parts(size, &bytes));
    let frontier = frontier.ok_or(AuditError::Tampered("its tree is damaged"))?;
    if known.as_ref().is_some_and(|known| *known == (bytes, note.clone())) {
        return Ok(frontier);
    }
    let checkpoint = Checkpoint::verified(&note, &keys.verifier);
    let checkpoint =
        checkpoint.map_err(|_| AuditError::Tampered("its newest checkpoint is not signed by its key"))?;
    if (checkpoint.size, checkpoint.root) != (frontier.size(), frontier.root()) {
        return Err(AuditError::Tampered("its tree is not the one that was signed"));
    }
    let last: Option<i64> = transaction.query_row("SELECT max(seq) FROM entry", [], |row| row.get(0))?;
    if last.map_or(0, |last| last + 1) != size {
        return Err(AuditError::Tampered("its last entries are not those that were signed"));
    }
    Ok(frontier)
}

/// Why the checkpoint beside the database cannot be one of this log's past, which is then set aside.
fn unfit(folder: &Folder, keys: &Keys, frontier: &Frontier) -> Result<Option<&'static str>, AuditError> {
    let path = folder.checkpoint();
    let Some(text) = small(&path)? else { return Ok(Some("the checkpoint beside the log was taken away")) };
    let why = match Checkpoint::verified(&text, &keys.verifier) {
        Err(_) => "the checkpoint beside the log was not signed with its key; it is set aside",
        Ok(found) if found.size > frontier.size() => {
            "the log is shorter than the checkpoint beside it says; that is set aside"
        }
        Ok(found) if found.size == frontier.size() && found.root != frontier.root() => {
            "the log is another than the checkpoint beside it says; that is set aside"
        }
        Ok(_) => return Ok(None),
    };
    let aside = folder.path().join(format!("checkpoint.aside-{}", hex(&random::<4>()?)));
    std::fs::rename(&path, &aside).map_err(AuditError::io(&aside))?;
    tracing::error!(why, "the audit log");
    Ok(Some(why))
}

/// Adds one row; its leaf.
fn add(
    transaction: &Transaction<'_>,
    seq: u64,
    record: &Record,
    keys: &Keys,
) -> Result<[u8; 32], AuditError> {
    let mut value = serde_json::to_value(&record.entry)?;
    let sealed = match &record.content {
        Some(content) => Some(Sealed::new(content, &record.entry.id, &keys.content)?),
        None => None,
    };
    if let Value::Object(members) = &mut value {
        members.insert("v".into(), VERSION.into());
        members.insert("seq".into(), seq.into());
        // With it, the leaf of a record that is gone cannot be guessed from what the record may have said.
        members.insert("salt".into(), hex(&random::<16>()?).into());
        if let Some(sealed) = &sealed {
            members.insert("content".into(), hex(&Sealed::commitment(&sealed.content)).into());
        }
    }
    let text = canonical(&value)
        .ok_or_else(|| AuditError::Told("a record has a number that is too large".into()))?;
    let leaf = leaf_hash(text.as_bytes());
    let seq = signed(seq);
    transaction.execute(
        "INSERT INTO entry (seq, leaf, record) VALUES (?1, ?2, ?3)",
        params![seq, leaf.as_slice(), text],
    )?;
    if let Some(Sealed { content, key }) = sealed {
        transaction.execute("INSERT INTO content (seq, sealed) VALUES (?1, ?2)", params![seq, content])?;
        transaction.execute("INSERT INTO content_key (seq, sealed) VALUES (?1, ?2)", params![seq, key])?;
    }
    Ok(leaf)
}

/// Writes the checkpoint beside the database, unless another process has written a newer one meanwhile.
fn publish(folder: &Folder, keys: &Keys, size: u64, note: &str) -> Result<(), AuditError> {
    let _lock = folder.lock()?;
    let path = folder.checkpoint();
    let there = small(&path)?.and_then(|text| Checkpoint::verified(&text, &keys.verifier).ok());
    if there.is_none_or(|there| there.size < size) {
        replace(&path, note)?;
    }
    Ok(())
}

/// As SQLite has numbers.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
