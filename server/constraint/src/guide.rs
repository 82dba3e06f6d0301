//! One answer under way: says which token comes next, within the form and within the budget.

use crate::ConstraintError;
use crate::close::Closer;
use crate::closers::Closers;
use crate::numbers::Numbers;
use llguidance::{CancellationHandle, Matcher};
use std::collections::VecDeque;
use std::sync::Arc;
use toktrie::{SimpleVob, TokEnv};
use trust_inference::Completion;

/// Tokens before the end of the budget from which on each token is asked whether the answer can still be closed
/// behind it; more where closing takes long.
const WATCHED: usize = 256;
/// Further from the end it is asked once in so many tokens.
const EVERY: u32 = 64;

/// The tokens that the form allows.
pub struct Mask(SimpleVob);

impl Mask {
    pub fn tokens(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter()
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Token(u32),
    End(Completion),
}

/// Holds one answer to its form. A clone is another answer, which begins where this one stands.
#[derive(Clone)]
pub struct Guide {
    matcher: Matcher,
    env: TokEnv,
    closers: Arc<Closers>,
    hints: Vec<Vec<u32>>,
    /// Where the answer stands, if all of it is JSON.
    numbers: Option<Numbers>,
    written: u32,
    remaining: u32,
    /// How the answer could be closed from here, where that is known.
    plan: Option<VecDeque<u32>>,
    longest: usize,
    /// The answer is being closed, since this many tokens.
    forced: Option<(u32, u32)>,
}

impl Guide {
    pub(crate) fn new(matcher: Matcher, env: TokEnv, closers: Arc<Closers>, hints: Vec<Vec<u32>>) -> Self {
        let (written, remaining, plan, longest, forced) = (0, u32::MAX, None, 0, None);
        Self { matcher, env, closers, hints, numbers: None, written, remaining, plan, longest, forced }
    }

    /// The same where the answer is JSON from its first byte: its numbers are ended while they can be read.
    pub(crate) fn of_json(mut self) -> Self {
        self.numbers = Some(Numbers::default());
        self
    }

    /// Has the answer be of `tokens` tokens at most. Refuses a budget that the shortest one known does not fit.
    pub fn within(&mut self, tokens: u32) -> Result<(), ConstraintError> {
        self.remaining = tokens;
        self.plan = self.closing(&self.matcher)?;
        self.longest = self.plan.as_ref().map_or(0, VecDeque::len);
        match &self.plan {
            Some(plan) if plan.len() > tokens as usize => {
                Err(ConstraintError::BudgetTooSmall { needed: plan.len() as u32 })
            }
            _ => Ok(()),
        }
    }

    /// How the answer ends, if nothing can follow what it has by now. To be asked before the next token is worked out,
    /// which would be for nothing.
    pub fn end(&mut self) -> Result<Option<Completion>, ConstraintError> {
        if self.matcher.is_error() {
            return Err(self.failure());
        }
        if let Some((at, suffix)) = self.forced {
            let open = self.plan.as_ref().is_some_and(|plan| !plan.is_empty());
            return Ok((!open).then_some(Completion::Forced { at, suffix }));
        }
        if self.matcher.is_stopped() {
            return Ok(Some(Completion::Natural));
        }
        if self.remaining == 0 {
            let closed = Completion::Forced { at: self.written, suffix: 0 };
            return Ok(Some(if self.is_accepting()? { closed } else { Completion::Truncated }));
        }
        Ok(None)
    }

    /// Ends a computation that is under way on another thread, and all that follow.
    pub fn cancellation(&self) -> Option<impl Fn() + Send + 'static + use<>> {
        let handle: CancellationHandle = self.matcher.cancellation_handle()?;
        Some(move || handle.cancel())
    }

    /// The next token. `best` names the most probable one of the mask, or of the whole vocabulary where there is none:
    /// mostly that one fits already, and no mask needs to be made.
    pub fn next(
        &mut self,
        mut best: impl FnMut(Option<&Mask>) -> Option<u32>,
    ) -> Result<Choice, ConstraintError> {
        if let Some(completion) = self.end()? {
            return Ok(Choice::End(completion));
        }
        if self.forced.is_some() {
            return self.close();
        }
        let Some(token) = self.fitting(&mut best)? else {
            return Ok(Choice::End(Completion::Natural));
        };
        if !self.leaves_room(token)? {
            let suffix = self.plan.as_ref().map_or(0, VecDeque::len) as u32;
            self.forced = Some((self.written, suffix));
            return match self.end()? {
                Some(completion) => Ok(Choice::End(completion)),
                None => self.close(),
            };
        }
        self.consume(token)?;
        Ok(Choice::Token(token))
    }

    /// The most probable token that fits; none where the answer ends.
    fn fitting(
        &mut self,
        best: &mut impl FnMut(Option<&Mask>) -> Option<u32>,
    ) -> Result<Option<u32>, ConstraintError> {
        if let Some(token) = best(None) {
            if self.ends(token) {
                if self.is_accepting()? {
                    return Ok(None);
                }
            } else if self.is_readable(token)
                && self.matcher.validate_tokens(&[token]).map_err(|_| self.failure())? == 1
            {
                return Ok(Some(token));
            }
        }
        let mut mask = Mask(self.matcher.compute_mask_or_eos().map_err(|_| self.failure())?);
        self.leave_out_unreadable(&mut mask);
        let token = best(Some(&mask)).ok_or(ConstraintError::DeadEnd)?;
        // A caller that did not look at the mask would write what was not asked for.
        if !mask.0.is_allowed(token) {
            return Err(ConstraintError::DeadEnd);
        }
        Ok((!self.ends(token)).then_some(token))
    }

    /// Whether no number gets too long by `token` for whoever reads it.
    fn is_readable(&self, token: u32) -> bool {
        self.numbers.is_none_or(|numbers| numbers.takes(self.env.tok_trie().token(token)))
    }

    /// Takes those tokens off by which a number would get too long, unless the schema asks for such a number.
    fn leave_out_unreadable(&self, mask: &mut Mask) {
        if self.numbers.is_none_or(Numbers::is_in_text) {
            return;
        }
        let is_long = |token: &u32| !self.ends(*token) && !self.is_readable(*token);
        let long: Vec<u32> = mask.tokens().filter(is_long).collect();
        if long.len() < mask.0.num_set() {
            long.into_iter().for_each(|token| mask.0.disallow_token(token));
        }
    }

    /// Whether the answer can be closed within the budget after `token`. Where that is not known it is found out, or
    /// believed while the end is far.
    fn leaves_room(&mut self, token: u32) -> Result<bool, ConstraintError> {
        let left = self.remaining as usize - 1;
        if let Some(plan) = &mut self.plan
            && plan.front() == Some(&token)
        {
            plan.pop_front();
            return Ok(true);
        }
        let near = left <= WATCHED + 3 * self.longest;
        if !near && !self.written.is_multiple_of(EVERY) {
            self.plan = None;
            return Ok(true);
        }
        let ahead = self.after(token)?;
        // Inside of a string or a number the way that was known mostly leads on to the end as well.
        if let Some(plan) = self.plan.as_ref().filter(|plan| plan.len() <= left)
            && closes(ahead.clone(), plan)?
        {
            return Ok(true);
        }
        let plan = self.closing(&ahead)?;
        self.longest = self.longest.max(plan.as_ref().map_or(0, VecDeque::len));
        let fits = plan.as_ref().is_some_and(|plan| plan.len() <= left);
        // Without a way to close from here either, all that is left is to go on and hope for an end.
        if near && !fits && self.plan.as_ref().is_some_and(|plan| plan.len() <= left + 1) {
            return Ok(false);
        }
        self.plan = plan;
        Ok(true)
    }

    fn after(&self, token: u32) -> Result<Matcher, ConstraintError> {
        let mut ahead = self.matcher.clone();
        ahead.consume_token(token).map_err(|error| ConstraintError::engine(&error))?;
        Ok(ahead)
    }

    fn close(&mut self) -> Result<Choice, ConstraintError> {
        let token = self.plan.as_mut().and_then(VecDeque::pop_front).ok_or(ConstraintError::DeadEnd)?;
        self.consume(token)?;
        Ok(Choice::Token(token))
    }

    fn consume(&mut self, token: u32) -> Result<(), ConstraintError> {
        self.matcher.consume_token(token).map_err(|_| self.failure())?;
        let written = self.env.tok_trie().token(token);
        self.numbers = self.numbers.map(|numbers| numbers.after(written));
        self.written += 1;
        self.remaining = self.remaining.saturating_sub(1);
        Ok(())
    }

    fn closing(&self, matcher: &Matcher) -> Result<Option<VecDeque<u32>>, ConstraintError> {
        let closer = Closer { env: &self.env, closers: &self.closers, hints: &self.hints };
        closer.plan(matcher).map(|plan| plan.map(VecDeque::from))
    }

    fn is_accepting(&mut self) -> Result<bool, ConstraintError> {
        self.matcher.is_accepting().map_err(|_| self.failure())
    }

    fn ends(&self, token: u32) -> bool {
        self.env.tok_trie().eos_tokens().contains(&token)
    }

    fn failure(&self) -> ConstraintError {
        if self.matcher.is_cancelled() {
            return ConstraintError::Cancelled;
        }
        ConstraintError::engine(&self.matcher.get_error().unwrap_or_default())
    }
}

/// Whether `plan` leads from where `matcher` stands to an end.
fn closes(mut matcher: Matcher, plan: &VecDeque<u32>) -> Result<bool, ConstraintError> {
    let (first, second) = plan.as_slices();
    for tokens in [first, second] {
        let valid = matcher.try_consume_tokens(tokens).map_err(|error| ConstraintError::engine(&error))?;
        if valid < tokens.len() {
            return Ok(false);
        }
    }
    matcher.is_accepting().map_err(|error| ConstraintError::engine(&error))
}
