//! Whom what leaves is for: engines elsewhere are asked deep inside of features, which say at the top on whose behalf. `trust-net`
//! tells the bytes of a body before it leaves, and they are added up here.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that left this machine.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<AtomicU64>);

impl Ledger {
    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// All of them so far; from now on it begins at none.
    pub fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }

    /// What this thread asks meanwhile is on this one's behalf.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let _back = Back(before);
        work()
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

/// Puts back whoever it was before, whatever happens.
struct Back(Option<Ledger>);

impl Drop for Back {
    fn drop(&mut self) {
        CURRENT.replace(self.0.take());
    }
}

/// On whose behalf this thread works.
pub(super) fn current() -> Option<Ledger> {
    CURRENT.with_borrow(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_within_is_on_its_behalf_and_nothing_after() {
        let (one, other) = (Ledger::default(), Ledger::default());
        let add = |bytes| current().into_iter().for_each(|ledger| ledger.add(bytes));
        add(1);
        one.during(|| {
            add(2);
            other.during(|| add(4));
            add(8);
        });
        let failed =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one.during(|| panic!("as told"))));
        add(16);
        assert!(failed.is_err() && current().is_none());
        assert_eq!([one.take(), other.take(), one.take()], [10, 4, 0]);
    }
}
