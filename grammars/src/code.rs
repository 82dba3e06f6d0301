//! Which words of a text are code: identifiers outside of comments and strings.
//!
//! One pass without a parse, which also reads what is no whole file: it matches no brackets but those of a template's
//! code. A string on one line ends there at the latest, so one quote too many spoils no more than its line.

use crate::{Language, identifiers};
use std::ops::Range;

/// How deep templates may stand in templates; deeper ones are read as text.
const MAX_TEMPLATES: usize = 16;

/// The byte ranges of those of `source`'s identifiers that are code, in order. Code within templates and `${}` counts,
/// that of Python's f-strings does not.
pub fn code_identifiers(language: Language, source: &str) -> impl Iterator<Item = Range<usize>> {
    let mut prose = prose(language, source).into_iter().peekable();
    identifiers(source).filter(move |word| {
        while prose.next_if(|text| text.end <= word.start).is_some() {}
        prose.peek().is_none_or(|text| text.start >= word.end)
    })
}

/// The comments and strings of `source`, in order.
fn prose(language: Language, source: &str) -> Vec<Range<usize>> {
    let mut scan =
        Scan { language, source: source.as_bytes(), at: 0, templates: Vec::new(), found: Vec::new() };
    while scan.at < scan.source.len() {
        scan.step();
    }
    scan.found
}

struct Scan<'a> {
    language: Language,
    source: &'a [u8],
    at: usize,
    /// Of each template whose code is being read, how many braces are open in it.
    templates: Vec<usize>,
    found: Vec<Range<usize>>,
}

impl Scan<'_> {
    fn step(&mut self) {
        use Language::{
            Bash, CSharp, Go, Java, JavaScript, Kotlin, Lua, Php, Python, Ruby, Rust, Tsx, TypeScript,
        };
        let start = self.at;
        let byte = self.source[start];
        let end = match (byte, self.language) {
            (b'#', Bash) if !self.after_blank() => None,
            (b'#', Python | Ruby | Bash) => Some(self.line_end(start)),
            (b'#', Php) if self.byte(start + 1) != b'[' => Some(self.line_end(start)),
            (b'-', Lua) if self.starts(b"--[[") => Some(self.behind(start + 4, b"]]")),
            (b'-', Lua) if self.starts(b"--") => Some(self.line_end(start)),
            (b'/', Python | Ruby | Bash | Lua) => None,
            (b'/', _) if self.starts(b"//") => Some(self.line_end(start)),
            (b'/', _) if self.starts(b"/*") => Some(self.comment_end(start + 2)),
            // What a shell quotes holds variables.
            (b'"' | b'\'' | b'`', Bash) => None,
            (b'"', Python | Java | Kotlin | CSharp) if self.starts(b"\"\"\"") => {
                Some(self.behind(start + 3, b"\"\"\""))
            }
            (b'\'', Python) if self.starts(b"'''") => Some(self.behind(start + 3, b"'''")),
            (b'"' | b'#', Rust) if self.is_raw() => {
                let hashes = self.source[start..].iter().take_while(|byte| **byte == b'#').count();
                let open = self.byte(start + hashes) == b'"';
                let closing = [&b"\""[..], &b"#".repeat(hashes)].concat();
                open.then(|| self.behind(start + hashes + 1, &closing))
            }
            (b'"', Rust) => Some(self.string_end(start + 1, b'"', true)),
            (b'\'', Rust) => self.character_end(start),
            (b'`', Go) => Some(self.behind(start + 1, b"`")),
            (b'`', TypeScript | Tsx | JavaScript) => return self.template(start, start + 1),
            (b'"' | b'\'', _) => Some(self.string_end(start + 1, byte, false)),
            (b'{', _) => {
                self.templates.last_mut().into_iter().for_each(|open| *open += 1);
                None
            }
            (b'}', _) => match self.templates.last_mut() {
                Some(0) => {
                    self.templates.pop();
                    return self.template(start, start + 1);
                }
                Some(open) => {
                    *open -= 1;
                    None
                }
                None => None,
            },
            _ => None,
        };
        if let Some(end) = end {
            self.found.push(start..end);
        }
        self.at = end.unwrap_or(start + 1);
    }

    /// Reads the text of a template up to its end, or to code in it.
    fn template(&mut self, start: usize, from: usize) {
        let mut at = from;
        while let Some(byte) = self.source.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'`' => break,
                b'$' if self.byte(at) == b'{' && self.templates.len() < MAX_TEMPLATES => {
                    at += 1;
                    self.templates.push(0);
                    break;
                }
                _ => {}
            }
        }
        self.at = at.min(self.source.len());
        self.found.push(start..self.at);
    }

    fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    fn starts(&self, with: &[u8]) -> bool {
        self.source[self.at..].starts_with(with)
    }

    fn after_blank(&self) -> bool {
        self.at == 0 || self.source[self.at - 1].is_ascii_whitespace()
    }

    /// Whether the word before is one that a raw string begins with.
    fn is_raw(&self) -> bool {
        let before = &self.source[..self.at];
        let word =
            before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        matches!(&before[before.len() - word..], b"r" | b"br" | b"cr")
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = &self.source[from..];
        from + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    /// Behind the next `closing`, or the end.
    fn behind(&self, from: usize, closing: &[u8]) -> usize {
        let rest = self.source.get(from..).unwrap_or_default();
        let end = rest.windows(closing.len()).position(|bytes| bytes == closing);
        end.map_or(self.source.len(), |end| from + end + closing.len())
    }

    fn comment_end(&self, from: usize) -> usize {
        if !matches!(self.language, Language::Rust | Language::Kotlin) {
            return self.behind(from, b"*/");
        }
        let (mut at, mut depth) = (from, 1usize);
        while depth > 0 && at < self.source.len() {
            match &self.source[at..self.source.len().min(at + 2)] {
                b"*/" => (depth, at) = (depth - 1, at + 2),
                b"/*" => (depth, at) = (depth + 1, at + 2),
                _ => at += 1,
            }
        }
        at
    }

    fn string_end(&self, from: usize, quote: u8, lines: bool) -> usize {
        let mut at = from;
        while let Some(&byte) = self.source.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\n' if !lines => return at,
                _ if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        self.source.len()
    }

    /// Behind a character; `None` where a lifetime begins.
    fn character_end(&self, at: usize) -> Option<usize> {
        if self.byte(at + 1) == b'\\' {
            return Some(self.string_end(at + 1, b'\'', false));
        }
        let wide = self.source.iter().skip(at + 2).take_while(|byte| **byte & 0xc0 == 0x80).count();
        (self.byte(at + 2 + wide) == b'\'').then_some(at + 3 + wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        use Language::{Bash, Go, Java, Lua, Php, Python, Rust, Tsx, TypeScript};
        let cases: [(Language, &str, &[&str]); 20] = [
            (Rust, "a(); // b\nc /* d /* e */ f */ g", &["a", "c", "g"]),
            (Rust, "f(\"b \\\" c\", 'd', '\\'', e)", &["f", "e"]),
            (Rust, "fn f<'a>(x: &'a str) { 'é' }", &["fn", "f", "a", "x", "a", "str"]),
            (Rust, "x = r#\"a \" b\"#; y = br\"c\"; z", &["x", "r", "y", "br", "z"]),
            (Rust, "r#type + \"a\nb\" + c", &["r", "type", "c"]),
            (Python, "a = 'b' # c\nd = \"it's\"\ne", &["a", "d", "e"]),
            (Python, "def f():\n    \"\"\"One \"two\".\n\n    Three\"\"\"\n    g", &["def", "f", "g"]),
            (Python, "a = 'b\nc", &["a", "c"]),
            (Python, "a // b", &["a", "b"]),
            (TypeScript, "a`b ${c({ d: `e ${f}` })} g`; h // `", &["a", "c", "d", "f", "h"]),
            (TypeScript, "const a = \"b\", c = 'd'; /* e */ f", &["const", "a", "c", "f"]),
            (Tsx, "<p>don't</p>\nconst a", &["p", "don", "const", "a"]),
            (Go, "a := `b\nc`; d // e", &["a", "d"]),
            (Java, "s = \"\"\"\n a \"b\"\n\"\"\" + c;", &["s", "c"]),
            (Lua, "a --[[ b\n c ]] d -- e", &["a", "d"]),
            (Php, "#[Attr]\n# b\n$c = 'd';", &["Attr", "c"]),
            (Bash, "echo \"$a\" ${#b} # c", &["echo", "a", "b"]),
            (Rust, "\"open", &[]),
            (TypeScript, "`open ${", &[]),
            (TypeScript, "} a `b`", &["a"]),
        ];
        for (language, source, expected) in cases {
            let words: Vec<&str> = code_identifiers(language, source).map(|word| &source[word]).collect();
            assert_eq!(words, expected, "{language:?} {source}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(source in "[a/*'\"`#${}\\\\ré\n-]{0,40}") {
            for language in Language::ALL {
                let all: Vec<_> = identifiers(&source).collect();
                prop_assert!(code_identifiers(language, &source).all(|word| all.contains(&word)));
                prop_assert!(prose(language, &source).is_sorted_by(|a, b| a.end <= b.start));
            }
        }
    }
}
