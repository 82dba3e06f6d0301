//! Reads entries, the oldest first, as they were at one moment.

use crate::bytes::hex;
use crate::entry::{Content, Entry};
use crate::keys::content_key;
use crate::log::VERSION;
use crate::seal::Sealed;
use crate::{Action, AuditError, Feature, Folder};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::time::Duration;

/// The longest text or blob that is read.
const LONGEST: i32 = 64 << 20;

pub struct Reader {
    pub(crate) database: Connection,
    key: Option<[u8; 32]>,
}

/// One entry as it lies in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub seq: u64,
    /// In hexadecimal digits.
    pub leaf: String,
    /// The bytes that the leaf is of; `None` once they are erased.
    pub record: Option<String>,
    /// What they say; `None` too where they say nothing that this program knows.
    pub entry: Option<Entry>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Microseconds since 1970, UTC: from the one to before the other.
    pub since: Option<u64>,
    pub before: Option<u64>,
    pub feature: Option<Feature>,
    pub action: Option<Action>,
    /// A file, or a folder that it lies in, from the workspace.
    pub file: Option<String>,
    pub workspace: Option<String>,
    pub seq: Option<u64>,
}

impl Filter {
    pub fn takes(&self, seq: u64, entry: &Entry) -> bool {
        let file = |wanted: &String| {
            let inside = |path: &str| path.strip_prefix(wanted.trim_end_matches('/')).is_some_and(is_end);
            entry.files.iter().any(|file| inside(&file.path))
        };
        self.since.is_none_or(|since| entry.time >= since)
            && self.before.is_none_or(|before| entry.time < before)
            && self.feature.is_none_or(|feature| entry.feature == feature)
            && self.action.is_none_or(|action| entry.action == action)
            && self.seq.is_none_or(|wanted| wanted == seq)
            && self.workspace.as_ref().is_none_or(|wanted| entry.workspace.as_ref() == Some(wanted))
            && self.file.as_ref().is_none_or(file)
    }
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

impl Reader {
    /// # Errors
    /// There is no log, or it cannot be read.
    pub fn open(folder: &Folder) -> Result<Self, AuditError> {
        let path = folder.database();
        if !path.is_file() {
            return Err(AuditError::Missing(folder.path().to_owned()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(&path, flags)?;
        database.busy_timeout(Duration::from_secs(5))?;
        // The file may come from anybody.
        database.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
        database.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
        match database.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            VERSION => {}
            0 => return Err(AuditError::Missing(folder.path().to_owned())),
            other => return Err(AuditError::Version(other)),
        }
        database.execute_batch("BEGIN")?;
        Ok(Self { database, key: content_key(folder)? })
    }

    /// Calls `visit` with each entry.
    ///
    /// # Errors
    /// What keeps them from being read, or the first error of `visit`.
    pub fn each(&self, mut visit: impl FnMut(Row) -> Result<(), AuditError>) -> Result<(), AuditError> {
        let mut statement = self.database.prepare("SELECT seq, leaf, record FROM entry ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let leaf: Vec<u8> = row.get(1)?;
            let record: Option<String> = row.get(2)?;
            let entry = record.as_deref().and_then(|record| serde_json::from_str(record).ok());
            let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
            visit(Row { seq, leaf: hex(&leaf), record, entry })?;
        }
        Ok(())
    }

    /// What was said in an entry, where that was kept and is not erased.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn content(&self, row: &Row) -> Result<Option<Content>, AuditError> {
        let (Some(key), Some(entry)) = (&self.key, &row.entry) else { return Ok(None) };
        let sealed = "SELECT c.sealed, k.sealed FROM content c JOIN content_key k USING (seq) WHERE seq = ?1";
        let seq = i64::try_from(row.seq).unwrap_or(i64::MAX);
        let found = self
            .database
            .query_row(sealed, params![seq], |row| Ok(Sealed { content: row.get(0)?, key: row.get(1)? }));
        Ok(found.optional()?.and_then(|sealed| sealed.open(&entry.id, key)))
    }
}
