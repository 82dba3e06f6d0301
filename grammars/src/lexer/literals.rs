//! Where literals and comments end. Those of scripts may hold code: templates, and elements of JSX.

use super::{Flavor, Kind, Lexer, MAX_DEPTH, Token};

/// How deep literals with code in them may be.
const MAX_NESTED_LITERALS: usize = 24;

impl Lexer<'_> {
    /// Where `needle` next stands.
    fn find(&self, from: usize, needle: &[u8]) -> Option<usize> {
        let rest = self.source.get(from..)?;
        rest.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
    }

    pub(super) fn quoted(&mut self, at: usize) -> Option<Token> {
        let quote = self.byte(at);
        match (self.flavor, quote) {
            (Flavor::Rust, b'\'') => {
                let next = self.byte(at + 1);
                let wide =
                    1 + self.source[at + 1..].iter().skip(1).take_while(|b| **b & 0xc0 == 0x80).count();
                if next == b'\\' {
                    match self.string_end(at + 1, b'\'') {
                        Some(end) => self.give(Kind::Literal, at, end),
                        None => self.fail(),
                    }
                } else if self.byte(at + 1 + wide) == b'\'' {
                    self.give(Kind::Literal, at, at + 2 + wide)
                } else {
                    let end = self.word_end(at + 1).max(at + 1);
                    self.give(Kind::Literal, at, end)
                }
            }
            (Flavor::Script(_), b'`') => match self.template_end(at + 1) {
                Some(end) => self.give(Kind::Literal, at, end),
                None => self.fail(),
            },
            (Flavor::Script(_), _) => {
                // A string ends on its line: otherwise this is the apostrophe of a text.
                match self.string_end(at + 1, quote) {
                    Some(end) => self.give(Kind::Literal, at, end),
                    None => self.give(Kind::Sign(quote), at, at + 1),
                }
            }
            (Flavor::Rust, b'"') => match self.string_end(at + 1, b'"') {
                Some(end) => self.give(Kind::Literal, at, end),
                None => self.fail(),
            },
            _ => self.give(Kind::Sign(quote), at, at + 1),
        }
    }

    /// Behind the quote that ends a string; `None` without one, in scripts on the same line.
    fn string_end(&self, from: usize, quote: u8) -> Option<usize> {
        let one_line = self.flavor != Flavor::Rust;
        let mut at = from;
        loop {
            match *self.source.get(at)? {
                b'\\' => at += 2,
                b'\n' if one_line => return None,
                byte if byte == quote => return Some(at + 1),
                _ => at += 1,
            }
        }
    }

    /// `r"..."`, `br#"..."#` and kin, where a word ends at `at`.
    pub(super) fn raw_string_end(&self, word: &[u8], at: usize) -> Option<Option<usize>> {
        if !matches!(word, b"r" | b"br" | b"cr") {
            return None;
        }
        let hashes = self.source[at..].iter().take_while(|byte| **byte == b'#').count();
        if self.byte(at + hashes) != b'"' {
            return None;
        }
        let mut closing = vec![b'#'; hashes + 1];
        closing[0] = b'"';
        Some(self.find(at + hashes + 1, &closing).map(|end| end + closing.len()))
    }

    fn template_end(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match *self.source.get(at)? {
                b'\\' => at += 2,
                b'`' => return Some(at + 1),
                b'$' if self.byte(at + 1) == b'{' => at = self.code_end(at + 1)?,
                _ => at += 1,
            }
        }
    }

    /// Behind the `}` that closes the `{` at `at`.
    fn code_end(&mut self, at: usize) -> Option<usize> {
        if self.nested >= MAX_NESTED_LITERALS {
            return None;
        }
        self.nested += 1;
        self.position = at;
        self.next();
        let closed = self.skip_group();
        self.nested -= 1;
        closed.map(|at| at + 1)
    }

    /// Behind the comment at `at`; `Some(None)` where it has no end, `None` where there is none.
    pub(super) fn comment_end(&self, at: usize) -> Option<Option<usize>> {
        match self.byte(at + 1) {
            b'/' => {
                let rest = &self.source[at..];
                Some(Some(at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())))
            }
            b'*' => Some(self.block_comment_end(at + 2)),
            _ => None,
        }
    }

    pub(super) fn slash(&mut self, at: usize) -> Option<Token> {
        let regex = self.flavor != Flavor::Rust && self.begins_value();
        match regex.then(|| self.regex_end(at + 1)).flatten() {
            Some(end) => self.give(Kind::Literal, at, end),
            None => self.give(Kind::Sign(b'/'), at, at + 1),
        }
    }

    fn block_comment_end(&self, from: usize) -> Option<usize> {
        let (mut at, mut depth) = (from, 1usize);
        loop {
            let star = at + self.source.get(at..)?.iter().position(|byte| matches!(byte, b'*' | b'/'))?;
            match (self.byte(star), self.byte(star + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    at = star + 2;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                (b'/', b'*') if self.flavor == Flavor::Rust => {
                    depth += 1;
                    at = star + 2;
                }
                _ => at = star + 1,
            }
        }
    }

    /// Whether a value, rather than an operator, comes after the token before.
    pub(super) fn begins_value(&self) -> bool {
        let Some(previous) = self.previous else { return true };
        match previous.kind {
            Kind::Literal | Kind::Close(_) => false,
            Kind::Word => matches!(
                self.word(previous),
                b"return"
                    | b"typeof"
                    | b"case"
                    | b"in"
                    | b"of"
                    | b"delete"
                    | b"void"
                    | b"throw"
                    | b"new"
                    | b"await"
                    | b"yield"
                    | b"else"
                    | b"do"
                    | b"default"
            ),
            Kind::Open(_) => true,
            Kind::Sign(sign) => !matches!(sign, b'.' | b'\'' | b'"'),
        }
    }

    fn regex_end(&self, from: usize) -> Option<usize> {
        let (mut at, mut in_class) = (from, false);
        loop {
            match *self.source.get(at)? {
                b'\n' => return None,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return Some(self.word_end(at + 1)),
                _ => {}
            }
            at += 1;
        }
    }

    /// Behind an element of JSX that begins at `at`; `None` if none does.
    fn element_end(&mut self, at: usize) -> Option<usize> {
        let name_end = self.word_end(at + 1);
        let named = name_end > at + 1;
        if !(named || self.byte(at + 1) == b'>') || self.byte(at + 1).is_ascii_digit() {
            return None;
        }
        let rest = self.source[name_end..].trim_ascii_start();
        // Type parameters of an arrow function.
        if named && (rest.starts_with(b",") || rest.starts_with(b"extends ") || rest.starts_with(b"= ")) {
            return None;
        }
        let mut depth = 0usize;
        let mut at = at;
        loop {
            // At a `<`.
            let closes = self.byte(at + 1) == b'/';
            at = self.tag_end(at + 1)?;
            let empty = self.byte(at.saturating_sub(2)) == b'/';
            match (closes, empty) {
                (true, _) => depth = depth.checked_sub(1)?,
                (false, false) => depth += 1,
                (false, true) => {}
            }
            if depth == 0 {
                return Some(at);
            }
            if depth > MAX_DEPTH {
                return None;
            }
            loop {
                match *self.source.get(at)? {
                    b'<' => break,
                    b'{' => at = self.code_end(at)?,
                    _ => at += 1,
                }
            }
        }
    }

    /// Behind the `>` of a tag.
    fn tag_end(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match *self.source.get(at)? {
                b'>' => return Some(at + 1),
                quote @ (b'"' | b'\'') => {
                    let rest = self.source.get(at + 1..)?;
                    at += 2 + rest.iter().position(|byte| *byte == quote)?;
                }
                b'{' => at = self.code_end(at)?,
                b'<' | b'}' | b';' => return None,
                b'=' if self.byte(at + 1) == b'>' => return None,
                _ => at += 1,
            }
        }
    }

    pub(super) fn element(&mut self, at: usize) -> Option<Token> {
        let (depth, previous, comments) = (self.open.len(), self.previous, self.comments.len());
        let end = self.element_end(at);
        self.comments.truncate(comments);
        if let Some(end) = end.filter(|_| !self.broken) {
            return self.give(Kind::Literal, at, end);
        }
        // A comparison, or type parameters.
        self.wasted += self.position.max(at) - at + 16;
        self.broken = false;
        self.open.truncate(depth);
        self.previous = previous;
        self.give(Kind::Sign(b'<'), at, at + 1)
    }
}
