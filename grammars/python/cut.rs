//! Leaves out of a Python file what defines nothing for others: bodies of functions, arguments, values, comments.

use crate::lexer::MAX_DEPTH;
use crate::skeleton::Skeleton;

/// A line as Python counts them: it goes on inside brackets and behind a backslash.
struct Line {
    /// Where its code ends, comments and blanks left out.
    code_end: usize,
    /// The line break, or the colon that was looked for.
    end: usize,
}

/// False where brackets do not match or a string has no end.
pub(crate) fn cut(source: &str, skeleton: &mut Skeleton) -> bool {
    let reader = Reader { source, bytes: source.as_bytes() };
    reader.cut(skeleton).is_some()
}

struct Reader<'a> {
    source: &'a str,
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn cut(&self, skeleton: &mut Skeleton) -> Option<()> {
        let mut at = 0;
        while at < self.bytes.len() {
            let (indent, start) = self.indent(at);
            at = match self.byte(start) {
                b'\n' => start + 1,
                _ if self.is_function(start) => self.function(indent, start, skeleton)?,
                _ => self.line(start, false, Some(skeleton))?.end + 1,
            };
        }
        Some(())
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    /// The indentation of the line that begins at `at`, in columns, and where its text begins.
    fn indent(&self, at: usize) -> (usize, usize) {
        let (mut columns, mut at) = (0, at);
        loop {
            match self.byte(at) {
                b' ' => columns += 1,
                b'\t' => columns = (columns / 8 + 1) * 8,
                b'\x0c' | b'\r' => columns = 0,
                _ => return (columns, at),
            }
            at += 1;
        }
    }

    fn is_function(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let rest = rest.strip_prefix(b"async ").map_or(rest, <[u8]>::trim_ascii_start);
        rest.strip_prefix(b"def")
            .and_then(<[u8]>::first)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\\'))
    }

    /// Cuts the function whose header begins at `start`; where the next line begins.
    fn function(&self, indent: usize, start: usize, skeleton: &mut Skeleton) -> Option<usize> {
        let colon = self.line(start, true, Some(skeleton))?.end;
        if self.byte(colon) != b':' {
            return Some(colon + 1);
        }
        let first = self.line(colon + 1, false, None)?;
        let (end, next) = if first.code_end > colon + 1 {
            (first.code_end, first.end + 1)
        } else {
            self.block(indent, first.end + 1)?
        };
        skeleton.replace(self.source, colon + 1, end, '0');
        Some(next)
    }

    /// Where the code of the lines indented deeper ends, and where the next line begins.
    fn block(&self, indent: usize, from: usize) -> Option<(usize, usize)> {
        let (mut end, mut next, mut at) = (0, from, from);
        while at < self.bytes.len() {
            let (deeper, text) = self.indent(at);
            match self.byte(text) {
                b'\n' => at = text + 1,
                b'#' => at = self.line(text, false, None)?.end + 1,
                _ if deeper > indent => {
                    let line = self.line(text, false, None)?;
                    (end, at, next) = (line.code_end, line.end + 1, line.end + 1);
                }
                _ => break,
            }
        }
        Some((end, next))
    }

    /// Reads to the end of a line, or to its first colon; leaves out of it what `skeleton` need not hold.
    fn line(&self, from: usize, to_colon: bool, mut skeleton: Option<&mut Skeleton>) -> Option<Line> {
        let (mut at, mut code_end, mut depth) = (from, from, 0usize);
        let mut emptied = None;
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            match byte {
                b'\n' if depth == 0 => return Some(Line { code_end, end: at }),
                b':' if to_colon && depth == 0 => return Some(Line { code_end, end: at }),
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => at += 1,
                b'\\' => at += if self.byte(at + 1) == b'\r' { 3 } else { 2 },
                b'#' => {
                    let rest = &self.bytes[at..];
                    let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    if let Some(skeleton) = skeleton.as_mut().filter(|_| depth == 0) {
                        skeleton.drop(self.source, at, end);
                    }
                    at = end;
                }
                b'"' | b'\'' => {
                    let (end, quotes) = self.string_end(at)?;
                    if let Some(skeleton) = skeleton.as_mut().filter(|_| depth == 0 && quotes == 3) {
                        skeleton.drop(self.source, at + quotes, end - quotes);
                    }
                    (at, code_end) = (end, end);
                }
                b'(' | b'[' | b'{' => {
                    if depth == 0 && skeleton.is_some() && self.may_be_empty(from, at) {
                        emptied = Some(at + 1);
                    }
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return None;
                    }
                    at += 1;
                }
                b')' | b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    if let (0, Some(start), Some(skeleton)) = (depth, emptied, skeleton.as_mut()) {
                        skeleton.drop(self.source, start, at);
                        emptied = None;
                    }
                    at += 1;
                    code_end = at;
                }
                _ => {
                    at += 1;
                    code_end = at;
                }
            }
        }
        (depth == 0).then_some(Line { code_end, end: self.bytes.len() })
    }

    /// Behind the string that begins at `at`, and how many quotes it has at either end.
    fn string_end(&self, at: usize) -> Option<(usize, usize)> {
        let quote = self.bytes[at];
        let triple = self.byte(at + 1) == quote && self.byte(at + 2) == quote;
        let quotes = if triple { 3 } else { 1 };
        let mut at = at + quotes;
        loop {
            match *self.bytes.get(at)? {
                b'\\' => at += 2,
                b'\n' if !triple => return None,
                byte if byte == quote => {
                    if !triple || self.byte(at + 1) == quote && self.byte(at + 2) == quote {
                        return Some((at + quotes, quotes));
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Whether the bracket at `at`, in a line that begins at `line`, holds arguments, parameters or a value.
    fn may_be_empty(&self, line: usize, at: usize) -> bool {
        let before = &self.bytes[line..at];
        let word =
            before.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..)));
        let word = &before[word.map_or(0, |at| at + 1)..];
        if !word.is_empty() {
            let is_keyword = super::SPEC.keywords.iter().any(|keyword| keyword.as_bytes() == word);
            return self.bytes[at] == b'(' && !is_keyword;
        }
        let before = before.trim_ascii_end();
        before.strip_suffix(b"=").is_some_and(|rest| !rest.ends_with(b"="))
    }
}
