//! Leaves out of a JavaScript or TypeScript file what defines nothing for others: bodies, arguments, values.

use crate::lexer::{Flavor, Kind, Lexer, Token};
use crate::skeleton::Skeleton;

/// What a pair of braces that is looked into holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Statements,
    Members,
}

/// The statement that is being read.
struct Statement {
    /// Nothing but modifiers so far.
    begins: bool,
    /// What the braces will hold that are to come.
    holds: Option<Holds>,
    /// Angle brackets that are open.
    angles: usize,
}

const BEGINNING: Statement = Statement { begins: true, holds: None, angles: 0 };

/// Words that begin a statement where they begin a line, or follow on braces: neither needs a `;`.
const STARTERS: &[&[u8]] = &[
    b"abstract",
    b"class",
    b"const",
    b"declare",
    b"enum",
    b"export",
    b"function",
    b"import",
    b"interface",
    b"let",
    b"namespace",
    b"type",
    b"var",
];
/// Words before parentheses that may not be empty.
const KEYWORDS: &[&[u8]] = &[
    b"as",
    b"asserts",
    b"await",
    b"case",
    b"catch",
    b"const",
    b"default",
    b"delete",
    b"do",
    b"else",
    b"extends",
    b"for",
    b"if",
    b"import",
    b"in",
    b"infer",
    b"instanceof",
    b"is",
    b"keyof",
    b"let",
    b"new",
    b"of",
    b"readonly",
    b"return",
    b"satisfies",
    b"switch",
    b"throw",
    b"typeof",
    b"unique",
    b"var",
    b"void",
    b"while",
    b"with",
    b"yield",
];

/// False where brackets do not match.
pub(crate) fn cut(source: &str, flavor: Flavor, skeleton: &mut Skeleton) -> bool {
    let mut lexer = Lexer::new(source, flavor);
    let mut around = Vec::new();
    let mut statement = BEGINNING;
    let mut before: Option<Token> = None;
    while let Some(token) = lexer.next() {
        skeleton.drop_comments(source, &mut lexer);
        let level = around.last().copied().unwrap_or(Holds::Statements);
        let previous = before.replace(token);
        let sign = previous.map(|token| token.kind);
        match token.kind {
            Kind::Word if level == Holds::Statements => {
                let word = lexer.word(token);
                let begins = previous.is_none_or(|previous| {
                    previous.kind == Kind::Close(b'}')
                        || source.as_bytes()[previous.end..token.start].contains(&b'\n')
                });
                if begins && STARTERS.contains(&word) && sign != Some(Kind::Sign(b'.')) {
                    statement = BEGINNING;
                }
                statement.read(word, lexer.peek());
            }
            Kind::Sign(b';') if level == Holds::Statements => statement = BEGINNING,
            Kind::Sign(b'@') => decorator(&mut lexer, source, skeleton, &mut before),
            Kind::Sign(b'<') => statement.angles += 1,
            Kind::Sign(b'>') if sign != Some(Kind::Sign(b'=')) => {
                statement.angles = statement.angles.saturating_sub(1);
            }
            Kind::Open(b'{') => match statement.holds {
                Some(holds) if statement.angles == 0 && level == Holds::Statements => {
                    around.push(holds);
                    statement = BEGINNING;
                }
                _ => {
                    let Some(end) = lexer.skip_group() else { break };
                    skeleton.drop(source, token.end, end);
                    before = Some(Token { kind: Kind::Close(b'}'), start: end, end: end + 1 });
                }
            },
            Kind::Close(b'}') => {
                around.pop();
                statement = BEGINNING;
            }
            Kind::Open(bracket) => {
                let empties = match previous {
                    Some(word) if word.kind == Kind::Word => {
                        bracket == b'(' && !KEYWORDS.contains(&lexer.word(word))
                    }
                    Some(sign) => bracket == b'[' && sign.kind == Kind::Sign(b'='),
                    None => false,
                };
                let end = if empties {
                    let end = lexer.skip_group();
                    end.inspect(|end| skeleton.drop(source, token.end, *end))
                } else {
                    empty_braces(&mut lexer, source, skeleton)
                };
                let Some(end) = end else { break };
                let kind = Kind::Close(if bracket == b'(' { b')' } else { b']' });
                before = Some(Token { kind, start: end, end: end + 1 });
                statement.begins = false;
            }
            Kind::Literal if source.as_bytes()[token.start] == b'`' => {
                skeleton.drop(source, token.start + 1, token.end - 1);
                statement.begins = false;
            }
            Kind::Literal | Kind::Sign(_) => statement.begins = false,
            _ => {}
        }
    }
    !lexer.is_broken()
}

impl Statement {
    fn read(&mut self, word: &[u8], next: u8) {
        if !self.begins {
            return;
        }
        let named = next.is_ascii_alphabetic() || matches!(next, b'_' | b'$' | 0x80..);
        let holds = match word {
            b"export" | b"default" | b"declare" | b"abstract" | b"async" | b"const" => return,
            b"class" => Some(Holds::Members),
            b"interface" | b"enum" if named => Some(Holds::Members),
            b"namespace" if named => Some(Holds::Statements),
            b"module" if named || matches!(next, b'"' | b'\'') => Some(Holds::Statements),
            b"global" if next == b'{' => Some(Holds::Statements),
            _ => None,
        };
        *self = Self { begins: false, holds, angles: 0 };
    }
}

/// Goes past a decorator and leaves out its arguments.
fn decorator(lexer: &mut Lexer, source: &str, skeleton: &mut Skeleton, before: &mut Option<Token>) {
    loop {
        *before = lexer.next();
        match lexer.peek() {
            b'.' => *before = lexer.next(),
            b'(' if before.is_some_and(|token| token.kind == Kind::Word) => {
                let open = lexer.next();
                if let (Some(open), Some(end)) = (open, lexer.skip_group()) {
                    skeleton.drop(source, open.end, end);
                }
                *before = None;
                return;
            }
            _ => return,
        }
    }
}

/// Goes to the end of a group and leaves out what stands in the braces in it; where the group ends.
fn empty_braces(lexer: &mut Lexer, source: &str, skeleton: &mut Skeleton) -> Option<usize> {
    let mut depth = 1usize;
    while let Some(token) = lexer.next() {
        match token.kind {
            Kind::Open(b'{') => {
                let end = lexer.skip_group()?;
                skeleton.drop(source, token.end, end);
            }
            Kind::Open(_) => depth += 1,
            Kind::Close(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(token.start);
        }
    }
    None
}
