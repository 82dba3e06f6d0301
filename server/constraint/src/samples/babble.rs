//! Answers of a model that chooses at random among what it may say: a harsher judge than a good one.

use super::Random;
use crate::{Choice, ConstraintError, Guide, Token};
use trust_inference::Completion;

const WORDS: [&str; 24] = [
    "\":",
    "\",\"",
    "{\"",
    "\"}",
    "}}",
    "the",
    "path",
    "ue",
    "true",
    "null",
    "[]",
    "  ",
    "00",
    "12",
    "é",
    "größe",
    "\"path\":\"",
    "\n\n",
    "<tool",
    "_call>",
    "123456",
    "ab",
    "abc",
    "-",
];

/// Every byte, words as tokenizers have them, control tokens; and the token that ends an answer.
pub fn vocabulary() -> (Vec<Token>, u32) {
    let mut tokens: Vec<Token> = (0..=255).map(|byte| Token::Text(vec![byte])).collect();
    tokens.extend(WORDS.map(|word| Token::Text(word.as_bytes().to_vec())));
    let end = tokens.len() as u32;
    tokens.push(Token::Control("<|end|>".into()));
    tokens.push(Token::Control("<tool_call>".into()));
    (tokens, end)
}

/// What is said at random within `budget` tokens of `vocabulary`, how many they were, and how it ended.
pub fn said(
    guide: &mut Guide,
    vocabulary: &[Token],
    budget: u32,
    random: &mut Random,
) -> Result<(Vec<u8>, u32, Completion), ConstraintError> {
    guide.within(budget)?;
    let (mut text, mut count) = (Vec::new(), 0);
    loop {
        let choice = guide.next(|mask| match mask {
            None => Some(random.below(vocabulary.len() as u64) as u32),
            Some(mask) => {
                let allowed: Vec<_> = mask.tokens().collect();
                (!allowed.is_empty()).then(|| random.one_of(&allowed))
            }
        })?;
        match choice {
            Choice::End(completion) => return Ok((text, count, completion)),
            Choice::Token(id) => match vocabulary.get(id as usize) {
                Some(Token::Text(bytes)) => text.extend(bytes),
                Some(Token::Control(spelling)) => text.extend(spelling.as_bytes()),
                Some(Token::Unused) | None => return Err(ConstraintError::DeadEnd),
            },
        }
        count += 1;
    }
}
