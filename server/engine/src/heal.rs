//! The tokens of a vocabulary in the order of their bytes, and which of them spell what was typed.
//!
//! Token healing: a half-typed word was cut where no tokenizer would cut it, so its tokens are taken back and predicted
//! again among those that spell what was typed.

use llama_cpp_2::token::LlamaToken;

/// All tokens: those that are text in the order of their bytes, and the others, none of which can stand in one.
pub(crate) struct Pieces(Vec<(Vec<u8>, LlamaToken)>, Vec<LlamaToken>);

impl Pieces {
    /// Each token with its bytes; `None` for one that is no text.
    pub(crate) fn new(tokens: impl Iterator<Item = (Option<Vec<u8>>, LlamaToken)>) -> Self {
        let (mut pieces, mut others) = (Vec::new(), Vec::new());
        for (bytes, token) in tokens {
            match bytes {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => pieces.push((bytes, token)),
                None => others.push(token),
            }
        }
        pieces.sort_by(|a, b| a.0.cmp(&b.0));
        Self(pieces, others)
    }

    /// The tokens that are text, with their bytes.
    pub(crate) fn texts(&self) -> &[(Vec<u8>, LlamaToken)] {
        &self.0
    }

    /// The tokens that are none.
    pub(crate) fn others(&self) -> &[LlamaToken] {
        &self.1
    }

    /// The token that says just `text`.
    pub(crate) fn token(&self, text: &[u8]) -> Option<LlamaToken> {
        self.0.get(self.first_from(text)).filter(|(bytes, _)| bytes == text).map(|(_, token)| *token)
    }

    /// The tokens that `text` may begin with, or that begin with `text`.
    pub(crate) fn compatible(&self, text: &[u8]) -> Vec<LlamaToken> {
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

#[cfg(test)]
mod words;

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        let texts =
            ["d", "de", "deac", "deacti", "deactivate", "e", "def", " de", "x", "a", "ac", "activate"];
        let text = |(text, id): (&&str, i32)| (Some(text.as_bytes().to_vec()), LlamaToken(id));
        Pieces::new(texts.iter().zip(0..).map(text))
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
