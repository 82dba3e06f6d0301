//! One part of a file, gone on with from where a connection broke off.

use super::find::{Found, range};
use super::patience::{Attempt, refusal};
use super::{Job, Patience, PullError};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use trust_inference::CancelToken;

const BUFFER: usize = 64 << 10;

/// Fetches these bytes of the file into their place.
pub fn fetch(
    job: &Job<'_>,
    found: &Found,
    mut piece: Range<u64>,
    total: u64,
    file: &File,
    stop: &CancelToken,
) -> Result<(), PullError> {
    let mut patience = Patience::new(job);
    while !piece.is_empty() {
        let before = piece.start;
        let failed = match attempt(job, found, &mut piece, total, file, stop) {
            Ok(()) => continue,
            Err(failed) => failed,
        };
        if piece.start > before {
            patience.again();
        }
        patience.wait(failed, stop)?;
    }
    Ok(())
}

fn attempt(
    job: &Job<'_>,
    found: &Found,
    piece: &mut Range<u64>,
    total: u64,
    file: &File,
    stop: &CancelToken,
) -> Result<(), Attempt> {
    let mut headers = vec![("range", format!("bytes={}-{}", piece.start, piece.end - 1))];
    if let Some(tag) = &found.tag {
        headers.push(("if-range", tag.clone()));
    }
    let mut answer = job.get(found.to(), &found.address, headers, stop)?;
    let host = found.address.host();
    match answer.status() {
        206 => {}
        // It is another one by now: all of it comes, and nothing of it is of use.
        200 | 412 | 416 => return Err(Attempt::Failed(PullError::Changed)),
        300..=399 | 401 | 403 | 404 | 410 => return Err(Attempt::Failed(PullError::Expired)),
        _ => return Err(refusal(&answer, host)),
    }
    match answer.header("content-range").and_then(range) {
        Some((first, _, said)) if first == piece.start && said.is_none_or(|said| said == total) => {}
        Some((_, _, Some(said))) if said != total => return Err(Attempt::Failed(PullError::Changed)),
        _ => {
            let told = format!("{host} answers with another range than it was asked for");
            return Err(Attempt::Failed(PullError::Host(told)));
        }
    }
    let mut buffer = vec![0; BUFFER];
    while !piece.is_empty() {
        let room = buffer.len().min(usize::try_from(piece.end - piece.start).unwrap_or(usize::MAX));
        let count = match answer.read(&mut buffer[..room]) {
            Ok(0) => return Err(Attempt::Again(format!("{host} ended the connection early"), None)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Attempt::Again(format!("{host}: {error}"), None)),
        };
        write_at(file, &buffer[..count], piece.start).map_err(|error| {
            let path = std::path::PathBuf::from("the file that is fetched");
            Attempt::Failed(super::disk(&path, &error))
        })?;
        piece.start += count as u64;
        job.counter.came(count as u64);
    }
    Ok(())
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        bytes = &bytes[count..];
        at += count as u64;
    }
    Ok(())
}
