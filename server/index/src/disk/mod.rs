//! The index on disk: one file with the segment as it was, and a log of what changed since. It is a cache: what
//! is torn, damaged, or of another version is dropped, and built again.
//!
//! One server writes, the one that holds the lock; others read at their start, and keep what is theirs in memory.

#![allow(clippy::disallowed_methods, reason = "the one place that reads and writes the index's own files")]

mod bytes;
mod coder;
mod format;
mod stale;

use crate::file::IndexedFile;
use crate::private::{make_private, private_file};
use crate::segment::Segment;
use crate::store::Unsaved;
use crate::view::View;
use bytes::{Reader, Writer};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: u64 = u64::from_le_bytes(*b"trustidx");
/// A log that is longer than this share of the segment is folded into it, but no sooner than at this length.
const FOLD_SHARE: u64 = 10;
const FOLD_BYTES: u64 = 1 << 20;
/// A file that is longer is none of ours: twice what the largest workspace takes.
const MAX_BYTES: u64 = 512 << 20;

/// The folder of one workspace's index.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    /// Held by the server that writes, for as long as it lives; another takes it over then.
    lock: File,
    writes: bool,
    /// The segment on disk: its checksum, which the log names, and its length.
    base: Option<(u64, u64)>,
    log: Option<File>,
    log_bytes: u64,
}

impl Disk {
    /// Inside `cache`, a folder that only the user may enter.
    ///
    /// # Errors
    /// Whatever keeps the folder from being made; the index then lives in memory alone.
    pub fn open(cache: &Path, roots: &[&Path]) -> io::Result<Self> {
        let key = stale::key(roots);
        let all = cache.join("index");
        let folder = all.join(format!("{:016x}", xxh3_64(&key)));
        make_private(&folder)?;
        stale::note(&folder, &key)?;
        stale::sweep(&all, SystemTime::now());
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        let writes = lock.try_lock().is_ok();
        Ok(Self { folder, lock, writes, base: None, log: None, log_bytes: 0 })
    }

    /// Whether this server writes, as it does from now on where the one that did has ended.
    pub fn writes(&mut self) -> bool {
        if !self.writes && self.lock.try_lock().is_ok() {
            // What lies there by now is the other's; it is written anew.
            (self.writes, self.base, self.log, self.log_bytes) = (true, None, None, 0);
        }
        self.writes
    }

    /// What was there, as parts: a segment, then the files that changed or left since.
    pub fn load(&mut self) -> Option<(Segment, Vec<(PathBuf, Option<Segment>)>)> {
        let bytes = read(&self.folder.join("segment"))?;
        let mut reader = Reader(&bytes);
        let header = (reader.word()?, reader.word()?, reader.word()?);
        let hash = xxh3_64(reader.0);
        if header != (MAGIC, format::version(), hash) {
            return None;
        }
        let segment = format::decode(reader.0)?;
        self.base = Some((hash, bytes.len() as u64));
        let log = read(&self.folder.join("log")).unwrap_or_default();
        let mut changes = Vec::new();
        let mut good = 0;
        let mut reader = Reader(&log);
        if (reader.word(), reader.word(), reader.word()) == (Some(MAGIC), Some(format::version()), Some(hash))
        {
            good = log.len() - reader.0.len();
            while let Some(change) = read_record(&mut reader) {
                good = log.len() - reader.0.len();
                changes.push(change);
            }
        }
        if self.writes && good > 0 {
            // A torn tail would hide what is appended behind it.
            let file = OpenOptions::new().append(true).open(self.folder.join("log")).ok();
            self.log = file.filter(|file| file.set_len(good as u64).is_ok());
            self.log_bytes = good as u64;
        }
        Some((segment, changes))
    }

    /// Writes what has changed since the last time.
    pub fn save(&mut self, unsaved: Unsaved) -> io::Result<()> {
        let Unsaved { whole, changes, view } = unsaved;
        if !self.writes() {
            return Ok(());
        }
        let limit = self.base.map_or(0, |(_, bytes)| FOLD_BYTES.max(bytes / FOLD_SHARE));
        if whole || self.base.is_none() || self.log_bytes > limit {
            return self.write_segment(&view);
        }
        let mut records = Writer::default();
        for (path, segment) in &changes {
            let Some(path) = path.to_str() else { continue };
            let mut record = Writer::default();
            record.after("", path);
            if let Some(segment) = segment {
                record.0.extend(format::encode(segment));
            }
            records.word(record.0.len() as u64);
            records.word(xxh3_64(&record.0));
            records.0.append(&mut record.0);
        }
        if !records.0.is_empty() {
            self.append(&records.0)?;
        }
        Ok(())
    }

    fn append(&mut self, records: &[u8]) -> io::Result<()> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => {
                let mut header = Writer::default();
                header.words([MAGIC, format::version(), self.base.map_or(0, |(hash, _)| hash)]);
                let mut log = private_file().create(true).truncate(true).open(self.folder.join("log"))?;
                log.write_all(&header.0)?;
                self.log_bytes = header.0.len() as u64;
                log
            }
        };
        // After a failure the next call begins anew.
        if let Err(error) = log.write_all(records) {
            self.base = None;
            return Err(error);
        }
        self.log_bytes += records.len() as u64;
        self.log = Some(log);
        Ok(())
    }

    fn write_segment(&mut self, view: &View) -> io::Result<()> {
        // Until this one stands, nothing is appended to the one before: it would follow a log with a hole.
        self.base = None;
        // Open documents are not what is on the disk.
        let lies_there = |file: &Arc<IndexedFile>| file.text.is_none() && file.path.to_str().is_some();
        let whole = view.is_whole() && view.base.files.iter().all(lies_there);
        let body = match whole {
            true => format::encode(&view.base),
            false => format::encode(&view.merged(&|file| lies_there(file).then(|| Arc::clone(file)))),
        };
        let hash = xxh3_64(&body);
        let mut header = Writer::default();
        header.words([MAGIC, format::version(), hash]);
        let temporary = self.folder.join("segment.new");
        let mut file = private_file().create(true).truncate(true).open(&temporary)?;
        file.write_all(&header.0)?;
        file.write_all(&body)?;
        file.sync_all()?;
        fs::rename(&temporary, self.folder.join("segment"))?;
        if let Ok(folder) = File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        // The old log names the old segment: it counts no more, and may hold names that are excluded now.
        let _ = fs::remove_file(self.folder.join("log"));
        self.log = None;
        self.log_bytes = 0;
        self.base = Some((hash, (header.0.len() + body.len()) as u64));
        Ok(())
    }

    /// What the index takes on disk.
    pub fn bytes(&self) -> u64 {
        self.base.map_or(0, |(_, bytes)| bytes) + self.log_bytes
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let short = |file: &fs::Metadata| file.is_file() && file.len() <= MAX_BYTES;
    fs::metadata(path).ok().filter(short).and_then(|_| fs::read(path).ok())
}

/// The sections of a segment, and a segment of such: for tests that damage it.
#[cfg(test)]
pub(crate) fn sections(segment: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (_, mut reader) = segment.split_at_checked(24).map(|(header, body)| (header, Reader(body)))?;
    let mut found = Vec::new();
    while let Some(length) = reader.word() {
        reader.word()?;
        found.push(reader.take(length as usize)?.to_vec());
    }
    Some(found)
}

#[cfg(test)]
pub(crate) fn seal(sections: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Writer::default();
    for section in sections {
        body.words([section.len() as u64, xxh3_64(section)]);
        body.0.extend_from_slice(section);
    }
    let mut all = Writer::default();
    all.words([MAGIC, format::version(), xxh3_64(&body.0)]);
    all.0.append(&mut body.0);
    all.0
}

/// The next change; `None` at the end, and where a record is torn or damaged.
fn read_record(reader: &mut Reader) -> Option<(PathBuf, Option<Segment>)> {
    let (length, hash) = (reader.word()?, reader.word()?);
    let record = reader.take(usize::try_from(length).ok()?)?;
    if xxh3_64(record) != hash {
        return None;
    }
    let mut record = Reader(record);
    let mut path = String::new();
    record.after(&mut path)?;
    if record.0.is_empty() {
        return Some((path.into(), None));
    }
    let segment = format::decode(record.0).filter(|segment| segment.files.len() == 1)?;
    Some((path.into(), Some(segment)))
}
