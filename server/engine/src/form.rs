//! Whoever names the tokens of an answer: freely, or held to a form by a guide that is asked about each one. What was held to a
//! schema is judged once more when it is whole, by an implementation that shares nothing with the guide.

use crate::choose::{Choose, Chooser, Next, most};
use crate::decode::log_sum_exp;
use crate::vocabulary::Vocabulary;
use crate::words::Words;
use llama_cpp_2::token::LlamaToken;
use std::time::{Duration, Instant};
use trust_constraint::{Choice, ConstraintError, Guide, Validator};
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
            let judge = match constraint {
                Constraint::JsonSchema(schema) => Some(Validator::new(schema).map_err(refusal)?),
                _ => None,
            };
            let (completion, said, spent) = (None, Vec::new(), start.elapsed());
            let vocabulary = &words.vocabulary;
            return Ok(Self::Held(Box::new(Held { vocabulary, guide, judge, said, completion, spent })));
        }
        let ends = words.ends(&request.stop, &request.visible)?;
        let stop = request.stop.first().map_or("", String::as_str);
        let (vocabulary, pieces) = (&words.vocabulary, words.pieces());
        let chooser = Chooser::new(vocabulary, pieces, (ends, stop), typed, request.prior.clone());
        Ok(Self::Free(chooser.avoiding(&request.avoid)))
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

    /// Whether a whole answer is what its schema asks for.
    pub(crate) fn judge(&self) -> Result<(), InferenceError> {
        match self {
            Self::Held(held) => held.judge.as_ref().map_or(Ok(()), |judge| judged(judge, &held.said)),
            Self::Free(_) => Ok(()),
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
    judge: Option<Validator>,
    said: Vec<u8>,
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
        self.said.extend(&bytes);
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

/// The error quotes nothing of what was said.
fn judged(judge: &Validator, said: &[u8]) -> Result<(), InferenceError> {
    let left = |how: String| InferenceError::Constraint(format!("the answer left its schema: {how}"));
    let answer = serde_json::from_slice(said).map_err(|_| left("it is no JSON".into()))?;
    match judge.fault(&answer) {
        Some(place) => Err(left(format!("it does not fit at {place:?}"))),
        None => Ok(()),
    }
}

/// What a refusal of the guide is to whoever asked for the text.
fn refusal(error: ConstraintError) -> InferenceError {
    InferenceError::Constraint(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_left_its_schema_is_an_error_that_quotes_nothing() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
        let judge = Validator::new(&schema).unwrap();
        let cases = [
            (r#"{"a":1}"#, None),
            (r#"{"a":"secret"}"#, Some("at \"/a\"")),
            (r#"{"b":1}"#, Some("at \"\"")),
            (r#"{"a":1"#, Some("no JSON")),
            ("secret", Some("no JSON")),
            ("", Some("no JSON")),
        ];
        for (said, expected) in cases {
            let found = judged(&judge, said.as_bytes()).err().map(|error| error.to_string());
            let told = found.as_deref().zip(expected).map(|(told, part)| told.contains(part));
            assert_eq!(told, expected.map(|_| true), "{said} {found:?}");
            assert!(!found.unwrap_or_default().contains("secret"));
        }
    }
}
