//! Work shared out among threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// More threads than this wait for memory more than they help.
const MAX_THREADS: usize = 8;

/// Runs `work` for each number below `count`, on as many threads as there are cores; each thread has a state of
/// its own that `begin` makes, and all of them come back. Ends early when `stop` is set. `progress` is called on
/// this thread only.
pub(crate) fn share<S: Send>(
    count: usize,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(usize),
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Vec<S> {
    share_after(|| {}, count, stop, progress, begin, work)
}

/// The same; this thread does `first` before it joins in.
pub(crate) fn share_after<S: Send>(
    first: impl FnOnce(),
    count: usize,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(usize),
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let run = |progress: &mut dyn FnMut(usize)| {
        let mut state = begin();
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            work(&mut state, index);
            progress(index);
        }
        state
    };
    let others = cores().min(count.max(1)) - 1;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..others).map(|_| scope.spawn(|| run(&mut |_| {}))).collect();
        first();
        // The others may have done all of it before this one comes to it.
        if count > 0 {
            progress(0);
        }
        let mut states = vec![run(progress)];
        for thread in threads {
            match thread.join() {
                Ok(state) => states.push(state),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        states
    })
}

/// How many threads work at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_THREADS)
}
