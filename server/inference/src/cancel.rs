//! Cancellation: a flag that everything concerned shares.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Says whether a piece of work is still wanted. Clones share one flag; once raised it stays up.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Flag>);

type Hook = dyn Fn() + Send + Sync;

/// A hook of a token itself, or of a child for as long as that is there.
enum Held {
    Own(Arc<Hook>),
    OfChild(Weak<Hook>),
}

#[derive(Default)]
struct Flag {
    raised: AtomicBool,
    parent: Option<CancelToken>,
    hooks: Mutex<Vec<Held>>,
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
        let hooks = std::mem::take(&mut *self.hooks());
        for hook in hooks {
            match hook {
                Held::Own(hook) => hook(),
                Held::OfChild(hook) => hook.upgrade().into_iter().for_each(|hook| hook()),
            }
        }
    }

    /// Has `hook` called once this is cancelled, on the thread that does it, or at once where it already is. For what
    /// cannot look at the flag itself; it must be quick. It is held as long as the token is: work of which a token sees many
    /// takes a [child](Self::child) each.
    pub fn on_cancel(&self, hook: impl Fn() + Send + Sync + 'static) {
        let hook: Arc<Hook> = Arc::new(hook);
        if let Some(parent) = &self.0.parent {
            parent.hook(&Arc::downgrade(&hook));
        }
        self.hooks().push(Held::Own(hook));
        if self.is_cancelled() {
            self.cancel();
        }
    }

    fn hook(&self, hook: &Weak<Hook>) {
        let mut hooks = self.hooks();
        hooks.retain(|held| {
            matches!(held, Held::Own(_)) || matches!(held, Held::OfChild(hook) if hook.strong_count() > 0)
        });
        hooks.push(Held::OfChild(Weak::clone(hook)));
        drop(hooks);
        if let Some(parent) = &self.0.parent {
            parent.hook(hook);
        }
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
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

    #[test]
    fn what_hangs_on_a_child_is_called_by_its_parent_and_goes_with_it() {
        use std::sync::atomic::AtomicUsize;
        let (parent, called) = (CancelToken::new(), Arc::new(AtomicUsize::new(0)));
        let child = |of: &CancelToken| {
            let (child, called) = (of.child(), Arc::clone(&called));
            child.on_cancel(move || {
                called.fetch_add(1, Ordering::Relaxed);
            });
            child
        };
        (0..1_000).for_each(|_| drop(child(&parent.child())));
        assert!(parent.hooks().len() < 3, "{} are held", parent.hooks().len());
        let kept = child(&parent.child());
        parent.cancel();
        assert!(kept.is_cancelled() && called.load(Ordering::Relaxed) == 1);
        // Where it is raised already, at once.
        child(&parent);
        assert_eq!(called.load(Ordering::Relaxed), 2);
    }
}
