//! Leaves out of a Rust file what defines nothing for others: bodies, parameters, types, values, attributes, comments.
//!
//! Where the end of what is left out ends an item or its signature, one byte stands for its last one: a `)` for
//! parameters and all that follows on them, a `T` for a type, a `0` for a value.

use crate::lexer::{Flavor, Kind, Lexer, Token};
use crate::skeleton::Skeleton;

/// The item that is being read.
#[derive(Default)]
struct Item {
    kind: Option<ItemKind>,
    has_value: bool,
    /// Angle brackets that are open.
    angles: usize,
    /// Behind `impl` and its parameters.
    implements: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    /// Its braces hold items or variants.
    Holder,
    /// Its braces hold fields.
    Fields,
    Function,
    Value,
    Type,
    Other,
}

impl Item {
    fn read(&mut self, word: &[u8]) {
        let kind = match word {
            b"impl" | b"trait" | b"mod" | b"enum" | b"extern" => ItemKind::Holder,
            b"struct" | b"union" => ItemKind::Fields,
            b"fn" => ItemKind::Function,
            b"const" | b"static" => ItemKind::Value,
            b"type" => ItemKind::Type,
            b"macro_rules" | b"use" => ItemKind::Other,
            _ => return,
        };
        // `const fn`, `extern "C" fn`, `const impl`; but `fn f() -> impl Trait`.
        let is_modifier =
            self.kind == Some(ItemKind::Value) && !self.has_value && matches!(word, b"trait" | b"impl");
        if self.kind.is_none() || kind == ItemKind::Function || is_modifier {
            self.kind = Some(kind);
        }
    }

    fn holds(&self) -> bool {
        matches!(self.kind, Some(ItemKind::Holder | ItemKind::Fields))
    }
}

/// False where brackets do not match.
pub(crate) fn cut(source: &str, skeleton: &mut Skeleton) -> bool {
    let mut lexer = Lexer::new(source, Flavor::Rust);
    let mut item = Item::default();
    let mut before: Option<Token> = None;
    let mut next: Option<Token> = None;
    // Of the braces around, whether they hold fields.
    let mut around: Vec<bool> = Vec::new();
    while let Some(token) = next.take().or_else(|| lexer.next()) {
        skeleton.drop_comments(source, &mut lexer);
        let previous = before.map(|token| token.kind);
        let word_before = before.filter(|token| token.kind == Kind::Word).map(|token| lexer.word(token));
        before = Some(token);
        match token.kind {
            // `fn(u32)` is a type.
            Kind::Word if lexer.word(token) == b"fn" && lexer.peek() == b'(' => {}
            Kind::Word => match lexer.word(token) {
                // Of an implementation only the type has a name.
                b"for" if item.angles == 0 && lexer.peek() != b'<' => {
                    if let Some(start) = item.implements.take() {
                        skeleton.drop(source, start, token.end);
                    }
                }
                word => {
                    item.read(word);
                    if word == b"impl" && item.kind == Some(ItemKind::Holder) {
                        item.implements = Some(token.end);
                    }
                }
            },
            Kind::Sign(b'<')
                if item.angles == 0
                    && (item.kind == Some(ItemKind::Function) || word_before == Some(b"impl")) =>
            {
                match close_angles(&mut lexer) {
                    Some(end) => {
                        skeleton.drop(source, token.start, end);
                        item.implements = item.implements.map(|_| end);
                    }
                    None => break,
                }
            }
            Kind::Sign(b'<') => item.angles += 1,
            Kind::Sign(b'>') if !matches!(previous, Some(Kind::Sign(b'-' | b'='))) => {
                item.angles = item.angles.saturating_sub(1);
            }
            Kind::Sign(b'#') => {
                let mut next = lexer.next();
                if next.is_some_and(|next| next.kind == Kind::Sign(b'!')) {
                    next = lexer.next();
                }
                if next.is_some_and(|next| next.kind == Kind::Open(b'[')) {
                    let Some(end) = lexer.skip_group() else { break };
                    skeleton.drop(source, token.start, end + 1);
                }
                before = None;
            }
            Kind::Sign(b':')
                if previous != Some(Kind::Sign(b':'))
                    && lexer.peek() != b':'
                    && match item.kind {
                        Some(kind) => kind == ItemKind::Value && !item.has_value,
                        None => around.last() == Some(&true),
                    } =>
            {
                next = leave_out(&mut lexer, source, skeleton, Part::Type);
                before = None;
            }
            Kind::Sign(b'=') if item.angles == 0 => {
                item.has_value = true;
                let part = match item.kind {
                    Some(ItemKind::Value) => Part::Value,
                    Some(ItemKind::Type) => Part::Type,
                    _ => continue,
                };
                next = leave_out(&mut lexer, source, skeleton, part);
                before = None;
            }
            Kind::Sign(b'=') => item.has_value = true,
            Kind::Sign(b';') => item = Item::default(),
            Kind::Open(b'{') => {
                if item.holds() && item.angles == 0 {
                    around.push(item.kind == Some(ItemKind::Fields));
                    item = Item::default();
                    continue;
                }
                let Some(end) = lexer.skip_group() else { break };
                before = None;
                if item.holds() {
                    continue;
                }
                skeleton.drop(source, token.end, end);
                item = Item::default();
            }
            Kind::Close(b'}') => {
                around.pop();
                item = Item::default();
            }
            Kind::Open(b'(') if item.kind == Some(ItemKind::Function) => {
                let Some(end) = lexer.skip_group() else { break };
                let (last, behind) = {
                    let behind = lexer.next();
                    read_to_end(&mut lexer, Part::Header, behind, end + 1)
                };
                skeleton.replace(source, token.end, last, ')');
                next = behind;
                before = None;
            }
            Kind::Open(bracket) => {
                let Some(end) = lexer.skip_group() else { break };
                let macro_call = previous == Some(Kind::Sign(b'!'));
                let call = bracket == b'('
                    && word_before.is_some_and(|word| {
                        !matches!(
                            word,
                            b"pub" | b"for" | b"in" | b"dyn" | b"impl" | b"where" | b"as" | b"mut" | b"const"
                        )
                    });
                if word_before == Some(b"pub") && is_scope(&source[token.end..end]) {
                    skeleton.drop(source, token.start, end + 1);
                } else if macro_call || call {
                    skeleton.drop(source, token.end, end);
                }
                before = None;
            }
            _ => {}
        }
    }
    !lexer.is_broken()
}

/// What stands in the parentheses of `pub(...)`, rather than in those of a type behind `pub`.
fn is_scope(text: &str) -> bool {
    matches!(text, "crate" | "super" | "self") || text.starts_with("in ")
}

/// Goes behind the `>` that closes the `<` given last.
fn close_angles(lexer: &mut Lexer) -> Option<usize> {
    let mut open = 1usize;
    let mut before = None;
    while let Some(token) = lexer.next() {
        match token.kind {
            Kind::Sign(b'<') => open += 1,
            Kind::Sign(b'>') if !matches!(before, Some(Kind::Sign(b'-' | b'='))) => open -= 1,
            Kind::Open(_) => drop(lexer.skip_group()?),
            _ => {}
        }
        if open == 0 {
            return Some(token.end);
        }
        before = Some(token.kind);
    }
    None
}

/// What is read at once, and what ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Behind the parameters of a function.
    Header,
    Type,
    Value,
}

/// Goes to what ends a part, outside of all brackets: where what stands before it ends, at the least at `last`, and the
/// token that ends it.
fn read_to_end(
    lexer: &mut Lexer,
    part: Part,
    mut token: Option<Token>,
    mut last: usize,
) -> (usize, Option<Token>) {
    let (mut angles, mut before) = (0usize, None);
    while let Some(now) = token {
        let ends = match now.kind {
            Kind::Sign(b';') | Kind::Close(_) => true,
            Kind::Sign(b',' | b'=') => part == Part::Type,
            Kind::Open(b'{') => part != Part::Value,
            _ => false,
        };
        if ends && angles == 0 {
            return (last, token);
        }
        (last, before) = match now.kind {
            Kind::Open(_) => match lexer.skip_group() {
                Some(end) => (end + 1, None),
                None => return (last, None),
            },
            Kind::Sign(b'<') if part != Part::Value => {
                angles += 1;
                (now.end, None)
            }
            Kind::Sign(b'>') if !matches!(before, Some(Kind::Sign(b'-' | b'='))) => {
                angles = angles.saturating_sub(1);
                (now.end, None)
            }
            kind => (now.end, Some(kind)),
        };
        token = lexer.next();
    }
    (last, None)
}

/// Has one byte stand for the type or value that comes; gives what ends it.
fn leave_out(lexer: &mut Lexer, source: &str, skeleton: &mut Skeleton, part: Part) -> Option<Token> {
    let first = lexer.next()?;
    skeleton.drop_comments(source, lexer);
    let (last, end) = read_to_end(lexer, part, Some(first), first.start);
    skeleton.replace(source, first.start, last, if part == Part::Type { 'T' } else { '0' });
    end
}
