//! What is sent is written down: a line before the first byte, a line when it is over. Neither holds anything of the content,
//! nor what stands behind the path of an address. A file that has grown long is set aside under a number; none is ever deleted.

use super::{Outgoing, To};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use trust_wire::Departure;

/// Bytes from which on a file is set aside.
const LONG: u64 = 4 << 20;

pub struct Record {
    path: Option<PathBuf>,
    long: u64,
    begun: AtomicU64,
}

/// A request that is under way.
pub struct Entry {
    file: File,
    begun: Instant,
    pub departure: Departure,
}

impl Record {
    pub fn at(path: Option<PathBuf>) -> Self {
        Self { path, long: LONG, begun: AtomicU64::new(0) }
    }

    pub fn begin(&self, out: &Outgoing<'_>, bytes: usize, masked: usize) -> io::Result<Entry> {
        let path = self.path.as_ref().ok_or_else(|| io::Error::other("there is no home folder; set HOME"))?;
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        // Where that is not possible, it grows on.
        let _ = set_aside(path, self.long);
        let file = open(path).map_err(told)?;
        let id = format!("{:x}-{:x}", std::process::id(), self.begun.fetch_add(1, Ordering::Relaxed));
        let (class, endpoint) = match out.to {
            To::Asked | To::Redirected => (Departure::DOWNLOAD, None),
            To::Detect => ("loopback", None),
            To::Engine(endpoint, _) => (endpoint.class.name(), Some(endpoint.name.as_str())),
        };
        let departure = Departure {
            id,
            purpose: out.purpose.to_owned(),
            class: class.to_owned(),
            host: out.address.host().to_owned(),
            bytes: bytes as u64,
            masked: masked as u64,
        };
        let entry = Entry { file, begun: Instant::now(), departure };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let line = json!({
            "id": entry.departure.id, "event": "begins", "time": time, "purpose": out.purpose, "class": class,
            "endpoint": endpoint, "host": out.address.host(), "path": out.address.path(),
            "method": if out.body.is_some() { "POST" } else { "GET" }, "bytes": bytes, "masked": masked,
        });
        entry.write(&line).map_err(told)?;
        Ok(entry)
    }
}

impl Entry {
    /// How it came out. What cannot be written here was written when it began.
    pub fn end(&self, outcome: &str, status: Option<u16>, received: u64) {
        let milliseconds = self.begun.elapsed().as_millis() as u64;
        let line = json!({
            "id": self.departure.id, "event": "ends", "outcome": outcome, "status": status, "received": received,
            "milliseconds": milliseconds,
        });
        let _ = self.write(&line);
    }

    fn write(&self, line: &serde_json::Value) -> io::Result<()> {
        // In one piece, so that lines of several processes do not mix.
        (&self.file).write_all(format!("{line}\n").as_bytes())
    }
}

/// Gives a long file the next number: `sent.1.jsonl`. Whoever is writing to it goes on there.
fn set_aside(path: &Path, long: u64) -> io::Result<()> {
    let is_long = || std::fs::metadata(path).is_ok_and(|metadata| metadata.len() >= long);
    if !is_long() {
        return Ok(());
    }
    // One process at a time; the lock goes with the file.
    let lock = open(&path.with_extension("lock"))?;
    lock.lock()?;
    if !is_long() {
        return Ok(());
    }
    let free =
        (1u32..).map(|number| path.with_extension(format!("{number}.jsonl"))).find(|path| !path.exists());
    free.map_or(Ok(()), |free| std::fs::rename(path, free))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    }
    if let Some(parent) = path.parent() {
        folder.create(parent)?;
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests read the files that they had written")]
    use super::*;
    use crate::egress::Address;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn long_files_are_set_aside_and_no_line_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sent.jsonl");
        let address: Address = "http://127.0.0.1:1/v1/models".parse().unwrap();
        let (writers, requests) = (4, 50);
        std::thread::scope(|scope| {
            for _ in 0..writers {
                let record = Record { path: Some(path.clone()), long: 2000, begun: AtomicU64::new(0) };
                let address = &address;
                scope.spawn(move || {
                    let pause = std::time::Duration::ZERO;
                    let out = Outgoing {
                        to: To::Detect,
                        purpose: "detect",
                        address,
                        headers: &[],
                        body: None,
                        leaving: None,
                        first: pause,
                        stall: pause,
                    };
                    for _ in 0..requests {
                        record.begin(&out, 7, 0).unwrap().end("ok", Some(200), 3);
                    }
                });
            }
        });
        let (mut begun, mut ended, mut files) = (0, 0, BTreeSet::new());
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            files.insert(file.file_name().into_string().unwrap());
            for line in std::fs::read_to_string(file.path()).unwrap().lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                match line["event"].as_str() {
                    Some("begins") => begun += 1,
                    _ => ended += 1,
                }
            }
        }
        assert_eq!((begun, ended), (writers * requests, writers * requests));
        assert!(
            files.len() > 10 && files.contains("sent.1.jsonl") && files.contains("sent.2.jsonl"),
            "{files:?}"
        );
    }
}
