//! A model's vocabulary as the grammar engine wants it: a tree of the tokens' bytes, built once a model.

use std::sync::Arc;
use toktrie::{ApproximateTokEnv, TokEnv, TokRxInfo, TokTrie};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// What it writes; perhaps only a part of a character.
    Text(Vec<u8>),
    /// A control token, by its spelling. A grammar names it `<so>`.
    Control(String),
    /// One that never stands in an answer.
    Unused,
}

/// The tree over `tokens`, whose index is their id. `ends` are all those that end an answer, not only the usual one.
pub(crate) fn tree(tokens: &[Token], ends: &[u32]) -> Option<TokEnv> {
    let first = *ends.first()?;
    if ends.iter().any(|&end| end as usize >= tokens.len()) {
        return None;
    }
    let words: Vec<Vec<u8>> = tokens
        .iter()
        .map(|token| match token {
            // The marker begins what no text can be: 0xff is no byte of UTF-8.
            Token::Text(bytes) if bytes.first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER) => Vec::new(),
            Token::Text(bytes) => bytes.clone(),
            Token::Control(spelling) => [&[TokTrie::SPECIAL_TOKEN_MARKER], spelling.as_bytes()].concat(),
            Token::Unused => Vec::new(),
        })
        .collect();
    let trie = TokTrie::from(&TokRxInfo::new(words.len() as u32, first), &words).with_eos_tokens(ends);
    Some(Arc::new(ApproximateTokEnv::new(trie)))
}
