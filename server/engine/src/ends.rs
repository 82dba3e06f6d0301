//! Ways of ending a text. A line's end is no token of its own: vocabularies have `;` and `;` with a line break, and line
//! breaks with the next line's indentation, and a model spreads what it believes over all of them. What counts is the
//! text before the stop string, so tokens that agree in it are weighed together.

use crate::heal::Pieces;
use llama_cpp_2::token::LlamaToken;

/// For one set of stop strings: the tokens that a stop begins in, each with the token of the text before it.
pub(crate) struct Ends {
    variants: Vec<(LlamaToken, LlamaToken)>,
    /// Control tokens that are a part of the text.
    visible: Vec<LlamaToken>,
}

impl Ends {
    /// `end` is the token that stands for all that end the text with no text of their own.
    pub(crate) fn new(pieces: &Pieces, stop: &[String], visible: Vec<LlamaToken>, end: LlamaToken) -> Self {
        let ending = pieces.others().iter().filter(|token| !visible.contains(token));
        let mut variants: Vec<_> = ending.map(|&token| (token, end)).collect();
        for (bytes, token) in pieces.texts() {
            let cuts = stop.iter().filter(|stop| !stop.is_empty());
            let cut = cuts.filter_map(|stop| find(bytes, stop.as_bytes())).min();
            let base = match cut {
                None => continue,
                Some(0) => Some(end),
                Some(cut) => pieces.token(&bytes[..cut]),
            };
            variants.extend(base.map(|base| (*token, base)));
        }
        variants.retain(|(token, base)| token != base);
        variants.sort_unstable_by_key(|(token, _)| token.0);
        Self { variants, visible }
    }

    /// The token of the text that `token` says before a stop: itself where there is none in it.
    pub(crate) fn base(&self, token: LlamaToken) -> LlamaToken {
        let found = self.variants.binary_search_by_key(&token.0, |(token, _)| token.0);
        found.map_or(token, |index| self.variants[index].1)
    }

    pub(crate) fn is_visible(&self, token: LlamaToken) -> bool {
        self.visible.contains(&token)
    }

    pub(crate) fn variants(&self) -> &[(LlamaToken, LlamaToken)] {
        &self.variants
    }
}

/// Where `stop`, which is not empty, begins in `bytes`.
pub(crate) fn find(bytes: &[u8], stop: &[u8]) -> Option<usize> {
    bytes.windows(stop.len()).position(|window| window == stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_grouped_by_the_text_before_a_stop() {
        let texts = [";", ";\n", "\n", "\n    ", "(\n\n", "a"];
        let text = |(text, id): (&&str, i32)| (Some(text.as_bytes().to_vec()), LlamaToken(id));
        let pieces =
            Pieces::new(texts.iter().zip(0..).map(text).chain([8, 9].map(|id| (None, LlamaToken(id)))));
        let bases = |stop: &[&str]| {
            let stop: Vec<String> = stop.iter().map(|stop| stop.to_string()).collect();
            let ends = Ends::new(&pieces, &stop, Vec::new(), LlamaToken(9));
            (0..10).map(|id| ends.base(LlamaToken(id)).0).collect::<Vec<_>>()
        };
        // "(" is no token here, so "(\n\n" stands for itself.
        assert_eq!(bases(&["\n"]), [0, 0, 9, 9, 4, 5, 6, 7, 9, 9]);
        assert_eq!(bases(&["\n\n", ""]), [0, 1, 2, 3, 4, 5, 6, 7, 9, 9]);
        assert_eq!(bases(&[]), [0, 1, 2, 3, 4, 5, 6, 7, 9, 9]);
    }
}
