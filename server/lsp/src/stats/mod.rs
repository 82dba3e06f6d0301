//! How completions fare: shown, accepted, kept, rejected, by language and source; the same of all that is offered, by feature and
//! model; and what answers cost: how long they took, their tokens, the memory. Counted on this machine only.
//!
//! *Invariant:* numbers, names of languages, sources, features and models; never code, paths or times of day.

mod counter;
mod html;
mod plot;
mod prometheus;
mod recorder;
mod store;
mod work;

pub use counter::Counter;
pub use html::page;
pub use plot::plots;
pub use prometheus::metrics;
pub use recorder::{begin, fared, finish, unshown, uses, worked};
pub use store::Store;
pub use work::{BOUNDS, Done, Memory, Work, title};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Decisions that the newest acceptance is taken from.
const RECENT: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Shown,
    Accepted,
    /// Still there 20 seconds after it was accepted.
    Kept,
    /// Something else was typed.
    Rejected,
}

impl Fate {
    const ALL: [Self; 4] = [Self::Shown, Self::Accepted, Self::Kept, Self::Rejected];

    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Accepted => "accepted",
            Self::Kept => "kept",
            Self::Rejected => "rejected",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.name() == name)
    }
}

/// What became of one completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub fate: Fate,
    /// The identifier of the language; `other` without one.
    pub language: String,
    /// `copy`, `model`, `mixed`, or `type-through` for one that was shown again.
    pub source: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub shown: u64,
    pub accepted: u64,
    pub kept: u64,
    pub rejected: u64,
}

impl Counts {
    fn add(&mut self, fate: Fate, count: u64) {
        let field = match fate {
            Fate::Shown => &mut self.shown,
            Fate::Accepted => &mut self.accepted,
            Fate::Kept => &mut self.kept,
            Fate::Rejected => &mut self.rejected,
        };
        *field = field.saturating_add(count);
    }

    /// Percent of what was shown.
    pub fn accepted_share(&self) -> f64 {
        100.0 * self.accepted as f64 / self.shown.max(1) as f64
    }

    fn get(&self, fate: Fate) -> u64 {
        match fate {
            Fate::Shown => self.shown,
            Fate::Accepted => self.accepted,
            Fate::Kept => self.kept,
            Fate::Rejected => self.rejected,
        }
    }
}

/// All that was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// By language and source.
    pub counts: BTreeMap<(String, String), Counts>,
    /// Whether each of the newest decisions was to accept, the newest last.
    pub recent: Vec<bool>,
    /// What answers took, by feature and model.
    pub work: BTreeMap<(String, String), Work>,
    /// What was held, by model.
    pub memory: BTreeMap<String, Memory>,
    /// What became of what was offered, by feature and model.
    pub fates: BTreeMap<(String, String), Counts>,
}

impl Summary {
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.work.is_empty() && self.fates.is_empty()
    }

    pub fn note(&mut self, event: &Event, count: u64) {
        let key = (event.language.clone(), event.source.clone());
        self.counts.entry(key).or_default().add(event.fate, count);
        if matches!(event.fate, Fate::Accepted | Fate::Rejected) {
            let times = count.min(RECENT as u64) as usize;
            self.recent.extend(std::iter::repeat_n(event.fate == Fate::Accepted, times));
            self.recent.drain(..self.recent.len().saturating_sub(RECENT));
        }
    }
}

/// Where the counts are kept, inside the folder of what this program keeps.
pub fn folder(cache: &Path) -> PathBuf {
    cache.join("stats")
}
