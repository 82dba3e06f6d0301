//! Reading foreign bytes: every read is first checked against the length of the file and a budget.

use crate::GgufError;
use std::io::{BufRead, Read};

/// The most that header, metadata and tensor directory may take together. A tokenizer of 260,000 tokens
/// with its merges takes 15 MiB.
const BUDGET: u64 = 64 << 20;

/// Little-endian values from a source of known length.
pub struct Source<R> {
    reader: R,
    offset: u64,
    length: u64,
}

impl<R: BufRead> Source<R> {
    /// `length` is what the source holds in all, in bytes.
    pub fn new(reader: R, length: u64) -> Self {
        Self { reader, offset: 0, length }
    }

    /// Bytes read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether `size` more bytes are there and within the budget; `what` names them in the error.
    pub fn claim(&self, size: u64, what: &str) -> Result<(), GgufError> {
        let Self { offset, length, .. } = *self;
        let end = offset.saturating_add(size);
        let what = || what.to_string();
        if end > length {
            // A damaged length can be anything; a missing end is the more likely cause below that.
            if size > i64::MAX as u64 {
                return Err(GgufError::TooLarge { what: what(), offset, limit: "any file's length".into() });
            }
            return Err(GgufError::Truncated { what: what(), offset, expected: end, found: length });
        }
        if end > BUDGET {
            return Err(GgufError::TooLarge { what: what(), offset, limit: "64 MiB of metadata".into() });
        }
        Ok(())
    }

    /// [`Self::claim`] for `count` items of at least `size` bytes each.
    pub fn claim_items(&self, count: u64, size: u64, what: &str) -> Result<(), GgufError> {
        self.claim(count.saturating_mul(size), &format!("{count} {what}"))
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], GgufError> {
        self.claim(N as u64, what)?;
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.offset += N as u64;
        Ok(bytes)
    }

    pub fn magic(&mut self) -> Result<[u8; 4], GgufError> {
        self.array("the file's first four bytes")
    }

    pub fn u8(&mut self, what: &str) -> Result<u8, GgufError> {
        self.array(what).map(u8::from_le_bytes)
    }

    pub fn u16(&mut self, what: &str) -> Result<u16, GgufError> {
        self.array(what).map(u16::from_le_bytes)
    }

    pub fn u32(&mut self, what: &str) -> Result<u32, GgufError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub fn u64(&mut self, what: &str) -> Result<u64, GgufError> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// A length-prefixed run of bytes, at most `limit` of them, into `buffer`.
    pub fn bytes(&mut self, buffer: &mut Vec<u8>, limit: u64, what: &str) -> Result<(), GgufError> {
        let size = self.u64(what)?;
        self.claim(size, what)?;
        if size > limit {
            let (what, offset) = (what.to_string(), self.offset);
            return Err(GgufError::TooLarge { what, offset, limit: format!("{limit} bytes") });
        }
        buffer.clear();
        buffer.resize(size as usize, 0);
        self.reader.read_exact(buffer)?;
        self.offset += size;
        Ok(())
    }

    /// A length-prefixed string of utf-8, at most `limit` bytes.
    pub fn string(&mut self, limit: u64, what: &str) -> Result<String, GgufError> {
        let offset = self.offset;
        let mut buffer = Vec::new();
        self.bytes(&mut buffer, limit, what)?;
        String::from_utf8(buffer)
            .map_err(|_| GgufError::Damaged { problem: format!("{what} is not utf-8"), offset })
    }

    /// Passes over `size` bytes.
    pub fn skip(&mut self, size: u64, what: &str) -> Result<(), GgufError> {
        self.claim(size, what)?;
        let skipped = std::io::copy(&mut (&mut self.reader).take(size), &mut std::io::sink())?;
        self.offset += skipped;
        if skipped < size {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }
}
