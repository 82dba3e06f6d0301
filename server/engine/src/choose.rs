//! Chooses the next token: the most probable one, by the model and the request's prior together. While a half-typed
//! word is healed, only tokens that spell it are to choose from.

use crate::decode::log_sum_exp;
use crate::heal::Pieces;
use crate::vocabulary::Vocabulary;
use llama_cpp_2::token::LlamaToken;
use std::cell::OnceCell;
use std::sync::Arc;
use trust_inference::{InferenceError, Prior};

/// The token that was chosen.
#[derive(Debug, Clone)]
pub(crate) struct Next {
    pub(crate) token: LlamaToken,
    /// Its bytes, but for those that were typed already.
    pub(crate) bytes: Vec<u8>,
    /// Natural logarithm of its probability.
    pub(crate) logprob: f32,
    pub(crate) drafted: bool,
    /// The prior had the larger share in it.
    pub(crate) recalled: bool,
}

pub(crate) struct Chooser<'a> {
    vocabulary: &'a Vocabulary<'a>,
    /// Sorting a vocabulary takes a moment, so the first half-typed word has it done.
    pieces: &'a OnceCell<Pieces>,
    prior: Option<Arc<dyn Prior>>,
    /// What was typed and has to be spelled again, and how much of it is spelled by `tokens`.
    typed: Vec<u8>,
    spelled: usize,
    tokens: Vec<LlamaToken>,
    /// All bytes chosen so far, but for those that were typed.
    written: Vec<u8>,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(
        vocabulary: &'a Vocabulary<'a>,
        pieces: &'a OnceCell<Pieces>,
        typed: Vec<u8>,
        prior: Option<Arc<dyn Prior>>,
    ) -> Self {
        Self { vocabulary, pieces, prior, typed, spelled: 0, tokens: Vec::new(), written: Vec::new() }
    }

    /// Whether what was typed has yet to be spelled.
    pub(crate) fn is_healing(&self) -> bool {
        self.spelled < self.typed.len()
    }

    /// The tokens of a draft that goes on after what was typed, as far as they are still to come: none where the
    /// healed tokens say something else.
    pub(crate) fn rest_of(&self, draft: &str) -> Vec<LlamaToken> {
        let whole = String::from_utf8_lossy(&self.typed) + draft;
        let tokens = self.vocabulary.text(&whole);
        tokens.strip_prefix(self.tokens.as_slice()).unwrap_or_default().to_vec()
    }

    /// The next token by the logits after all that were chosen so far.
    pub(crate) fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError> {
        let unspelled = self.typed.get(self.spelled..).unwrap_or_default().to_vec();
        let allowed = (!unspelled.is_empty()).then(|| {
            self.pieces.get_or_init(|| Pieces::new(self.vocabulary.pieces())).compatible(&unspelled)
        });
        let logit = |token: LlamaToken| logits.get(token.0 as usize).copied().unwrap_or(f32::NEG_INFINITY);
        let (best, sum) = match &allowed {
            None => (most(0..logits.len() as i32, logits), log_sum_exp(logits)),
            Some(tokens) => {
                let scored: Vec<f32> = tokens.iter().map(|&token| logit(token)).collect();
                (most(tokens.iter().map(|token| token.0), logits), log_sum_exp(&scored))
            }
        };
        let best = best.ok_or_else(|| InferenceError::Model("no token spells what was typed".into()))?;
        let own = |token| (f64::from(logit(token)) - sum).exp();

        let mut shares = self.shares(&unspelled);
        shares.retain(|(token, _)| allowed.as_ref().is_none_or(|tokens| tokens.contains(token)));
        let left = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
        let share_of =
            |token| shares.iter().find(|(other, _)| *other == token).map_or(0.0, |(_, share)| *share);
        let mixed = |token| left * own(token) + share_of(token);
        let candidates = std::iter::once(best).chain(shares.iter().map(|(token, _)| *token));
        let token = candidates.max_by(|&a, &b| mixed(a).total_cmp(&mixed(b))).unwrap_or(best);

        let bytes = if self.vocabulary.ends_text(token) { Vec::new() } else { self.vocabulary.bytes(token) };
        let beyond = bytes.get(unspelled.len()..).unwrap_or_default().to_vec();
        if self.is_healing() {
            self.spelled += bytes.len();
            self.tokens.push(token);
        }
        self.written.extend(&beyond);
        let recalled = share_of(token) > left * own(token);
        Ok(Next { token, bytes: beyond, logprob: mixed(token).ln() as f32, drafted: false, recalled })
    }

    /// The tokens with which the prior's continuations begin, and the probability it gives to each.
    fn shares(&self, unspelled: &[u8]) -> Vec<(LlamaToken, f64)> {
        let Some(prior) = &self.prior else { return Vec::new() };
        let mut shares: Vec<(LlamaToken, f64)> = Vec::new();
        for one in prior.continuations(&String::from_utf8_lossy(&self.written)) {
            let text = String::from_utf8_lossy(unspelled) + one.text.as_str();
            let token = match self.vocabulary.text(&text).first() {
                Some(token) => *token,
                None => self.vocabulary.end_of_text(),
            };
            match shares.iter_mut().find(|(other, _)| *other == token) {
                Some((_, share)) => *share += f64::from(one.probability),
                None => shares.push((token, f64::from(one.probability))),
            }
        }
        shares
    }
}

/// The token of the largest logit.
fn most(tokens: impl Iterator<Item = i32>, logits: &[f32]) -> Option<LlamaToken> {
    let scored = tokens.filter_map(|token| Some((token, *logits.get(token as usize)?)));
    scored.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(token, _)| LlamaToken(token))
}
