//! A lexer for languages with braces: words, brackets, single signs and literals, by byte classes.
//!
//! It knows just enough to match brackets: strings, comments, characters and lifetimes, raw strings, regular
//! expressions, templates, and elements of JSX. What it cannot match makes it [`Lexer::is_broken`].

mod literals;

use std::ops::Range;

/// How deep brackets, templates and elements may be nested; nobody writes more.
pub(crate) const MAX_DEPTH: usize = 512;

/// What a language's literals look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    Rust,
    /// JavaScript and TypeScript; the flag: with JSX.
    Script(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Open(u8),
    Close(u8),
    /// One byte that is none of the others.
    Sign(u8),
    /// A string, character, number, lifetime, regular expression, template or element.
    Literal,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Word,
    Digit,
    Quote,
    Slash,
    Open,
    Close,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\r' | b'\n' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => Class::Word,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' | b'`' => Class::Quote,
            b'/' => Class::Slash,
            b'(' | b'[' | b'{' => Class::Open,
            b')' | b']' | b'}' => Class::Close,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

pub(crate) struct Lexer<'a> {
    source: &'a [u8],
    flavor: Flavor,
    position: usize,
    /// The brackets that are open.
    open: Vec<u8>,
    previous: Option<Token>,
    nested: usize,
    /// Bytes read for elements of JSX that turned out to be none.
    wasted: usize,
    broken: bool,
    /// Comments outside groups that are skipped, where the caller wants them.
    pub comments: Vec<Range<usize>>,
}

impl<'a> Lexer<'a> {
    pub fn new(source: &'a str, flavor: Flavor) -> Self {
        Self {
            source: source.as_bytes(),
            flavor,
            position: 0,
            open: Vec::new(),
            previous: None,
            nested: 0,
            wasted: 0,
            broken: false,
            comments: Vec::new(),
        }
    }

    /// Brackets did not match, or a literal had no end.
    pub fn is_broken(&self) -> bool {
        self.broken || !self.open.is_empty()
    }

    pub fn word(&self, token: Token) -> &'a [u8] {
        self.source.get(token.start..token.end).unwrap_or_default()
    }

    /// The first byte of what comes next.
    pub fn peek(&self) -> u8 {
        let rest = self.source.get(self.position..).unwrap_or_default();
        rest.iter().copied().find(|byte| !byte.is_ascii_whitespace()).unwrap_or(0)
    }

    /// Goes on behind the bracket that closes the one given last; where that bracket begins.
    pub fn skip_group(&mut self) -> Option<usize> {
        let depth = self.open.len();
        let comments = self.comments.len();
        while let Some(token) = self.next() {
            if self.open.len() < depth {
                self.comments.truncate(comments);
                return Some(token.start);
            }
        }
        None
    }

    fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    fn give(&mut self, kind: Kind, start: usize, end: usize) -> Option<Token> {
        self.position = end;
        self.previous = Some(Token { kind, start, end });
        self.previous
    }

    fn fail(&mut self) -> Option<Token> {
        self.broken = true;
        self.position = self.source.len();
        None
    }

    fn word_end(&self, from: usize) -> usize {
        let rest = self.source.get(from..).unwrap_or_default();
        let length =
            rest.iter().position(|byte| !matches!(CLASSES[usize::from(*byte)], Class::Word | Class::Digit));
        from + length.unwrap_or(rest.len())
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        loop {
            let at = self.position;
            let byte = *self.source.get(at)?;
            match CLASSES[usize::from(byte)] {
                Class::Blank => self.position += 1,
                Class::Word => {
                    let end = self.word_end(at);
                    if self.flavor == Flavor::Rust && end - at < 3 && matches!(self.byte(end), b'"' | b'#') {
                        match self.raw_string_end(&self.source[at..end], end) {
                            Some(Some(end)) => return self.give(Kind::Literal, at, end),
                            Some(None) => return self.fail(),
                            None => {}
                        }
                    }
                    return self.give(Kind::Word, at, end);
                }
                Class::Digit => {
                    let end = self.word_end(at);
                    return self.give(Kind::Literal, at, end);
                }
                Class::Quote => return self.quoted(at),
                Class::Slash => match self.comment_end(at) {
                    Some(Some(end)) => {
                        self.comments.push(at..end);
                        self.position = end;
                    }
                    Some(None) => return self.fail(),
                    None => return self.slash(at),
                },
                Class::Open => {
                    if self.open.len() >= MAX_DEPTH {
                        return self.fail();
                    }
                    self.open.push(byte);
                    return self.give(Kind::Open(byte), at, at + 1);
                }
                Class::Close => {
                    let opens = match byte {
                        b')' => b'(',
                        b']' => b'[',
                        _ => b'{',
                    };
                    if self.open.pop() != Some(opens) {
                        return self.fail();
                    }
                    return self.give(Kind::Close(byte), at, at + 1);
                }
                Class::Other
                    if byte == b'<'
                        && self.flavor == Flavor::Script(true)
                        && self.wasted < 4 * self.source.len()
                        && self.begins_value() =>
                {
                    return self.element(at);
                }
                Class::Other => return self.give(Kind::Sign(byte), at, at + 1),
            }
        }
    }
}
