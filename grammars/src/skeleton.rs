//! A source without its bodies: what a cutter keeps, and where each byte of it stands in the file.

use crate::lexer::{Flavor, Lexer, MAX_DEPTH};
use crate::{javascript, python, rust};

/// How a language's bodies are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cutter {
    Braces(Flavor),
    Indentation,
}

/// A text to be parsed instead of the file's. It is the file's with parts left out; a part may be replaced by a
/// byte that stands for its last one.
#[derive(Debug, Default)]
pub(crate) struct Skeleton {
    pub text: String,
    /// Offsets in the skeleton and in the file, both ascending: from each on the two run side by side.
    seams: Vec<(u32, u32)>,
    /// What of the file has been kept or dropped.
    done: usize,
}

impl Skeleton {
    /// Of a whole file; `None` where its brackets do not match or nest too deep.
    pub fn cut(cutter: Cutter, source: &str) -> Option<Self> {
        let mut skeleton = Self { text: String::with_capacity(source.len() / 3), ..Self::default() };
        let whole = match cutter {
            Cutter::Braces(Flavor::Rust) => rust::cut(source, &mut skeleton),
            Cutter::Braces(flavor) => javascript::cut(source, flavor, &mut skeleton),
            Cutter::Indentation => python::cut(source, &mut skeleton),
        };
        skeleton.keep(source, source.len());
        whole.then_some(skeleton)
    }

    /// Keeps the file's text up to `end`.
    pub fn keep(&mut self, source: &str, end: usize) {
        let Some(kept) = source.get(self.done..end).filter(|kept| !kept.is_empty()) else { return };
        self.seams.push((self.text.len() as u32, self.done as u32));
        self.text.push_str(kept);
        self.done = end;
    }

    /// Keeps up to `start`, and leaves out what stands between it and `end`.
    pub fn drop(&mut self, source: &str, start: usize, end: usize) {
        if start < end && start >= self.done {
            self.keep(source, start);
            self.done = end;
        }
    }

    /// Like `drop`, with a byte that stands for the last one of the part.
    pub fn replace(&mut self, source: &str, start: usize, end: usize, with: char) {
        if start < end && start >= self.done {
            self.keep(source, start);
            self.seams.push((self.text.len() as u32, end as u32 - 1));
            self.text.push(with);
            self.done = end;
        }
    }

    /// Leaves out the comments before the token that was read last, where blanks part what stands around them.
    pub fn drop_comments(&mut self, source: &str, lexer: &mut Lexer) {
        for comment in lexer.comments.drain(..) {
            let blank = |at: usize| source.as_bytes().get(at).is_none_or(u8::is_ascii_whitespace);
            if comment.start == 0 || blank(comment.start - 1) || blank(comment.end) {
                self.drop(source, comment.start, comment.end);
            }
        }
    }

    /// Where the byte at `offset` of the skeleton stands in the file.
    pub fn offset(&self, offset: usize) -> usize {
        let after = self.seams.partition_point(|(own, _)| *own as usize <= offset);
        let (own, file) = self.seams.get(after.wrapping_sub(1)).copied().unwrap_or_default();
        offset - own as usize + file as usize
    }

    /// Where what ends before `offset` of the skeleton ends in the file.
    pub fn end(&self, offset: usize) -> usize {
        offset.checked_sub(1).map_or(0, |last| self.offset(last) + 1)
    }
}

/// Whether brackets nest deeper than anyone writes, in a language without a cutter.
pub(crate) fn nests_too_deep(source: &str) -> bool {
    let mut depth = 0usize;
    source.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}
