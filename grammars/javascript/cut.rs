//! Leaves out of a JavaScript or TypeScript file what defines nothing for others: bodies, arguments, types, values.
//!
//! Where the end of what is left out ends an item or its signature, one byte stands for its last one: a `)` for
//! parameters and the type behind them, a `T` for another type.

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
    /// What it declares, if that has a type behind it.
    typed: Option<Typed>,
    /// Angle brackets that are open.
    angles: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// Behind its parameters.
    Function,
    /// Behind `=`.
    Alias,
}

const BEGINNING: Statement = Statement { begins: true, holds: None, typed: None, angles: 0 };

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

/// Words in a type behind which more of it has to come.
const OPERATORS: &[&[u8]] = &[
    b"abstract",
    b"asserts",
    b"extends",
    b"infer",
    b"is",
    b"keyof",
    b"new",
    b"readonly",
    b"typeof",
    b"unique",
];

/// False where brackets do not match.
pub(crate) fn cut(source: &str, flavor: Flavor, skeleton: &mut Skeleton) -> bool {
    let mut lexer = Lexer::new(source, flavor);
    let mut around = Vec::new();
    let mut statement = BEGINNING;
    let mut before: Option<Token> = None;
    let mut next: Option<Token> = None;
    // The word before is one that is declared; the member is being given a value; an arrow is before.
    let (mut declared, mut in_value, mut arrow) = (false, false, false);
    while let Some(token) = next.take().or_else(|| lexer.next()) {
        skeleton.drop_comments(source, &mut lexer);
        let level = around.last().copied().unwrap_or(Holds::Statements);
        let previous = before.replace(token);
        let sign = previous.map(|token| token.kind);
        let after_arrow =
            std::mem::replace(&mut arrow, token.kind == Kind::Sign(b'>') && sign == Some(Kind::Sign(b'=')));
        let after_declared = std::mem::replace(
            &mut declared,
            token.kind == Kind::Word
                && previous.is_some_and(|word| matches!(lexer.word(word), b"const" | b"let" | b"var")),
        );
        in_value &= token.kind != Kind::Sign(b';')
            && !previous.is_some_and(|previous| breaks(source, previous.end, token.start));
        match token.kind {
            Kind::Word if level == Holds::Statements => {
                let word = lexer.word(token);
                let begins = previous.is_none_or(|previous| {
                    previous.kind == Kind::Close(b'}') || breaks(source, previous.end, token.start)
                });
                if begins && STARTERS.contains(&word) && sign != Some(Kind::Sign(b'.')) {
                    statement = BEGINNING;
                }
                statement.read(word, lexer.peek());
            }
            Kind::Sign(b';') if level == Holds::Statements => statement = BEGINNING,
            Kind::Sign(b':') if statement.angles == 0 => {
                let named = match sign {
                    Some(Kind::Word | Kind::Sign(b'?' | b'!') | Kind::Close(b']')) => true,
                    Some(Kind::Literal) => level == Holds::Members,
                    _ => false,
                };
                let is_type = match level {
                    Holds::Statements => after_declared,
                    Holds::Members => named && !in_value,
                };
                statement.begins = false;
                if is_type {
                    next = leave_type_out(&mut lexer, source, skeleton, &mut before);
                }
            }
            Kind::Sign(b'=') if statement.angles == 0 && source.as_bytes().get(token.end) != Some(&b'>') => {
                in_value = true;
                statement.begins = false;
                if level == Holds::Statements && statement.typed == Some(Typed::Alias) {
                    statement.typed = None;
                    next = leave_type_out(&mut lexer, source, skeleton, &mut before);
                }
            }
            Kind::Sign(b'@') => decorator(&mut lexer, source, skeleton, &mut before),
            Kind::Sign(b'<') => statement.angles += 1,
            Kind::Sign(b'>') if sign != Some(Kind::Sign(b'=')) => {
                statement.angles = statement.angles.saturating_sub(1);
            }
            Kind::Open(b'{') => match statement.holds {
                Some(holds) if statement.angles == 0 && level == Holds::Statements => {
                    around.push(holds);
                    statement = BEGINNING;
                    in_value = false;
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
                in_value = false;
            }
            Kind::Open(b'(')
                if (level == Holds::Members && !in_value || statement.typed == Some(Typed::Function))
                    && match previous {
                        Some(word) if word.kind == Kind::Word => !KEYWORDS.contains(&lexer.word(word)),
                        Some(sign) => matches!(sign.kind, Kind::Sign(b'?' | b'>')) && !after_arrow,
                        None => false,
                    } =>
            {
                let Some(end) = lexer.skip_group() else { break };
                (statement.begins, statement.typed) = (false, None);
                before = Some(Token { kind: Kind::Close(b')'), start: end, end: end + 1 });
                if lexer.peek() == b':' {
                    let colon = lexer.next();
                    let (last, behind) = read_type(&mut lexer, source, colon.map_or(end, |colon| colon.end));
                    skeleton.replace(source, token.end, last, ')');
                    before = Some(Token { kind: Kind::Close(b')'), start: last, end: last });
                    next = behind;
                } else {
                    skeleton.drop(source, token.end, end);
                }
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
        let typed = match word {
            b"function" => Some(Typed::Function),
            b"type" if named => Some(Typed::Alias),
            _ => None,
        };
        *self = Self { begins: false, holds, typed, angles: 0 };
    }
}

/// Whether a line ends between two places.
fn breaks(source: &str, from: usize, to: usize) -> bool {
    source.as_bytes().get(from..to).is_some_and(|between| between.contains(&b'\n'))
}

/// Has one byte stand for the type that comes; gives what follows on it.
fn leave_type_out(
    lexer: &mut Lexer,
    source: &str,
    skeleton: &mut Skeleton,
    before: &mut Option<Token>,
) -> Option<Token> {
    let from = before.map_or(0, |before| before.end);
    let (last, next) = read_type(lexer, source, from);
    if last > from {
        let kept = &source[from..last];
        skeleton.replace(source, last - kept.trim_start().len(), last, 'T');
        *before = Some(Token { kind: Kind::Literal, start: from, end: last });
    }
    next
}

/// Goes behind the type that begins at `from`: where it ends, and the token behind it. Braces that stand where no type
/// is expected are a body; a line that ends where none is, and goes on with no operator, ends the type.
fn read_type(lexer: &mut Lexer, source: &str, from: usize) -> (usize, Option<Token>) {
    let (mut last, mut angles, mut expected, mut arrow) = (from, 0usize, true, false);
    while let Some(token) = lexer.next() {
        let goes_on = matches!(token.kind, Kind::Sign(b'|' | b'&' | b'?' | b':' | b'.' | b'=' | b'>'))
            || token.kind == Kind::Word && lexer.word(token) == b"extends";
        let line_ends = !expected && !goes_on && breaks(source, last, token.start);
        let ends = match token.kind {
            Kind::Sign(b';' | b',') | Kind::Close(_) => true,
            Kind::Sign(b'=') => source.as_bytes().get(token.end) != Some(&b'>'),
            Kind::Open(b'{') => !expected,
            _ => false,
        };
        if angles == 0 && (ends || line_ends) {
            return (last, Some(token));
        }
        last = token.end;
        (expected, arrow) = match token.kind {
            Kind::Open(_) => {
                let Some(end) = lexer.skip_group() else { return (last, None) };
                last = end + 1;
                (false, false)
            }
            Kind::Sign(b'<') => {
                angles += 1;
                (true, false)
            }
            Kind::Sign(b'>') if !arrow => {
                angles = angles.saturating_sub(1);
                (false, false)
            }
            Kind::Sign(sign) => (true, sign == b'='),
            Kind::Word => (OPERATORS.contains(&lexer.word(token)), false),
            _ => (false, false),
        };
    }
    (last, None)
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
