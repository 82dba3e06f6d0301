//! Leaves an engine alone for a while that failed several times in a row. Then one request may try it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_inference::InferenceError;

/// Failures in a row that open it, how long it is open first, and at most.
const FAILURES: u32 = 3;
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Default)]
pub struct Breakers(Mutex<HashMap<String, Breaker>>);

#[derive(Default)]
struct Breaker {
    failed: u32,
    why: String,
    until: Option<Instant>,
}

impl Breakers {
    /// Whether an engine may be asked now.
    ///
    /// # Errors
    /// When it may be again, and why.
    pub fn may(&self, name: &str) -> Result<(), InferenceError> {
        self.may_at(name, Instant::now())
    }

    fn may_at(&self, name: &str, now: Instant) -> Result<(), InferenceError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(breaker) = all.get_mut(name) else { return Ok(()) };
        match breaker.until.filter(|until| *until > now) {
            Some(until) => {
                let left = (until - now).as_secs() + 1;
                let told = format!("{}; it is left alone for {left} s", breaker.why);
                Err(InferenceError::Model(told))
            }
            None => Ok(()),
        }
    }

    pub fn went_well(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub fn failed(&self, name: &str, why: &str) {
        self.failed_at(name, why, Instant::now());
    }

    fn failed_at(&self, name: &str, why: &str, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = all.entry(name.to_owned()).or_default();
        breaker.failed += 1;
        breaker.why = why.to_owned();
        if let Some(more) = breaker.failed.checked_sub(FAILURES) {
            breaker.until = Some(now + (FIRST * 2u32.saturating_pow(more.min(10))).min(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_for_longer_each_time_and_closes_with_a_success() {
        let (breakers, start) = (Breakers::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let fail = |seconds| breakers.failed_at("a", "refused", at(seconds));
        let may = |seconds| breakers.may_at("a", at(seconds)).is_ok();
        fail(0);
        fail(0);
        assert!(may(0));
        fail(0);
        assert!(!may(0) && !may(4) && may(5));
        fail(5);
        assert!(!may(14) && may(15));
        assert!(breakers.may_at("b", at(0)).is_ok());
        let told = breakers.may_at("a", at(6)).unwrap_err().to_string();
        assert!(told.contains("refused; it is left alone for 10 s"), "{told}");
        breakers.went_well("a");
        fail(15);
        assert!(may(15));
    }
}
