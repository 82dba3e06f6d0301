//! A short way from the middle of an answer to an end that its form allows: greedily, byte by byte. A kind of
//! byte that was taken often lately is taken less readily, so that no way goes in a circle for ever.

use crate::ConstraintError;
use crate::closers::{Closers, Closing, kind};
use llguidance::Matcher;
use toktrie::{SimpleVob, TokEnv, TokTrie};

/// Bytes after which a closing is given up.
const MAX_STEPS: usize = 1200;
/// Tokens of a way that count as lately.
const LATELY: usize = 24;

/// Finds closings. `hints` are texts that end what may go on for ever, such as a value without quotes.
pub(crate) struct Closer<'a> {
    pub(crate) env: &'a TokEnv,
    pub(crate) closers: &'a Closers,
    pub(crate) hints: &'a [Vec<u32>],
}

impl Closer<'_> {
    /// The tokens that close the answer from where `matcher` stands; none where no way was found.
    pub(crate) fn plan(&self, matcher: &Matcher) -> Result<Option<Vec<u32>>, ConstraintError> {
        let mut ahead = matcher.clone();
        let mut tokens = Vec::new();
        while !ahead.is_accepting().map_err(|error| ConstraintError::engine(&error))? {
            let lately = &tokens[tokens.len().saturating_sub(LATELY)..];
            let Some(step) = self.step(&mut ahead, lately)?.filter(|_| tokens.len() < MAX_STEPS) else {
                return Ok(None);
            };
            ahead.consume_tokens(&step).map_err(|error| ConstraintError::engine(&error))?;
            tokens.extend(step);
        }
        self.shortened(matcher, tokens).map(Some)
    }

    fn step(&self, ahead: &mut Matcher, lately: &[u32]) -> Result<Option<Vec<u32>>, ConstraintError> {
        let inside = !self.closers.probes.is_empty() && self.all(ahead, &self.closers.probes)?;
        if inside {
            if self.allowed(ahead, &self.closers.newline)? {
                for hint in self.hints {
                    if self.allowed(ahead, hint)? {
                        return Ok(Some(hint.clone()));
                    }
                }
            }
        } else {
            // What is asked for most often needs no mask.
            for closing in self.closers.outside.iter().take(4) {
                let token = closing.token;
                if !lately.ends_with(&[token, token]) && self.allowed(ahead, &[token])? {
                    return Ok(Some(vec![token]));
                }
            }
        }
        let order = if inside { &self.closers.inside } else { &self.closers.outside };
        let mask = ahead.compute_mask().map_err(|error| ConstraintError::engine(&error))?;
        let trie = self.env.tok_trie();
        let kinds: Vec<u8> =
            lately.iter().filter_map(|&token| trie.token(token).first().copied()).map(kind).collect();
        let uses = |closing: &Closing| kinds.iter().filter(|&&kind| kind == closing.kind).count();
        let allowed = order.iter().filter(|closing| mask.is_allowed(closing.token));
        let byte = allowed.min_by_key(|closing| usize::from(closing.rank) + 3 * uses(closing));
        let byte = byte.map(|closing| closing.token);
        Ok(byte.or_else(|| self.other(&mask)).map(|token| vec![token]))
    }

    /// The shortest token of those allowed, where none is of one byte: a control token, or a byte that the vocabulary
    /// has within longer tokens only.
    fn other(&self, mask: &SimpleVob) -> Option<u32> {
        let trie = self.env.tok_trie();
        let ends = trie.eos_tokens();
        mask.iter().filter(|token| !ends.contains(token)).min_by_key(|&token| trie.token_len(token))
    }

    fn all(&self, ahead: &mut Matcher, tokens: &[u32]) -> Result<bool, ConstraintError> {
        for token in tokens {
            if !self.allowed(ahead, &[*token])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn allowed(&self, ahead: &mut Matcher, tokens: &[u32]) -> Result<bool, ConstraintError> {
        let valid = ahead.validate_tokens(tokens).map_err(|error| ConstraintError::engine(&error))?;
        Ok(!tokens.is_empty() && valid == tokens.len())
    }

    /// The same text in as few tokens as the vocabulary can do it greedily, if the form takes them too.
    fn shortened(&self, matcher: &Matcher, tokens: Vec<u32>) -> Result<Vec<u32>, ConstraintError> {
        let trie = self.env.tok_trie();
        let (mut short, mut text) = (Vec::new(), Vec::new());
        for &token in &tokens {
            if is_control(trie, token) {
                short.extend(trie.greedy_tokenize(&std::mem::take(&mut text)));
                short.push(token);
            } else {
                text.extend_from_slice(trie.token(token));
            }
        }
        short.extend(trie.greedy_tokenize(&text));
        let taken = short.len() < tokens.len() && self.allowed(&mut matcher.clone(), &short)?;
        Ok(if taken { short } else { tokens })
    }
}

fn is_control(trie: &TokTrie, token: u32) -> bool {
    trie.token(token).first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER)
}
