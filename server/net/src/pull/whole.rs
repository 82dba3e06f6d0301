//! A file from a host that gives no parts of it: from its beginning, each time.

use super::find::Found;
use super::patience::{Attempt, refusal};
use super::{Job, Patience, PullError, disk, writable};
use std::io::{Read, Write};
use std::path::Path;

const BUFFER: usize = 64 << 10;

/// Fetches all of it; the bytes that were there before, which are none.
pub fn fetch(job: &Job<'_>, found: &Found, path: &Path) -> Result<u64, PullError> {
    let mut patience = Patience::new(job);
    loop {
        match attempt(job, found, path) {
            Ok(()) => return Ok(0),
            Err(failed) => patience.wait(failed, job.cancel)?,
        }
    }
}

fn attempt(job: &Job<'_>, found: &Found, path: &Path) -> Result<(), Attempt> {
    let written = |error: std::io::Error| Attempt::Failed(disk(path, &error));
    let mut answer = job.get(found.to(), &found.address, Vec::new(), job.cancel)?;
    let host = found.address.host();
    match answer.status() {
        200 => {}
        300..=399 => return Err(Attempt::Failed(PullError::Expired)),
        _ => return Err(refusal(&answer, host)),
    }
    let total = answer.header("content-length").and_then(|length| length.parse::<u64>().ok());
    let mut file = writable(path).map_err(written)?;
    file.set_len(0).map_err(written)?;
    job.counter.begin(0, total);
    let (mut buffer, mut done) = (vec![0; BUFFER], 0);
    loop {
        let count = match answer.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Attempt::Again(format!("{host}: {error}"), None)),
        };
        file.write_all(&buffer[..count]).map_err(written)?;
        done += count as u64;
        job.counter.came(count as u64);
    }
    if let Some(total) = total.filter(|total| *total != done) {
        return Err(Attempt::Again(format!("{host} gave {done} of {total} bytes"), None));
    }
    file.sync_all().map_err(written)
}
