//! Whether a model finds room: what its weights and its cache take, of what can be had and of what this process may hold.

use super::{Candidate, Conditions};
use crate::Recorded;

/// How the engine divides its cache: as many sequences as find room in so many bytes, and one always; two where one takes no
/// more than such a size, or an eighth of the weights.
const CACHE_BYTES: u64 = 96 << 20;
const SEQUENCES: u64 = 9;
const SECOND_BYTES: u64 = 128 << 20;
const SECOND: u64 = 8;
/// Percent of the available memory that a model may take.
const SHARE: u64 = 75;

/// Bytes of weights and cache that a model of this size takes with so many tokens, as far as its file tells; where that tells of
/// the cache only what it takes at most, those.
pub fn need(size_bytes: u64, facts: &Recorded, context: u64) -> u64 {
    size_bytes.saturating_add(Cache::of(size_bytes, facts, context).all.unwrap_or(0))
}

/// What the tokens take that a model holds.
struct Cache {
    /// Tokens that it holds.
    held: u64,
    /// Bytes that these take once.
    each: Option<u64>,
    /// And in all sequences.
    all: Option<u64>,
    /// It is counted from the file; otherwise these are the most that it can be.
    is_counted: bool,
}

impl Cache {
    fn of(size_bytes: u64, facts: &Recorded, context: u64) -> Self {
        let held = context.min(u64::from(facts.context_length));
        let bytes = facts.kv_bytes_per_token.or(facts.kv_bytes_at_most);
        let each = bytes.map(|bytes| bytes.saturating_mul(held));
        let all = each.map(|each| {
            let least = if each <= SECOND_BYTES.max(size_bytes / SECOND) { 2 } else { 1 };
            each.saturating_mul((CACHE_BYTES / each.max(1)).clamp(least, SEQUENCES))
        });
        Self { held, each, all, is_counted: facts.kv_bytes_per_token.is_some() }
    }

    fn told(&self, candidate: &Candidate) -> String {
        let weights = megabytes(candidate.size_bytes);
        let architecture = &candidate.facts.architecture;
        match self.each.zip(self.all) {
            Some((each, all)) if self.is_counted => format!(
                "memory: {weights} of weights and {} of cache, {} for each {} tokens",
                megabytes(all),
                megabytes(each),
                self.held
            ),
            Some((_, all)) => format!(
                "memory: {weights} of weights; what its cache takes is not known of {architecture}, but it is at most {} for {} \
                 tokens, by its layers and their width",
                megabytes(all),
                self.held
            ),
            None => {
                format!("memory: {weights} of weights; what its cache takes is not known of {architecture}")
            }
        }
    }
}

/// Whether a model finds room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    Unknown,
    No,
}

pub(super) fn memory(candidate: &Candidate, conditions: Conditions, reasons: &mut Vec<String>) -> Fit {
    let cache = Cache::of(candidate.size_bytes, &candidate.facts, conditions.context);
    let (told, need) =
        (cache.told(candidate), need(candidate.size_bytes, &candidate.facts, conditions.context));
    if let Some(budget) = conditions.budget {
        // What this process holds of it counts once.
        let taken = if candidate.held { 0 } else { conditions.taken };
        if need.saturating_add(taken) > budget {
            let is = if cache.is_counted || candidate.size_bytes > budget { "is" } else { "may be" };
            let beside = if taken > 0 { " beside what other tasks have" } else { "" };
            reasons.push(format!(
                "{told}: that {is} more than model.memoryBudget, {}{beside}",
                megabytes(budget)
            ));
            return Fit::No;
        }
    }
    if candidate.held {
        reasons.push(format!("{told}, which it has already"));
        return Fit::Yes;
    }
    let Some(available) = conditions.available else {
        reasons.push(format!("{told}; how much can be had is not known here"));
        return Fit::Yes;
    };
    let room = format!("{SHARE} % of the {} that can be had", megabytes(available));
    let fit = match (within(need, available), cache.all) {
        (false, _) => Fit::No,
        (true, None) => Fit::Unknown,
        (true, Some(_)) => Fit::Yes,
    };
    reasons.push(match (fit, cache.is_counted) {
        (Fit::Yes, true) => format!("{told}, which fits into {room}"),
        (Fit::Yes, false) => format!("{told}: that much fits into {room}"),
        (Fit::Unknown, _) => format!("{told}, so whether both fit into {room} is not known either"),
        (Fit::No, true) => format!("{told}, which is more than {room}"),
        (Fit::No, false) if within(candidate.size_bytes, available) => {
            format!("{told}: that may be more than {room}")
        }
        (Fit::No, false) => format!("{told}; the weights alone are more than {room}"),
    });
    fit
}

/// Whether so many bytes are no more than a model may take of those that can be had.
pub(crate) fn within(need: u64, available: u64) -> bool {
    need <= available / 100 * SHARE
}

fn megabytes(bytes: u64) -> String {
    let decimals = usize::from(bytes < 10_000_000);
    format!("{:.decimals$} MB", bytes as f64 / 1e6)
}
