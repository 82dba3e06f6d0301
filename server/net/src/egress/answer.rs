//! An answer, read as it comes. How it came out is written down when it goes.

use super::record::Entry;
use std::io::{self, Read};
use trust_inference::CancelToken;
use ureq::http::{HeaderMap, Response};
use ureq::{Body, BodyReader};

pub struct Answer {
    status: u16,
    headers: HeaderMap,
    reader: BodyReader<'static>,
    entry: Entry,
    received: u64,
    /// What ended the reading before its end.
    broken: Option<String>,
    cancel: CancelToken,
}

impl Answer {
    pub(super) fn new(response: Response<Body>, entry: Entry, cancel: CancelToken) -> Self {
        let (parts, body) = response.into_parts();
        let (status, headers, reader) = (parts.status.as_u16(), parts.headers, body.into_reader());
        Self { status, headers, reader, entry, received: 0, broken: None, cancel }
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header, where it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// The rest as text, of which no more than `most` bytes are read.
    ///
    /// # Errors
    /// The answer breaks off.
    pub fn text(&mut self, most: u64) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.take(most).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Read for Answer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer).inspect_err(|error| self.broken = Some(error.to_string()))?;
        self.received += count as u64;
        Ok(count)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let outcome = match &self.broken {
            _ if self.cancel.is_cancelled() => "cancelled",
            Some(broken) => broken,
            None => "answered",
        };
        self.entry.end(outcome, Some(self.status), self.received);
    }
}
