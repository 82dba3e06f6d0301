//! Whoever names the tokens of an answer: freely, or held to a form by a guide that is asked about each one.

use crate::choose::{Choose, Chooser, Next, most};
use crate::decode::log_sum_exp;
use crate::vocabulary::Vocabulary;
use crate::words::Words;
use llama_cpp_2::token::LlamaToken;
use std::time::{Duration, Instant};
use trust_constraint::{Choice, ConstraintError, Guide};
use trust_inference::{Completion, Constraint, InferenceError, Request};

pub(crate) enum Speaker<'a> {
    Free(Chooser<'a>),
    Held(Box<Held<'a>>),
}

impl<'a> Speaker<'a> {
    /// Who answers `request` within its budget and the `room` that the context has left. `typed` is what has to be
    /// spelled again.
    pub(crate) fn new(
        words: &'a Words<'a>,
        request: &Request,
        typed: Vec<u8>,
        room: u32,
    ) -> Result<Self, InferenceError> {
        if let Some(constraint) = &request.constraint {
            let start = Instant::now();
            let guide = guide(words, constraint, request, room)?;
            let spent = start.elapsed();
            return Ok(Self::Held(Box::new(Held {
                vocabulary: &words.vocabulary,
                guide,
                completion: None,
                spent,
            })));
        }
        let ends = words.ends(&request.stop, &request.visible)?;
        let stop = request.stop.first().map_or("", String::as_str);
        let (vocabulary, pieces) = (&words.vocabulary, words.pieces());
        Ok(Self::Free(Chooser::new(vocabulary, pieces, (ends, stop), typed, request.prior.clone())))
    }

    /// How the text ended, if it was its form that ended it: known before another token is asked for where possible,
    /// since that costs a decode call.
    pub(crate) fn completion(&mut self) -> Result<Option<Completion>, InferenceError> {
        match self {
            Self::Free(_) => Ok(None),
            Self::Held(held) => match held.completion {
                None => held.guide.end().map_err(refusal),
                completion => Ok(completion),
            },
        }
    }

    /// What holding the text to its form has taken so far.
    pub(crate) fn spent(&self) -> Duration {
        match self {
            Self::Free(_) => Duration::ZERO,
            Self::Held(held) => held.spent,
        }
    }

    pub(crate) fn is_healing(&self) -> bool {
        matches!(self, Self::Free(chooser) if chooser.is_healing())
    }

    pub(crate) fn rest_of(&self, draft: &str) -> Vec<LlamaToken> {
        match self {
            Self::Free(chooser) => chooser.rest_of(draft),
            Self::Held(_) => Vec::new(),
        }
    }
}

impl Choose for Speaker<'_> {
    fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError> {
        match self {
            Self::Free(chooser) => chooser.choose(logits),
            Self::Held(held) => held.choose(logits),
        }
    }
}

/// Holds an answer to its form.
pub(crate) struct Held<'a> {
    vocabulary: &'a Vocabulary<'a>,
    guide: Guide,
    completion: Option<Completion>,
    spent: Duration,
}

impl Choose for Held<'_> {
    /// The probability is the model's own, of all that it might have said.
    fn choose(&mut self, logits: &[f32]) -> Result<Next, InferenceError> {
        let (start, mut asked) = (Instant::now(), Duration::ZERO);
        let choice = self.guide.next(|mask| {
            let start = Instant::now();
            let best = match mask {
                None => most((0..logits.len() as i32).map(LlamaToken), logits, 1),
                Some(mask) => most(mask.tokens().map(|id| LlamaToken(id.cast_signed())), logits, 1),
            };
            // To find the most probable token is work that a free answer takes too.
            asked += start.elapsed();
            best.first().map(|token| token.0.cast_unsigned())
        });
        self.spent += start.elapsed().saturating_sub(asked);
        let (token, ends) = match choice.map_err(refusal)? {
            Choice::Token(id) => (LlamaToken(id.cast_signed()), false),
            Choice::End(completion) => {
                self.completion = Some(completion);
                (self.vocabulary.end_of_text(), true)
            }
        };
        let bytes = if ends { Vec::new() } else { self.vocabulary.written(token) };
        let logit = logits.get(token.0 as usize).copied().unwrap_or(f32::NEG_INFINITY);
        let logprob = ((f64::from(logit) - log_sum_exp(logits)) as f32).max(f32::MIN);
        let spelled = bytes.len();
        Ok(Next { token, spelled, bytes, logprob, drafted: false, recalled: false, ends })
    }
}

fn guide(
    words: &Words<'_>,
    constraint: &Constraint,
    request: &Request,
    room: u32,
) -> Result<Guide, InferenceError> {
    let budget = request.budget.tokens.min(room);
    let guide = words.grammars().and_then(|grammars| {
        let mut guide = grammars.compile(constraint)?;
        if let Some(cancel) = guide.cancellation() {
            request.cancel.on_cancel(cancel);
        }
        guide.within(budget)?;
        Ok(guide)
    });
    guide.map_err(|error| match error {
        ConstraintError::BudgetTooSmall { needed } => InferenceError::BudgetTooSmall { needed, budget },
        error => refusal(error),
    })
}

/// What a refusal of the guide is to whoever asked for the text.
fn refusal(error: ConstraintError) -> InferenceError {
    InferenceError::Constraint(error.to_string())
}
