//! Chooses the next token: the most probable one, by the model and the request's prior together. While a half-typed
//! word is healed, only tokens that spell it are to choose from. Tokens that differ only behind the text's end are weighed
//! together (`ends.rs`).

use crate::decode::log_sum_exp;
use crate::ends::Ends;
use crate::heal::Pieces;
use crate::vocabulary::Vocabulary;
use llama_cpp_2::token::LlamaToken;
use std::collections::HashMap;
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
    pieces: &'a Pieces,
    ends: &'a Ends,
    /// What ends the text; empty for nothing.
    stop: &'a str,
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
        pieces: &'a Pieces,
        (ends, stop): (&'a Ends, &'a str),
        typed: Vec<u8>,
        prior: Option<Arc<dyn Prior>>,
    ) -> Self {
        let (tokens, written) = Default::default();
        Self { vocabulary, pieces, ends, stop, prior, typed, spelled: 0, tokens, written }
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

    /// The next token by the logits after all that were chosen so far: of the text that is most probable, the token
    /// that is.
    pub(crate) fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError> {
        let unspelled = self.typed.get(self.spelled..).unwrap_or_default().to_vec();
        let own = Own::new(self, logits, &unspelled);
        let best =
            own.best().ok_or_else(|| InferenceError::Model("no token spells what was typed".into()))?;
        let mut shares = self.shares(&own);
        shares.retain(|(token, _)| own.may_be(*token));
        let left = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
        let share_of = |wanted: &dyn Fn(LlamaToken) -> bool| -> f64 {
            shares.iter().filter(|(token, _)| wanted(*token)).map(|(_, share)| share).sum()
        };
        let mixed = |base| left * own.of_base(base) + share_of(&|token| self.ends.base(token) == base);
        let bases = std::iter::once(best).chain(shares.iter().map(|(token, _)| self.ends.base(*token)));
        let base = bases.max_by(|&a, &b| mixed(a).total_cmp(&mixed(b))).unwrap_or(best);

        // Whatever ends the text is the same; of what says more, the token says whether it ends there.
        let (token, own, share) = if base == self.vocabulary.end_of_text() {
            (base, own.of_base(base), share_of(&|token| self.ends.base(token) == base))
        } else {
            let parts = |one| (own.of(one), share_of(&|token| token == one));
            let members = own.members(base).map(|one| (one, parts(one)));
            let best = members.max_by(|(_, a), (_, b)| (left * a.0 + a.1).total_cmp(&(left * b.0 + b.1)));
            let (token, (own, share)) = best.unwrap_or_else(|| (base, parts(base)));
            (token, own, share)
        };

        let bytes = if self.vocabulary.ends_text(token) { Vec::new() } else { self.vocabulary.bytes(token) };
        let beyond = bytes.get(unspelled.len()..).unwrap_or_default().to_vec();
        if self.is_healing() {
            self.spelled += bytes.len();
            self.tokens.push(token);
        }
        self.written.extend(&beyond);
        let logprob = (left * own + share).ln() as f32;
        Ok(Next { token, bytes: beyond, logprob, drafted: false, recalled: share > left * own })
    }

    /// The tokens with which the prior's continuations begin, and the probability it gives to each.
    fn shares(&self, own: &Own<'_>) -> Vec<(LlamaToken, f64)> {
        let Some(prior) = &self.prior else { return Vec::new() };
        let mut shares: Vec<(LlamaToken, f64)> = Vec::new();
        for one in prior.continuations(&String::from_utf8_lossy(&self.written)) {
            let token = own.first_token(&one.text, one.ends);
            match shares.iter_mut().find(|(other, _)| *other == token) {
                Some((_, share)) => *share += f64::from(one.probability),
                None => shares.push((token, f64::from(one.probability))),
            }
        }
        shares
    }
}

/// The model's own distribution over the next token, while `unspelled` has to be spelled.
struct Own<'a> {
    chooser: &'a Chooser<'a>,
    logits: &'a [f32],
    unspelled: &'a [u8],
    /// In the order of their numbers; `None` for all.
    allowed: Option<Vec<LlamaToken>>,
    /// The logarithm of what all allowed tokens have together.
    sum: f64,
    /// What the tokens have together that a stop begins in, with the token of the text before it.
    ending: HashMap<LlamaToken, f64>,
}

impl<'a> Own<'a> {
    fn new(chooser: &'a Chooser<'a>, logits: &'a [f32], unspelled: &'a [u8]) -> Self {
        let allowed = (!unspelled.is_empty()).then(|| {
            let mut tokens = chooser.pieces.compatible(unspelled);
            tokens.sort_unstable_by_key(|token| token.0);
            tokens
        });
        let ending = HashMap::new();
        let mut own = Self { chooser, logits, unspelled, allowed, sum: 0.0, ending };
        own.sum = match &own.allowed {
            None => log_sum_exp(logits),
            Some(tokens) => log_sum_exp(&tokens.iter().map(|&token| own.logit(token)).collect::<Vec<_>>()),
        };
        for &(token, base) in chooser.ends.variants() {
            if own.may_be(token) && own.may_be(base) {
                *own.ending.entry(base).or_default() += own.of(token);
            }
        }
        own
    }

    fn logit(&self, token: LlamaToken) -> f32 {
        self.logits.get(token.0 as usize).copied().unwrap_or(f32::NEG_INFINITY)
    }

    fn may_be(&self, token: LlamaToken) -> bool {
        let found = |tokens: &Vec<LlamaToken>| tokens.binary_search_by_key(&token.0, |one| one.0).is_ok();
        self.allowed.as_ref().is_none_or(found)
    }

    fn of(&self, token: LlamaToken) -> f64 {
        (f64::from(self.logit(token)) - self.sum).exp()
    }

    /// Of `base` and all that say no more than it before the text's end.
    fn of_base(&self, base: LlamaToken) -> f64 {
        self.of(base) + self.ending.get(&base).copied().unwrap_or_default()
    }

    /// `base` and all that say no more than it before the text's end.
    fn members(&self, base: LlamaToken) -> impl Iterator<Item = LlamaToken> + '_ {
        let variants = self.chooser.ends.variants().iter();
        let ending = variants.filter(move |(_, of)| *of == base).map(|(token, _)| *token);
        std::iter::once(base).chain(ending).filter(|token| self.may_be(*token))
    }

    /// The most probable text.
    fn best(&self) -> Option<LlamaToken> {
        let all = 0..self.logits.len() as i32;
        let single = match &self.allowed {
            None => most(all.map(LlamaToken), self.logits),
            Some(tokens) => most(tokens.iter().copied(), self.logits),
        };
        let bases = single.map(|token| self.chooser.ends.base(token)).into_iter();
        let bases = bases.chain(self.ending.keys().copied());
        // Equal ones go by their number: a map has no order of its own.
        bases.max_by(|&a, &b| self.of_base(a).total_cmp(&self.of_base(b)).then(b.0.cmp(&a.0)))
    }

    /// The token that `text` begins with, where `unspelled` has to be spelled before it.
    fn first_token(&self, text: &str, ends: bool) -> LlamaToken {
        let vocabulary = self.chooser.vocabulary;
        let stop = if ends && !text.is_empty() { self.chooser.stop } else { "" };
        let text = String::from_utf8_lossy(self.unspelled) + text + stop;
        vocabulary.text(&text).first().copied().unwrap_or_else(|| vocabulary.end_of_text())
    }
}

/// The token of the largest logit.
fn most(tokens: impl Iterator<Item = LlamaToken>, logits: &[f32]) -> Option<LlamaToken> {
    let scored = tokens.filter_map(|token| Some((token, *logits.get(token.0 as usize)?)));
    scored.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(token, _)| token)
}
