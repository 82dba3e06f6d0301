//! An answer in words: turns of the model, between them the calls that it makes, until it says no more or may call no more.

use super::answer::Voice;
use super::budget::Fitted;
use super::calls::{Watch, calls_in_a_turn, run};
use super::cited::Cited;
use super::conversation::{Exchange, Step};
use super::turn::{Limits, Said, say};
use super::{Told, Tools};
use std::time::{Duration, Instant};
use trust_inference::{CancelToken, InferenceError, ToolChoice, Turn, Usage};
use trust_redact::masked;
use trust_tools::Failure;

/// Tokens of a turn, what must be left for one, and how long an answer may take.
const TOKENS: usize = 1024;
const LEAST: usize = 32;
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) struct Speech<'a, 'b> {
    pub voice: Voice<'a>,
    pub exchange: &'a mut Exchange,
    pub cited: Cited<'b>,
    pub cancel: &'a CancelToken,
    pub tell: &'a mut dyn FnMut(Told<'_>),
}

/// How the words ended; they are in the exchange.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    pub cut: bool,
    pub failed: Option<String>,
    pub usage: Usage,
}

impl Speech<'_, '_> {
    /// An error is one that came before anything was said.
    pub fn speak(&mut self, fitted: &Fitted) -> Result<Spoken, InferenceError> {
        let deadline = Instant::now() + PATIENCE;
        let tools = self.voice.tools.filter(|_| !fitted.turn.tools.is_empty());
        let (mut watch, mut spoken) = (Watch::default(), Spoken::default());
        loop {
            let may_call = tools.is_some() && watch.allows();
            let mut turn = fitted.turn.clone();
            turn.messages.extend(self.exchange.said());
            turn.choice = if may_call { ToolChoice::Auto } else { ToolChoice::None };
            let Some(tokens) = self.room(fitted, &mut turn)? else {
                let failed = "the context is full; ask for less at once".to_owned();
                self.exchange.steps.push(Step::default());
                return Ok(Spoken { cut: true, failed: Some(failed), ..spoken });
            };
            let calls = if may_call { calls_in_a_turn(self.voice.model) } else { 0 };
            let limits = Limits { tokens: tokens.min(TOKENS) as u32, deadline, calls };
            let said = match self.turn(turn, &limits) {
                Err(error) if !self.exchange.steps.is_empty() => {
                    self.exchange.steps.push(Step::default());
                    return Ok(Spoken { cut: true, failed: Some(error.to_string()), ..spoken });
                }
                said => said?,
            };
            spoken.usage = sum(spoken.usage, said.usage);
            (spoken.cut, spoken.failed) = (said.cut, said.failed.clone());
            watch.turn();
            let done = said.calls.is_empty() || said.failed.is_some();
            let (text, mut cancelled) = (masked(said.text.trim().to_owned()), false);
            let mut step = Step { text, calls: Vec::new() };
            if let Some(tools) = tools.filter(|_| !done) {
                cancelled = self.calls(&tools, said, &mut watch, &mut step);
            }
            self.exchange.steps.push(step);
            if done || cancelled {
                spoken.cut |= cancelled;
                return Ok(spoken);
            }
        }
    }

    /// Tokens left for the turn; older results are left out where they take its place.
    fn room(&mut self, fitted: &Fitted, turn: &mut Turn) -> Result<Option<usize>, InferenceError> {
        if self.exchange.steps.is_empty() {
            return Ok(Some(fitted.answer));
        }
        let context = self.voice.model.card().context_length as usize;
        loop {
            let left = context.saturating_sub(self.voice.model.count_turn(turn)?);
            if left >= fitted.answer.min(context / 4).max(LEAST) {
                return Ok(Some(left));
            }
            if !self.exchange.leave_out_a_result() {
                return Ok(Some(left).filter(|left| *left >= LEAST));
            }
            turn.messages.truncate(fitted.turn.messages.len());
            turn.messages.extend(self.exchange.said());
        }
    }

    fn turn(&mut self, turn: Turn, limits: &Limits) -> Result<Said, InferenceError> {
        let (tell, mut begun) = (&mut *self.tell, self.exchange.wording().is_empty());
        let mut show = |text: &str| {
            if !begun {
                begun = true;
                tell(Told::Text("\n\n"));
            }
            tell(Told::Text(text));
        };
        say(self.voice.model, turn, limits, self.cancel, &mut self.cited, &mut show)
    }

    /// Runs the calls of a turn; true where nobody waits any more.
    fn calls(&mut self, tools: &Tools<'_>, said: Said, watch: &mut Watch, step: &mut Step) -> bool {
        for made in said.calls {
            if self.cancel.is_cancelled() {
                return true;
            }
            let arguments = made.call.as_ref().map_or(serde_json::Value::Null, |call| call.arguments.clone());
            (self.tell)(Told::Calls { id: &made.id, name: &made.name, arguments: &arguments });
            let (call, went) = run(tools, made, watch, self.voice.model, self.cancel);
            (self.tell)(Told::Result { id: &call.id, text: &call.result, good: went.is_ok() });
            step.calls.push(call);
            if went == Err(Failure::Cancelled) {
                return true;
            }
        }
        self.cancel.is_cancelled()
    }
}

/// Of several turns together; the prompt is that of the last.
fn sum(before: Usage, turn: Usage) -> Usage {
    Usage {
        prefilled: before.prefilled + turn.prefilled,
        generated: before.generated + turn.generated,
        first: if before.generated == 0 { turn.first } else { before.first },
        total: before.total + turn.total,
        form: before.form + turn.form,
        ..turn
    }
}
