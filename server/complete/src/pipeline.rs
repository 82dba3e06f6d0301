//! The pipeline, stage by stage.

use crate::context::{Context, Frozen, NearNames};
use crate::copy::{self, Copied};
use crate::corpus::Corpus;
use crate::gate::Believed;
use crate::generate::{self, Generated, answer_tokens};
use crate::neutral::neutral;
use crate::prompt::{self, Place};
use crate::recall::{Recall, reliance};
use crate::site::Site;
use crate::tidy::tidy;
use crate::type_through::Shown;
use crate::{Completion, Outcome, Query, Quiet, Source, gate};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use trust_index::Snapshot;
use trust_inference::{InferenceError, Model, Prior};

/// Which sources take part. Switching one off, or choosing the context otherwise, is for measuring what it is
/// worth.
pub struct Stages {
    pub copy: bool,
    pub recall: bool,
    pub context: Box<dyn Context>,
}

impl Default for Stages {
    fn default() -> Self {
        Self { copy: true, recall: true, context: Box::new(NearNames) }
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
    /// It goes to the end of what its source would write: a line, or the lines of a block.
    whole: bool,
    probability: f32,
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
    pub fn complete(&self, query: &Query, index: &Arc<Snapshot>, model: Option<&dyn Model>) -> Outcome {
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

    fn run(
        &self,
        query: &Query,
        index: &Arc<Snapshot>,
        model: Option<&dyn Model>,
        start: Instant,
    ) -> Outcome {
        self.memory().follow(index);
        if let Some(completion) = self.memory().shown.continue_from(query, start) {
            return Outcome::Show(completion);
        }
        let site = Site::new(query);
        if site.is_crowded(query.invoked) {
            return Outcome::Quiet(Quiet::Place);
        }
        let corpus = Corpus::new(query, index);
        let copied = if self.stages.copy { copy::predict(&corpus, &site) } else { None };
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let proposal = match self.propose(query, &site, corpus, model, copied, start) {
            Ok(proposal) => proposal,
            Err(quiet) => return Outcome::Quiet(quiet),
        };
        let Some(text) = tidy(&site, &proposal.text) else { return Outcome::Quiet(Quiet::Repeats) };
        let kept = neutral(query, &site, &text, proposal.whole)
            .filter(|kept| proposal.whole || gate::worth_showing(kept).is_some());
        let Some(text) = kept else { return Outcome::Quiet(Quiet::Syntax) };
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let total = start.elapsed();
        let generated = proposal.generated;
        Outcome::Show(Completion {
            text,
            source: proposal.source,
            probability: proposal.probability,
            first: generated.as_ref().map_or(total, |generated| generated.first),
            total,
            tokens: generated.as_ref().map_or(0, |generated| generated.usage.generated),
            prefilled: generated.as_ref().map_or(0, |generated| generated.usage.prefilled),
            model: generated.and(model).map(|model| model.card().name.clone()),
        })
    }

    /// Copy, or the model mixed with what is recalled, as far as the gate believes them.
    fn propose(
        &self,
        query: &Query,
        site: &Site,
        corpus: Corpus,
        model: Option<&dyn Model>,
        copied: Option<Copied>,
        start: Instant,
    ) -> Result<Proposal, Quiet> {
        let copy = |copied: Copied| Proposal {
            text: copied.text,
            whole: copied.whole,
            probability: reliance(copied.matched),
            source: Source::Copy,
            generated: None,
        };
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
        let generated = match self.ask(query, site, corpus, model, draft, start) {
            Ok(Some(generated)) => generated,
            Ok(None) => return Err(Quiet::Cancelled),
            Err(error) => {
                tracing::warn!(%error, "the model gave no answer; going on without it");
                return unjudged(copied);
            }
        };
        if generated.text.trim().is_empty() {
            return if query.invoked { unjudged(copied) } else { Err(Quiet::Nothing) };
        }
        let Believed { text, whole, logprob } =
            gate::believed(&generated, query.invoked).ok_or(Quiet::Unsure)?;
        let (text, probability) = (text.to_owned(), logprob.exp());
        let source = if generated.usage.recalled > 0 { Source::Mixed } else { Source::Model };
        Ok(Proposal { text, whole, probability, source, generated: Some(generated) })
    }

    fn ask(
        &self,
        query: &Query,
        site: &Site,
        corpus: Corpus,
        model: &dyn Model,
        draft: String,
        start: Instant,
    ) -> Result<Option<Generated>, InferenceError> {
        let card = model.card();
        let Some(layout) = card.fim else { return Ok(None) };
        let blocks = self.memory().frozen.blocks(&*self.stages.context, query, site, &corpus.index);
        let place = Place { repository: &query.repository, path: &query.relative };
        let room = card.context_length.saturating_sub(answer_tokens(site.shape) + 1) as usize;
        let prompt = prompt::build(model, layout, &place, site, &blocks, room);
        let recall =
            self.stages.recall.then(|| Arc::new(Recall::new(corpus, site.clone())) as Arc<dyn Prior>);
        generate::generate(model, query, prompt, draft, recall, site, start)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
