//! Which model for which task: by what it can do, whether it fits, and how fast it was measured to be here. Every verdict comes
//! with its reasons, and what is not known is called so.

mod memory;

pub use memory::need;
pub(crate) use memory::within;

use crate::{Machine, Measured, Recorded};
use memory::{Fit, memory};
use std::cmp::Reverse;

/// What a model is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Completion,
    /// Whatever follows instructions: conversations, edits, words for a change.
    Chat,
    Review,
}

impl Task {
    pub const ALL: [Self; 3] = [Self::Completion, Self::Chat, Self::Review];

    pub fn name(self) -> &'static str {
        match self {
            Self::Completion => "completion",
            Self::Chat => "chat",
            Self::Review => "review",
        }
    }
}

/// A model to judge.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub name: String,
    pub size_bytes: u64,
    pub facts: Recorded,
    /// On this machine.
    pub measured: Option<Measured>,
    /// The bundled one, which was made to complete code and nothing else, whatever its file says.
    pub bundled: bool,
    /// It comes before others that are like it.
    pub in_use: bool,
    /// This process holds it, so its memory is taken already.
    pub held: bool,
}

impl Candidate {
    /// Bits that it was measured to need for a byte of code.
    fn bits(&self) -> Option<f64> {
        self.measured.as_ref()?.bits_per_byte
    }
}

/// What a model meets on this machine now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions {
    /// Tokens that it is to hold at once.
    pub context: u64,
    /// Bytes that it may find, where that is known.
    pub available: Option<u64>,
    /// Bytes that this process may hold, where somebody said so.
    pub budget: Option<u64>,
    /// Bytes of those that models take which are chosen already.
    pub taken: u64,
    /// How many tasks want to run, those of this process too, where that is known.
    pub load: Option<f64>,
    pub cores: u64,
}

impl Conditions {
    /// Those of now.
    pub fn here(context: u64) -> Self {
        let cores = Machine::this().cores;
        let (available, load) = (Machine::available(), Machine::load());
        Self { context, available, load, cores, ..Self::default() }
    }

    /// How many times slower than when it was measured a model is likely to be; `None` where that is not known.
    fn slowdown(&self, measured: &Measured) -> Option<f64> {
        let share = |load: f64| self.cores as f64 + load;
        Some(share(self.load?) / share(measured.load?)).filter(|_| self.cores > 0)
    }
}

/// How far a model is fit for a task; a lower one is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Good,
    /// As far as is known; it was not measured here.
    Unmeasured,
    /// Nobody knows whether it finds room.
    Uncertain,
    Slow,
    TooLarge,
    Unable,
}

/// A verdict on a model.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub candidate: Candidate,
    pub standing: Standing,
    /// In sentences.
    pub reasons: Vec<String>,
}

/// A completion while somebody types: tokens to read and to write after a key, and seconds that may take.
const KEY: (f64, f64, f64) = (32.0, 16.0, 1.5);
/// Tokens a second below which an answer is slower than reading it.
const READING: f64 = 5.0;
/// From which difference on the load of now is worth a word.
const NOTABLE: f64 = 0.1;

/// Judges each candidate for `task` under these conditions; the best first.
pub fn recommend(candidates: Vec<Candidate>, task: Task, conditions: Conditions) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> =
        candidates.into_iter().map(|candidate| judge(candidate, task, conditions)).collect();
    verdicts.sort_by(|one, other| {
        let rest = |verdict: &Verdict| {
            let Candidate { name, in_use, facts, .. } = &verdict.candidate;
            (Reverse(facts.parameters), !in_use, name.clone())
        };
        let bits = |verdict: &Verdict| verdict.candidate.bits().unwrap_or(f64::INFINITY);
        let standing = one.standing.cmp(&other.standing);
        standing.then(bits(one).total_cmp(&bits(other))).then_with(|| rest(one).cmp(&rest(other)))
    });
    verdicts
}

/// Of what [`recommend`] says, the one to take where nobody chooses: the first, but that nobody waits at each key for one
/// whose speed here is not known, or known to be low. Then it is the bundled one.
pub fn select(verdicts: &[Verdict], task: Task) -> Option<&Verdict> {
    let keeps_up = |verdict: &&Verdict| verdict.standing == Standing::Good || verdict.candidate.bundled;
    let mut able = verdicts.iter().filter(|verdict| verdict.standing <= Standing::Slow);
    match task {
        Task::Completion => able.find(keeps_up),
        Task::Chat | Task::Review => able.next(),
    }
}

fn judge(candidate: Candidate, task: Task, conditions: Conditions) -> Verdict {
    let mut reasons = Vec::new();
    let able = ability(&candidate, task, &mut reasons);
    let fits = memory(&candidate, conditions, &mut reasons);
    let pace = pace(&candidate, task, conditions, &mut reasons);
    reasons.push(match candidate.bits() {
        Some(bits) => format!("quality: needs {bits:.3} bits for a byte of code, of which fewer are better"),
        None => format!(
            "quality: not measured here; {} weights, of which more are likely to be better",
            candidate.facts.parameters
        ),
    });
    let standing = match (able, fits) {
        (false, _) => Standing::Unable,
        (true, Fit::No) => Standing::TooLarge,
        (true, Fit::Unknown) => pace.max(Standing::Uncertain),
        (true, Fit::Yes) => pace,
    };
    Verdict { candidate, standing, reasons }
}

fn ability(candidate: &Candidate, task: Task, reasons: &mut Vec<String>) -> bool {
    let facts = &candidate.facts;
    let (able, reason) = match (task, facts.fill_in_the_middle, facts.chat_template) {
        (Task::Chat | Task::Review, ..) if candidate.bundled || facts.is_of_bundled() => {
            (false, "it completes code, and was not made to converse or to judge")
        }
        (Task::Completion, true, _) => (true, "it has the tokens to fill a hole in a text"),
        (Task::Completion, false, _) => (false, "it has no tokens to fill a hole, so it cannot complete"),
        (_, _, true) => (true, "it has a chat template"),
        (_, _, false) => (false, "it has no chat template, so nobody knows how to talk to it"),
    };
    reasons.push(reason.into());
    able
}

fn pace(candidate: &Candidate, task: Task, conditions: Conditions, reasons: &mut Vec<String>) -> Standing {
    let Some(measured) = &candidate.measured else {
        reasons.push(format!("speed: not measured; `trust-lsp models bench {}` does", candidate.name));
        return Standing::Unmeasured;
    };
    let (prefill, decode) = (measured.prefill_tokens_per_second, measured.decode_tokens_per_second);
    let busy = measured.load.map(|load| format!(", beside a load of {load:.1}")).unwrap_or_default();
    let Some(decode) = decode.filter(|decode| *decode > 0.0) else {
        reasons.push(format!(
            "speed: reads {prefill:.0} tokens a second{busy}; it wrote too little to say more"
        ));
        return Standing::Unmeasured;
    };
    let mut told = format!("speed: reads {prefill:.0} and writes {decode:.0} tokens a second{busy}");
    let slowdown = conditions.slowdown(measured).unwrap_or(1.0);
    let (prefill, decode) = (prefill / slowdown, decode / slowdown);
    if let Some(load) = conditions.load.filter(|_| (slowdown - 1.0).abs() >= NOTABLE) {
        told.push_str(&format!("; at the load of {load:.1} now about {prefill:.0} and {decode:.0}"));
    }
    let (good, reason) = match task {
        Task::Completion => {
            let (read, write, most) = KEY;
            let seconds = read / prefill.max(1e-9) + write / decode;
            (
                seconds <= most,
                format!("{told}: about {seconds:.2} s for a line, of {most} s that a typist waits"),
            )
        }
        Task::Chat | Task::Review => (decode >= READING, format!("{told}; people read {READING} or more")),
    };
    reasons.push(reason);
    if good { Standing::Good } else { Standing::Slow }
}

#[cfg(test)]
mod tests;
