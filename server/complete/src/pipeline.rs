//! The pipeline, stage by stage.

use crate::alternatives::{self, Alternatives};
use crate::burst::Burst;
use crate::context::{Context, Mix};
use crate::copy::{self, Copied};
use crate::corpus::Corpus;
use crate::deletions::withdrawn;
use crate::flight::Flight;
use crate::gate::{Gate, Judged};
use crate::generate::{Generated, Writer};
use crate::in_text::in_text;
use crate::names::Names;
use crate::neutral::Syntax;
use crate::outlook::{self, Seen};
use crate::recall::Recall;
use crate::resample::Place;
use crate::secrets;
use crate::site::Site;
use crate::tidy::{Draft, takes_back, tidy};
use crate::type_through::Shown;
use crate::why::Why;
use crate::{Alternative, Completion, Outcome, Query, Quiet, Source, gate};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_index::Snapshot;
use trust_inference::{Model, Prior, Priority};
use trust_redact::Remembered;

/// Texts offered beside the one that is shown.
const MOST: usize = 4;

/// Which sources take part. Switching one off, or choosing the context otherwise, is for measuring what it is
/// worth.
pub struct Stages {
    pub copy: bool,
    /// What the model is to be mixed with.
    pub prior: Box<dyn Fn(Recall) -> Option<Arc<dyn Prior>> + Send + Sync>,
    pub context: Box<dyn Context>,
    /// Told of the texts among which one is chosen, and what is seen of each: for learning from.
    pub choice: Box<dyn Fn(Vec<(String, Seen)>) + Send + Sync>,
}

impl Default for Stages {
    fn default() -> Self {
        let prior = |recall| Some(Arc::new(recall) as Arc<dyn Prior>);
        Self { copy: true, prior: Box::new(prior), context: Box::new(Mix), choice: Box::new(|_| ()) }
    }
}

/// Answers queries, and remembers what it showed.
#[derive(Default)]
pub struct Completer {
    pub(crate) stages: Stages,
    memory: Mutex<Memory>,
    counters: Mutex<Counters>,
    gate: Mutex<Gate>,
    pub(crate) secrets: Mutex<Remembered>,
    /// Of the last query that was not cancelled.
    why: Mutex<Option<(Why, Outcome)>>,
}

/// What queries have cost so far; of what was done ahead only how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub queries: u64,
    /// Of them those that a model was asked for.
    pub to_model: u64,
    /// Those answered with what it was writing for an older query.
    pub taken_over: u64,
    /// Tokens of prompts that were read anew.
    pub prefilled: u64,
    /// Prompts that were read ahead, while nobody typed.
    pub ahead: u64,
    /// Answers that broke their place, from which the model went on once more, and those of them that were then sound.
    pub resampled: u64,
    pub mended: u64,
    /// From a query's start to the first text of its model, summed; to the end where it wrote none.
    pub first: Duration,
}

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) shown: Shown,
    pub(crate) burst: Burst,
    /// What the model writes for a query that was superseded.
    pub(crate) flight: Option<Flight>,
    /// [`Snapshot::removals`] when they were learned.
    removals: u64,
}

impl Memory {
    /// Forgets what may quote a file that has left the index since, and has the model forget it too.
    pub(crate) fn follow(&mut self, index: &Snapshot, model: Option<&dyn Model>) {
        if self.removals != index.removals() {
            *self = Self { removals: index.removals(), ..Self::default() };
            if let Some(model) = model {
                model.forget();
            }
        }
    }
}

/// What one of the sources proposes.
pub(crate) struct Proposal {
    pub(crate) text: String,
    /// It goes to the end of what its source would write: a line, or the lines of a block.
    pub(crate) whole: bool,
    pub(crate) probability: f32,
    pub(crate) source: Source,
    pub(crate) generated: Option<Generated>,
}

/// The text to show of a proposal: what its place and its syntax leave of it.
pub(crate) fn fit(site: &Site, syntax: &Syntax, proposal: &Proposal) -> Result<Draft, Quiet> {
    let draft = tidy(site, &proposal.text)?;
    let kept = syntax
        .neutral(site, &draft, proposal.whole)
        .filter(|kept| proposal.whole || gate::worth_showing(&kept.text).is_some())
        .ok_or(Quiet::Syntax)?;
    secrets::may_show(site, &kept.text).then_some(kept).ok_or(Quiet::Secret)
}

/// A copy, where there is one that may be shown.
fn judge(copy: Option<Proposal>, gate: Gate, invoked: bool) -> Result<Proposal, Quiet> {
    let copy = copy.ok_or(Quiet::Nothing)?;
    gate.may_show(&copy.text, copy.probability, invoked).then_some(copy).ok_or(Quiet::Unsure)
}

impl Completer {
    /// A completer of other stages than the product's.
    pub fn with(stages: Stages) -> Self {
        Self { stages, ..Self::default() }
    }

    pub fn counters(&self) -> Counters {
        *self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, add: impl FnOnce(&mut Counters)) {
        add(&mut self.counters.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the user makes of the thresholds, from now on.
    pub fn set_gate(&self, gate: Gate) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = gate;
    }

    /// Another model answers from now on: what was read and written by the old one is of no use to it. What is shown stays.
    pub fn forget_model(&self) {
        let mut memory = self.memory();
        (memory.burst, memory.flight) = (Burst::default(), None);
    }

    /// Why the last query was answered as it was; `None` before the first.
    pub fn why(&self) -> Option<String> {
        let last = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(why, outcome)| why.sentences(outcome))
    }

    /// The account of a query that begins.
    pub(crate) fn begin(&self, query: &Query) -> Why {
        let gate = *self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        Why { gate, invoked: query.invoked, ..Why::default() }
    }

    /// Runs the stages for `query`. Blocks for as long as the model takes, at most until the query's
    /// deadline; cancelling its token ends it within a decode call.
    pub fn complete(&self, query: &Query, index: &Arc<Snapshot>, model: Option<&dyn Model>) -> Outcome {
        let start = Instant::now();
        self.count(|counters| counters.queries += 1);
        let mut why = self.begin(query);
        let (query, outcome) = match self.without_secrets(query) {
            Ok(query) => {
                let outcome = self.run(&query, index, model, Priority::Typing, start, &mut why);
                (query, outcome)
            }
            Err(quiet) => (Cow::Borrowed(query), Outcome::Quiet(quiet)),
        };
        let query = &*query;
        if outcome != Outcome::Quiet(Quiet::Cancelled) {
            *self.why.lock().unwrap_or_else(PoisonError::into_inner) = Some((why, outcome.clone()));
        }
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

    pub(crate) fn run(
        &self,
        query: &Query,
        index: &Arc<Snapshot>,
        model: Option<&dyn Model>,
        priority: Priority,
        start: Instant,
        why: &mut Why,
    ) -> Outcome {
        let flight = {
            let mut memory = self.memory();
            memory.follow(index, model);
            memory.flight.take().filter(|flight| flight.is_for(query))
        };
        // Somebody who asks where something is shown already wants to see what else there is.
        if !query.invoked
            && let Some(completion) = self.memory().shown.continue_from(query, start)
            && !takes_back(&withdrawn(query, start), &completion.text)
        {
            return Outcome::Show(completion);
        }
        let site = Site::new(query);
        if site.is_crowded(query.invoked) {
            return Outcome::Quiet(Quiet::Place);
        }
        if why.gate.quiet_in_text && !query.invoked && in_text(query) {
            return Outcome::Quiet(Quiet::Text);
        }
        let corpus = Corpus::new(query, index);
        let copied = if self.stages.copy { copy::predict(&corpus, &site) } else { None };
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let mut others = Alternatives::new(query, &corpus, &site, self.stages.copy);
        let writer = model.map(|model| Writer { model, priority, flight, avoid: Vec::new() });
        let names = Names::new(query, index);
        let syntax = Syntax::new(query, &site);
        let proposal =
            self.propose(query, (&site, &syntax), corpus, writer, copied, start, why, (&names, &mut others));
        let fitted = proposal.and_then(|proposal| match fit(&site, &syntax, &proposal) {
            Err(Quiet::Syntax) => {
                let place = Place { site: &site, syntax: &syntax, names: &names, index };
                self.mend(query, &place, model.map(|model| (model, priority)), (proposal, start), why)
            }
            fitted => Ok((fitted?, proposal)),
        });
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let shown = fitted.as_ref().map_or("", |(draft, _)| &draft.text);
        let mut others = others.fitting(query, (&site, &syntax), shown);
        // Somebody who asked gets the next best where the best is of no use.
        let (shown, generated) = match fitted {
            Ok((Draft { text, replaces }, Proposal { source, probability, generated, .. })) => {
                (Alternative { text, replaces, source, probability }, generated)
            }
            Err(quiet) if others.is_empty() || quiet == Quiet::Cancelled => return Outcome::Quiet(quiet),
            Err(_) => (others.remove(0), None),
        };
        others.insert(0, shown);
        let reader = model.filter(|model| query.invoked && model.card().fim.is_some());
        if let Some(model) = reader {
            let seen = outlook::see(query, &site, model, &others);
            let best = outlook::best(&seen);
            (self.stages.choice)(others.iter().map(|one| one.text.clone()).zip(seen).collect());
            others[..=best].rotate_right(1);
        }
        others.truncate(1 + MOST);
        if query.cancel.is_cancelled() {
            return Outcome::Quiet(Quiet::Cancelled);
        }
        let Alternative { text, replaces, source, probability } = others.remove(0);
        let (total, usage) = (start.elapsed(), generated.as_ref().map(|generated| generated.usage));
        Outcome::Show(Completion {
            text,
            replaces,
            source,
            probability,
            first: generated.map_or(total, |generated| generated.first),
            total,
            tokens: usage.map_or(0, |usage| usage.generated),
            prefilled: usage.map_or(0, |usage| usage.prefilled),
            quoted: if why.asked_model { self.memory().burst.quoted_files() } else { Vec::new() },
            model: model.filter(|_| source != Source::Copy).map(|model| model.card().name.clone()),
            others,
        })
    }

    /// Copy, or the model mixed with what is recalled, as far as the gate believes them.
    #[allow(clippy::too_many_arguments, reason = "the stages before it hand on what they found")]
    fn propose(
        &self,
        query: &Query,
        (site, syntax): (&Site, &Syntax),
        corpus: Corpus,
        writer: Option<Writer<'_>>,
        copied: Option<Copied>,
        start: Instant,
        why: &mut Why,
        (names, others): (&Names<'_>, &mut Alternatives),
    ) -> Result<Proposal, Quiet> {
        let gate = why.gate;
        why.weighed = true;
        why.copy = copied.as_ref().map(|copied| (copied.matched, gate::probability_of(copied)));
        let mut copy = copied.as_ref().map(|copied| Proposal {
            text: copied.text.clone(),
            whole: copied.whole,
            probability: gate::probability_of(copied),
            source: Source::Copy,
            generated: None,
        });
        // Who asks wants the line to its end.
        let ends = |copy: &Proposal| copy.whole || !query.invoked;
        let may_show = |copy: &Proposal| gate.may_show(&copy.text, copy.probability, query.invoked);
        if let Some(copy) =
            copy.take_if(|copy| copy.probability >= gate::AT_ONCE && may_show(copy) && ends(copy))
        {
            return Ok(copy);
        }
        if let Some(copy) = copy.as_ref().filter(|copy| !ends(copy)) {
            others.add(&copy.text, copy.source, copy.probability);
        }
        let Some(writer) = writer.filter(|writer| writer.model.card().fim.is_some()) else {
            return judge(copy, gate, query.invoked);
        };
        why.asked_model = true;
        let draft = copied.filter(|copied| copied.matched >= gate::COPY_DRAFT);
        let draft = draft.map_or_else(String::new, |copied| copied.text);
        let mut generated = match self.ask(query, site, corpus, writer, draft, start) {
            Ok(Some((generated, taken_over))) => {
                why.taken_over = taken_over;
                generated
            }
            Ok(None) => return Err(Quiet::Cancelled),
            Err(error) => {
                tracing::warn!(%error, "the model gave no answer; going on without it");
                return judge(copy, gate, query.invoked);
            }
        };
        generated.rank(|text| names.trust(site, text) * alternatives::fits(site, syntax, text));
        let said = !generated.text.trim().is_empty();
        why.model = said.then(|| (generated.probability(), generated.complete));
        let source = if generated.usage.recalled > 0 { Source::Mixed } else { Source::Model };
        for other in &generated.others {
            others.add(&other.text, source, other.logprob.exp() * names.trust(site, &other.text));
        }
        if !said {
            // It says that nothing comes here; who asked may know better.
            return if query.invoked { judge(copy, gate, true) } else { Err(Quiet::Nothing) };
        }
        let trust = names.trust(site, &generated.text);
        let believed = generated.probability() * trust;
        why.names = Some(trust);
        others.add(&generated.text, source, believed);
        let takes_all = query.invoked || gate.open;
        let best = if takes_all {
            Some(Judged { text: generated.text.clone(), probability: believed, whole: generated.complete })
        } else {
            let judged = gate::beginnings(site, names, &generated);
            gate.best(&judged).cloned()
        };
        let worth = |text: &str, probability| match takes_all {
            true => probability,
            false => gate.saving(text, probability),
        };
        let model = best.as_ref().map(|best| worth(&best.text, best.probability));
        let goes_on = |copy: &Proposal| !ends(copy) && generated.text.starts_with(&copy.text);
        let better = |copy: &Proposal| model.is_none_or(|model| worth(&copy.text, copy.probability) > model);
        if let Some(copy) = copy.filter(|copy| better(copy) && may_show(copy) && !goes_on(copy)) {
            return Ok(copy);
        }
        let Judged { text, probability, whole } = best.ok_or(Quiet::Unsure)?;
        Ok(Proposal { text, whole, probability, source, generated: Some(generated) })
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
