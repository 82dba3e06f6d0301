//! Cancellation: a flag that everything concerned shares.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Says whether a piece of work is still wanted. Clones share one flag; once raised it stays up.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Flag>);

type Hook = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Flag {
    raised: AtomicBool,
    parent: Option<CancelToken>,
    hooks: Mutex<Vec<Hook>>,
}

impl std::fmt::Debug for Flag {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.raised.fmt(formatter)
    }
}

impl CancelToken {
    pub fn new() -> Self {
        Self::default()
    }

    /// A token of its own, which counts as raised when this one is.
    pub fn child(&self) -> Self {
        Self(Arc::new(Flag { parent: Some(self.clone()), ..Flag::default() }))
    }

    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Release);
        for hook in self.hooks().drain(..) {
            hook();
        }
    }

    /// Has `hook` called once this is cancelled, on the thread that does it, or at once where it already is. For what
    /// cannot look at the flag itself; it must be quick.
    pub fn on_cancel(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.hook(&(Arc::new(hook) as Hook));
        if self.is_cancelled() {
            self.cancel();
        }
    }

    fn hook(&self, hook: &Hook) {
        self.hooks().push(Arc::clone(hook));
        if let Some(parent) = &self.0.parent {
            parent.hook(hook);
        }
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, Vec<Hook>> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
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
