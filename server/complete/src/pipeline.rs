//! The pipeline, stage by stage.

use crate::context::{Context, Frozen, Mix};
use crate::copy::{self, Copied};
use crate::generate::{self, Generated, answer_tokens};
use crate::neutral::neutral;
use crate::prompt::{self, Place};
use crate::site::Site;
use crate::tidy::tidy;
use crate::type_through::Shown;
use crate::{Completion, Outcome, Query, Quiet, Source, gate};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use trust_index::Snapshot;
use trust_inference::{InferenceError, Model};

/// Which sources take part. Switching one off, or choosing the context otherwise, is for measuring what it is
/// worth.
pub struct Stages {
    pub copy: bool,
    pub context: Box<dyn Context>,
}

impl Default for Stages {
    fn default() -> Self {
        Self { copy: true, context: Box::new(Mix::default()) }
    }
}

/// Answers queries, and remembers what it showed.
#[derive(Default)]
pub struct Completer {
    stages: Stages,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    shown: Shown,
    frozen: Frozen,
    /// [`Snapshot::removals`] when they were learned.
    removals: u64,
}

impl Memory {
    /// Forgets what may quote a file that has left the index since.
    fn follow(&mut self, index: &Snapshot) {
        if self.removals != index.removals() {
            *self = Self { removals: index.removals(), ..Self::default() };
        }
    }
}

/// What one of the sources proposes.
struct Proposal {
    text: String,
    source: Source,
    generated: Option<Generated>,
}

impl Completer {
    /// A completer of other stages than the product's.
    pub fn with(stages: Stages) -> Self {
        Self { stages, memory: Mutex::default() }
    }

    /// Runs the stages for `query`. Blocks for as long as the model takes, at most until the query's
    /// deadline; cancelling its token ends it within one decode call.
    pub fn complete(&self, query: &Query, index: &Snapshot, model: Option<&dyn Model>) -> Outcome {
        let start = Instant::now();
        let outcome = self.run(query, index, model, start);
        match &outcome {
            Outcome::Show(completion) => {
                if completion.source != Source::TypeThrough {
                    self.memory().shown.remember(query, completion);
                }
                tracing::debug!(source = completion.source.name(), elapsed = ?start.elapsed(), "shown");
            }
            Outcome::Quiet(quiet) => {
                tracing::debug!(reason = quiet.reason(), elapsed = ?start.elapsed(), "quiet")
            }
        }
        outcome
    }

    fn run(&self, query: &Query, index: &Snapshot, model: Option<&dyn Model>, start: Instant) -> Outcome {
        self.memory().follow(index);
        if let Some(completion) = self.memory().shown.continue_from(query, start) {
            return Outcome::Show(completion);
        }
        let site = Site::new(query);
        if site.is_crowded(query.invoked) {
            return Outcome::Quiet(Quiet::Place);
        }
        let copied = if self.stages.copy { copy::predict(query, &site, index) } else { None };
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let proposal = match self.propose(query, &site, index, model, copied, start) {
            Ok(proposal) => proposal,
            Err(quiet) => return Outcome::Quiet(quiet),
        };
        let Some(text) = tidy(&site, &proposal.text) else { return Outcome::Quiet(Quiet::Repeats) };
        let Some(text) = neutral(query, &site, &text) else { return Outcome::Quiet(Quiet::Syntax) };
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let total = start.elapsed();
        let generated = proposal.generated;
        Outcome::Show(Completion {
            text,
            source: proposal.source,
            first: generated.as_ref().map_or(total, |generated| generated.first),
            total,
            tokens: generated.as_ref().map_or(0, |generated| generated.usage.generated),
            prefilled: generated.as_ref().map_or(0, |generated| generated.usage.prefilled),
            model: generated.and(model).map(|model| model.card().name.clone()),
        })
    }

    /// Copy, model, or both, as far as the gate believes them.
    fn propose(
        &self,
        query: &Query,
        site: &Site,
        index: &Snapshot,
        model: Option<&dyn Model>,
        copied: Option<Copied>,
        start: Instant,
    ) -> Result<Proposal, Quiet> {
        let copy = |copied: Copied| Proposal { text: copied.text, source: Source::Copy, generated: None };
        if let Some(copied) = copied.clone().filter(gate::trusts_copy_alone) {
            return Ok(copy(copied));
        }
        let unjudged = |copied: Option<Copied>| {
            let copied = copied.ok_or(Quiet::Nothing)?;
            if gate::trusts_copy_unjudged(&copied, query.invoked) {
                Ok(copy(copied))
            } else {
                Err(Quiet::Unsure)
            }
        };
        let Some(model) = model.filter(|model| model.card().fim.is_some()) else { return unjudged(copied) };
        let draft = copied.as_ref().filter(|copied| copied.matched >= gate::COPY_DRAFT);
        let draft = draft.map_or_else(String::new, |copied| copied.text.clone());
        let generated = match self.ask(query, site, index, model, &draft, start) {
            Ok(Some(generated)) => generated,
            Ok(None) => return Err(Quiet::Cancelled),
            Err(error) => {
                tracing::warn!(%error, "the model gave no answer; going on without it");
                return unjudged(copied);
            }
        };
        if !draft.is_empty() && generated.text.trim_end() == draft.trim_end() {
            return Ok(Proposal { text: draft, source: Source::Mixed, generated: Some(generated) });
        }
        // The surer of the two first; who asked is also given what neither is sure of.
        let asked: &[bool] = if query.invoked { &[false, true] } else { &[false] };
        for &asked in asked {
            if !generated.text.trim().is_empty() && gate::trusts_model(&generated, asked) {
                let text = generated.text.clone();
                return Ok(Proposal { text, source: Source::Model, generated: Some(generated) });
            }
            if let Some(copied) = copied.clone().filter(|copied| gate::trusts_copy_unjudged(copied, asked)) {
                return Ok(copy(copied));
            }
        }
        // What both say first, or what the model is sure of: less than the line, and more than nothing.
        let shared = copy::shared_tokens([draft.as_str(), generated.text.as_str()].into_iter());
        let part = match gate::worth_showing(shared) {
            Some(shared) => Some((shared.to_string(), Source::Mixed)),
            None => gate::sure_beginning(&generated).map(|text| (text.to_string(), Source::Model)),
        };
        match part {
            Some((text, source)) => Ok(Proposal { text, source, generated: Some(generated) }),
            None if generated.text.trim().is_empty() => Err(Quiet::Nothing),
            None => Err(Quiet::Unsure),
        }
    }

    fn ask(
        &self,
        query: &Query,
        site: &Site,
        index: &Snapshot,
        model: &dyn Model,
        draft: &str,
        start: Instant,
    ) -> Result<Option<Generated>, InferenceError> {
        let card = model.card();
        let Some(layout) = card.fim else { return Ok(None) };
        let blocks = self.memory().frozen.blocks(&*self.stages.context, query, site, index);
        let place = Place { repository: &query.repository, path: &query.relative };
        let room = card.context_length.saturating_sub(answer_tokens(site.shape) + 1) as usize;
        let prompt = prompt::build(model, layout, &place, site, &blocks, room);
        generate::generate(model, query, prompt, draft.to_string(), site, start)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
