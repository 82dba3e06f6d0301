//! Cancellation: a flag that everything concerned shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says whether a piece of work is still wanted. Clones share one flag; once raised it stays up.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    parent: Option<CancelToken>,
}

impl CancelToken {
    pub fn new() -> Self {
        Self::default()
    }

    /// A token of its own, which counts as raised when this one is.
    pub fn child(&self) -> Self {
        Self(Arc::new(Flag { raised: AtomicBool::new(false), parent: Some(self.clone()) }))
    }

    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Ordering::Acquire) || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// A guard that cancels when dropped: held by a request handler, it ties the work to the request.
    pub fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }
}

/// Cancels its token when dropped.
#[derive(Debug)]
pub struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_follows_its_parent_and_not_the_other_way_round() {
        let parent = CancelToken::new();
        let (first, second) = (parent.child(), parent.child());
        first.cancel();
        assert_eq!([&parent, &first, &second].map(CancelToken::is_cancelled), [false, true, false]);
        parent.cancel();
        assert!(second.is_cancelled());
    }
}
