//! Token healing: a half-typed word was cut where no tokenizer would cut it, so its tokens are taken back and
//! predicted again among those that spell what was typed.

use crate::decode::{Decoder, Next};
use crate::vocabulary::Vocabulary;
use llama_cpp_2::token::LlamaToken;
use trust_inference::InferenceError;

/// The tokens of a vocabulary, in the order of their bytes.
pub(crate) struct Pieces(Vec<(Vec<u8>, LlamaToken)>);

impl Pieces {
    pub(crate) fn new(pieces: impl Iterator<Item = (Vec<u8>, LlamaToken)>) -> Self {
        let mut pieces: Vec<_> = pieces.filter(|(bytes, _)| !bytes.is_empty()).collect();
        pieces.sort_by(|a, b| a.0.cmp(&b.0));
        Self(pieces)
    }

    /// The tokens that `text` may begin with, or that begin with `text`.
    fn compatible(&self, text: &[u8]) -> Vec<LlamaToken> {
        let shorter = (1..text.len()).flat_map(|length| {
            let (start, prefix) = (self.first_from(&text[..length]), &text[..length]);
            self.0[start..].iter().take_while(move |(bytes, _)| bytes == prefix)
        });
        let longer = self.0[self.first_from(text)..].iter().take_while(|(bytes, _)| bytes.starts_with(text));
        shorter.chain(longer).map(|(_, token)| *token).collect()
    }

    fn first_from(&self, text: &[u8]) -> usize {
        self.0.partition_point(|(bytes, _)| bytes.as_slice() < text)
    }
}

/// What was typed and has to be spelled again.
pub(crate) struct Healing {
    typed: Vec<u8>,
    /// How much of `typed` is spelled by `tokens`.
    spelled: usize,
    tokens: Vec<LlamaToken>,
}

impl Healing {
    pub(crate) fn new(typed: Vec<u8>) -> Self {
        Self { typed, spelled: 0, tokens: Vec::new() }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.spelled >= self.typed.len()
    }

    /// The next token, and the bytes with which it goes beyond what was typed.
    pub(crate) fn next(
        &mut self,
        decoder: &mut Decoder<'_>,
        vocabulary: &Vocabulary<'_>,
        pieces: &Pieces,
    ) -> Result<(Next, Vec<u8>), InferenceError> {
        let next = decoder.next_among(&pieces.compatible(&self.typed[self.spelled..]))?;
        let bytes = vocabulary.bytes(next.token);
        let new = self.typed.len() - self.spelled;
        self.spelled += bytes.len();
        self.tokens.push(next.token);
        Ok((next, bytes.get(new..).unwrap_or_default().to_vec()))
    }

    /// The tokens of a draft that goes on after what was typed, as far as they are still to come: none where the
    /// healed tokens say something else.
    pub(crate) fn rest_of(&self, vocabulary: &Vocabulary<'_>, draft: &str) -> Vec<LlamaToken> {
        let whole = String::from_utf8_lossy(&self.typed) + draft;
        let tokens = vocabulary.text(&whole);
        tokens.strip_prefix(self.tokens.as_slice()).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        let texts =
            ["d", "de", "deac", "deacti", "deactivate", "e", "def", " de", "x", "a", "ac", "activate"];
        Pieces::new(texts.iter().zip(0..).map(|(text, id)| (text.as_bytes().to_vec(), LlamaToken(id))))
    }

    #[test]
    fn tokens_that_spell_what_was_typed() {
        let pieces = pieces();
        let cases: &[(&str, &[&str])] = &[
            ("d", &["d", "de", "deac", "deacti", "deactivate", "def"]),
            ("deact", &["d", "de", "deac", "deacti", "deactivate"]),
            ("ac", &["a", "ac", "activate"]),
            (" d", &[" de"]),
            ("q", &[]),
        ];
        for (typed, expected) in cases {
            let found = pieces.compatible(typed.as_bytes());
            let texts: Vec<_> = found
                .iter()
                .map(|token| pieces.0.iter().find(|piece| piece.1 == *token).unwrap().0.clone())
                .map(|bytes| String::from_utf8(bytes).unwrap())
                .collect();
            assert_eq!(texts, *expected, "{typed:?}");
        }
    }
}
