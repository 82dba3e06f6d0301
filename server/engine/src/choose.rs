//! Chooses the next token: the most probable one, by the model and the request's prior together. While a half-typed
//! word is healed, only tokens that spell it are to choose from. Tokens that differ only behind the text's end are weighed
//! together (`ends.rs`).

use crate::decode::log_sum_exp;
use crate::ends::{Ends, find};
use crate::heal::Pieces;
use crate::vocabulary::Vocabulary;
use llama_cpp_2::token::LlamaToken;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use trust_inference::{InferenceError, Opinion, Prior};

/// Tokens that many nats less likely than the likeliest are not asked whether they may end the text.
const UNLIKELY: f32 = 12.0;

/// The token that was chosen.
#[derive(Debug, Clone)]
pub(crate) struct Next {
    pub(crate) token: LlamaToken,
    /// How many bytes it has; those that were typed already among them.
    pub(crate) spelled: usize,
    /// Its bytes, but for those that were typed already.
    pub(crate) bytes: Vec<u8>,
    /// Natural logarithm of its probability.
    pub(crate) logprob: f32,
    pub(crate) drafted: bool,
    /// The prior had the larger share in it.
    pub(crate) recalled: bool,
    /// The text ends here; the token is no part of it.
    pub(crate) ends: bool,
}

/// Names the next token by the logits after all that it named so far.
pub(crate) trait Choose {
    fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError>;
}

#[derive(Clone)]
pub(crate) struct Chooser<'a> {
    vocabulary: &'a Vocabulary<'a>,
    pieces: &'a Pieces,
    ends: Rc<Ends>,
    /// What ends the text; empty for nothing.
    stop: Rc<str>,
    prior: Option<Arc<dyn Prior>>,
    /// What the text may not begin with.
    avoid: Rc<[String]>,
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
        (ends, stop): (Rc<Ends>, &str),
        typed: Vec<u8>,
        prior: Option<Arc<dyn Prior>>,
    ) -> Self {
        let (avoid, tokens, written) = (Rc::default(), Vec::new(), Vec::new());
        Self { vocabulary, pieces, ends, stop: stop.into(), prior, avoid, typed, spelled: 0, tokens, written }
    }

    /// The same, but that the text begins with none of `avoid`.
    pub(crate) fn avoiding(self, avoid: &[String]) -> Self {
        Self { avoid: avoid.into(), ..self }
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

    /// The tokens with which the `count` most probable texts go on, the likeliest first; at least one.
    pub(crate) fn rank(&self, logits: &[f32], count: usize) -> Result<Vec<Next>, InferenceError> {
        let unspelled = self.typed.get(self.spelled..).unwrap_or_default();
        let own = Own::new(self, logits, unspelled, count);
        let mut shares = self.shares(&own);
        shares.retain(|(token, _)| own.may_be(*token));
        let left = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
        let share_of = |wanted: &dyn Fn(LlamaToken) -> bool| -> f64 {
            shares.iter().filter(|(token, _)| wanted(*token)).map(|(_, share)| share).sum()
        };
        let mixed = |base| left * own.of_base(base) + share_of(&|token| self.ends.base(token) == base);
        let recalled = shares.iter().map(|(token, _)| self.ends.base(*token));
        let bases = own.likeliest.iter().map(|(base, _)| *base).chain(recalled);
        let mut bases: Vec<(LlamaToken, f64)> = bases.map(|base| (base, mixed(base))).collect();
        bases.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.0.cmp(&b.0.0)));
        bases.dedup_by_key(|(base, _)| base.0);
        bases.truncate(count);
        if bases.is_empty() {
            return Err(InferenceError::Model("no token spells what was typed".into()));
        }

        // Whatever ends the text is the same; of what says more, the token says whether it ends there.
        let token_of = |base| {
            if base == self.vocabulary.end_of_text() {
                return (base, own.of_base(base), share_of(&|token| self.ends.base(token) == base));
            }
            let parts = |one| (own.of(one), share_of(&|token| token == one));
            let members = own.members(base).map(|one| (one, parts(one)));
            let best = members.max_by(|(_, a), (_, b)| (left * a.0 + a.1).total_cmp(&(left * b.0 + b.1)));
            let (token, (own, share)) = best.unwrap_or_else(|| (base, parts(base)));
            (token, own, share)
        };
        let next = |(base, _)| {
            let (token, own, share) = token_of(base);
            let ends = self.vocabulary.ends_text(token) && !self.ends.is_visible(token);
            let bytes = if ends { Vec::new() } else { self.vocabulary.written(token) };
            let spelled = bytes.len();
            let bytes = bytes.get(unspelled.len()..).unwrap_or_default().to_vec();
            let (logprob, recalled) = ((left * own + share).ln() as f32, share > left * own);
            Next { token, spelled, bytes, logprob, drafted: false, recalled, ends }
        };
        Ok(bases.into_iter().map(next).collect())
    }

    /// Goes on with `next`.
    pub(crate) fn take(&mut self, next: &Next) {
        if self.is_healing() {
            self.spelled += next.spelled;
            self.tokens.push(next.token);
        }
        self.written.extend(&next.bytes);
    }

    /// Whether `token` does not end the text, or `prior` lets it; the first `typed` bytes of it are no part of that.
    fn may_end(&self, token: LlamaToken, prior: &dyn Prior, typed: usize) -> bool {
        let ends = self.vocabulary.ends_text(token) && !self.ends.is_visible(token);
        let bytes = if ends { Vec::new() } else { self.vocabulary.written(token) };
        let stop = Some(&*self.stop).filter(|stop| !stop.is_empty());
        let cut = stop.and_then(|stop| find(&bytes, stop.as_bytes()));
        let Some(end) = ends.then_some(0).or(cut) else { return true };
        let mut written = self.written.clone();
        written.extend(bytes[..end].get(typed..).unwrap_or_default());
        prior.may_end(&String::from_utf8_lossy(&written))
    }

    /// Of the tokens those, in the order of their numbers, with which the text would begin as it may not, `typed` bytes of
    /// each being no part of it.
    fn avoided(&self, typed: usize) -> Vec<LlamaToken> {
        let written = self.written.trim_ascii_start();
        // What is left to say of each that the text could still become.
        let open = self.avoid.iter().filter_map(|avoid| avoid.as_bytes().strip_prefix(written));
        let open: Vec<&[u8]> = open.filter(|rest| !rest.is_empty()).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let begins = |bytes: &[u8]| {
            let said = bytes.get(typed..).unwrap_or_default();
            let said = if written.is_empty() { said.trim_ascii_start() } else { said };
            open.iter().any(|rest| said.starts_with(rest))
        };
        let pieces = self.pieces.texts().iter().filter(|(bytes, _)| begins(bytes));
        let mut found: Vec<_> = pieces.map(|(_, token)| *token).collect();
        found.sort_unstable_by_key(|token| token.0);
        found
    }

    /// The tokens with which the prior's continuations begin, and the probability it gives to each.
    fn shares(&self, own: &Own<'_>) -> Vec<(LlamaToken, f64)> {
        let Some(prior) = &self.prior else { return Vec::new() };
        let mut shares: Vec<(LlamaToken, f64)> = Vec::new();
        for one in prior.continuations(&String::from_utf8_lossy(&self.written), own) {
            let token = own.first_token(&one.text, one.ends);
            match shares.iter_mut().find(|(other, _)| *other == token) {
                Some((_, share)) => *share += f64::from(one.probability),
                None => shares.push((token, f64::from(one.probability))),
            }
        }
        shares
    }
}

impl Choose for Chooser<'_> {
    fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError> {
        let best = self.rank(logits, 1)?.remove(0);
        self.take(&best);
        Ok(best)
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
    /// The most probable texts, with what each has; the likeliest first.
    likeliest: Vec<(LlamaToken, f64)>,
}

impl<'a> Own<'a> {
    fn new(chooser: &'a Chooser<'a>, logits: &'a [f32], unspelled: &'a [u8], count: usize) -> Self {
        let compatible = (!unspelled.is_empty()).then(|| {
            let mut tokens = chooser.pieces.compatible(unspelled);
            tokens.sort_unstable_by_key(|token| token.0);
            tokens
        });
        let limited = chooser.prior.as_ref().filter(|prior| prior.limits_ends());
        let allowed = match limited {
            None => compatible,
            Some(prior) => {
                let all = || (0..logits.len() as i32).map(LlamaToken).collect();
                let mut going_on = compatible.clone().unwrap_or_else(all);
                let likely = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max) - UNLIKELY;
                going_on.retain(|token| {
                    let likely = logits.get(token.0 as usize).is_some_and(|logit| *logit > likely);
                    !likely || chooser.may_end(*token, prior.as_ref(), unspelled.len())
                });
                if going_on.is_empty() { compatible } else { Some(going_on) }
            }
        };
        let avoided = chooser.avoided(unspelled.len());
        let allowed = if avoided.is_empty() {
            allowed
        } else {
            let all = || (0..logits.len() as i32).map(LlamaToken).collect();
            let mut others = allowed.clone().unwrap_or_else(all);
            others.retain(|token| avoided.binary_search_by_key(&token.0, |one| one.0).is_err());
            if others.is_empty() { allowed } else { Some(others) }
        };
        let (ending, likeliest) = Default::default();
        let mut own = Self { chooser, logits, unspelled, allowed, sum: 0.0, ending, likeliest };
        own.sum = match &own.allowed {
            None => log_sum_exp(logits),
            Some(tokens) => log_sum_exp(&tokens.iter().map(|&token| own.logit(token)).collect::<Vec<_>>()),
        };
        for &(token, base) in chooser.ends.variants() {
            if own.may_be(token) && own.may_be(base) {
                *own.ending.entry(base).or_default() += own.of(token);
            }
        }
        own.likeliest = own.find_likeliest(count);
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

    /// The `count` most probable texts, with what each has.
    fn find_likeliest(&self, count: usize) -> Vec<(LlamaToken, f64)> {
        let all = 0..self.logits.len() as i32;
        let single = match &self.allowed {
            None => most(all.map(LlamaToken), self.logits, count),
            Some(tokens) => most(tokens.iter().copied(), self.logits, count),
        };
        let bases = single.into_iter().map(|token| self.chooser.ends.base(token));
        let bases = bases.chain(self.ending.keys().copied());
        let mut bases: Vec<(LlamaToken, f64)> = bases.map(|base| (base, self.of_base(base))).collect();
        // Equal ones go by their number: a map has no order of its own.
        bases.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.0.cmp(&b.0.0)));
        bases.dedup_by_key(|(base, _)| *base);
        bases.truncate(count);
        bases
    }

    /// The token that `text` begins with, where `unspelled` has to be spelled before it.
    fn first_token(&self, text: &str, ends: bool) -> LlamaToken {
        let vocabulary = self.chooser.vocabulary;
        let stop = if ends && !text.is_empty() { &*self.chooser.stop } else { "" };
        let text = String::from_utf8_lossy(self.unspelled) + text + stop;
        vocabulary.text(&text).first().copied().unwrap_or_else(|| vocabulary.end_of_text())
    }
}

impl Opinion for Own<'_> {
    fn likeliest(&self) -> f32 {
        self.likeliest.first().map_or(0.0, |(_, probability)| *probability as f32)
    }

    fn of(&self, text: &str, ends: bool) -> (u32, f32) {
        let token = self.chooser.ends.base(self.first_token(text, ends));
        (token.0 as u32, self.of_base(token) as f32)
    }
}

/// The tokens of the `count` largest logits, the largest first.
pub(crate) fn most(
    tokens: impl Iterator<Item = LlamaToken>,
    logits: &[f32],
    count: usize,
) -> Vec<LlamaToken> {
    let mut best: Vec<(LlamaToken, f32)> = Vec::with_capacity(count + 1);
    for (token, logit) in tokens.filter_map(|token| Some((token, *logits.get(token.0 as usize)?))) {
        if best.len() < count || best.last().is_some_and(|last| logit > last.1) {
            let place = best.partition_point(|one| one.1 >= logit);
            best.insert(place, (token, logit));
            best.truncate(count);
        }
    }
    best.into_iter().map(|(token, _)| token).collect()
}
