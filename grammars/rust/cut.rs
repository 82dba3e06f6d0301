//! Leaves out of a Rust file what defines nothing for others: bodies, parameters, values, attributes, comments.

use crate::lexer::{Flavor, Kind, Lexer, Token};
use crate::skeleton::Skeleton;

/// The item that is being read.
#[derive(Default)]
struct Item {
    kind: Option<ItemKind>,
    has_parameters: bool,
    has_value: bool,
    /// Angle brackets that are open.
    angles: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    /// Its braces hold items, fields or variants.
    Holder,
    Function,
    Value,
    Other,
}

impl Item {
    fn read(&mut self, word: &[u8]) {
        let kind = match word {
            b"impl" | b"trait" | b"mod" | b"struct" | b"enum" | b"union" | b"extern" => ItemKind::Holder,
            b"fn" => ItemKind::Function,
            b"const" | b"static" => ItemKind::Value,
            b"macro_rules" | b"use" | b"type" => ItemKind::Other,
            _ => return,
        };
        // `const fn`, `extern "C" fn`, `const impl`; but `fn f() -> impl Trait`.
        let is_modifier =
            self.kind == Some(ItemKind::Value) && !self.has_value && matches!(word, b"trait" | b"impl");
        if self.kind.is_none() || kind == ItemKind::Function || is_modifier {
            self.kind = Some(kind);
        }
    }
}

/// False where brackets do not match.
pub(crate) fn cut(source: &str, skeleton: &mut Skeleton) -> bool {
    let mut lexer = Lexer::new(source, Flavor::Rust);
    let mut item = Item::default();
    let mut before: Option<Token> = None;
    while let Some(token) = lexer.next() {
        skeleton.drop_comments(source, &mut lexer);
        let previous = before.map(|token| token.kind);
        let word_before = before.filter(|token| token.kind == Kind::Word).map(|token| lexer.word(token));
        before = Some(token);
        match token.kind {
            // `fn(u32)` is a type.
            Kind::Word if lexer.word(token) == b"fn" && lexer.peek() == b'(' => {}
            Kind::Word => item.read(lexer.word(token)),
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
            Kind::Sign(b'=') => item.has_value = true,
            Kind::Sign(b';') => item = Item::default(),
            Kind::Open(b'{') => {
                if item.kind == Some(ItemKind::Holder) && item.angles == 0 {
                    item = Item::default();
                    continue;
                }
                let Some(end) = lexer.skip_group() else { break };
                before = None;
                if item.kind == Some(ItemKind::Holder) {
                    continue;
                }
                skeleton.drop(source, token.end, end);
                item = Item::default();
            }
            Kind::Close(b'}') => item = Item::default(),
            Kind::Open(bracket) => {
                let Some(end) = lexer.skip_group() else { break };
                let value = item.kind == Some(ItemKind::Value) && item.has_value;
                let macro_call = previous == Some(Kind::Sign(b'!'));
                let call = bracket == b'('
                    && word_before.is_some_and(|word| {
                        !matches!(
                            word,
                            b"pub" | b"for" | b"in" | b"dyn" | b"impl" | b"where" | b"as" | b"mut" | b"const"
                        )
                    });
                let parameters =
                    item.kind == Some(ItemKind::Function) && !item.has_parameters && bracket == b'(';
                if value || macro_call || call || parameters {
                    skeleton.drop(source, token.end, end);
                }
                item.has_parameters |= bracket == b'(';
                before = None;
            }
            _ => {}
        }
    }
    !lexer.is_broken()
}
