//! What is sent is written down: a line before the first byte, a line when it is over. Neither holds anything of the content,
//! nor what stands behind the path of an address.

use super::{Outgoing, To};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub struct Record {
    path: Option<PathBuf>,
    begun: AtomicU64,
}

/// A request that is under way.
pub struct Entry {
    file: File,
    id: String,
    begun: Instant,
}

impl Record {
    pub fn at(path: Option<PathBuf>) -> Self {
        Self { path, begun: AtomicU64::new(0) }
    }

    pub fn begin(&self, out: &Outgoing<'_>, bytes: usize, masked: usize) -> io::Result<Entry> {
        let path = self.path.as_ref().ok_or_else(|| io::Error::other("there is no home folder; set HOME"))?;
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = open(path).map_err(told)?;
        let id = format!("{:x}-{:x}", std::process::id(), self.begun.fetch_add(1, Ordering::Relaxed));
        let entry = Entry { file, id, begun: Instant::now() };
        let (class, endpoint) = match out.to {
            To::Asked | To::Redirected => ("download", None),
            To::Detect => ("loopback", None),
            To::Engine(endpoint, _) => (endpoint.class.name(), Some(endpoint.name.as_str())),
        };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let line = json!({
            "id": entry.id, "event": "begins", "time": time, "purpose": out.purpose, "class": class,
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
            "id": self.id, "event": "ends", "outcome": outcome, "status": status, "received": received,
            "milliseconds": milliseconds,
        });
        let _ = self.write(&line);
    }

    fn write(&self, line: &serde_json::Value) -> io::Result<()> {
        // In one piece, so that lines of several processes do not mix.
        (&self.file).write_all(format!("{line}\n").as_bytes())
    }
}

fn open(path: &std::path::Path) -> io::Result<File> {
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
