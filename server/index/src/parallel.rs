//! Work shared out among threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// More threads than this wait for memory more than they help.
const MAX_THREADS: usize = 8;
/// Work of so many pieces is a build, for which nobody waits as for an answer; what follows a key is of a few.
const MANY: usize = 64;

/// How many threads were asked for; 0 is as many as do good.
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// From now on the indexes of this process work on so many threads at most, each by itself; 0 leaves it to the machine. More
/// than it has cores are never taken.
pub fn use_threads(most: usize) {
    ASKED.store(most, Ordering::Relaxed);
}

/// Runs `work` for each number below `count`, on as many threads as [`threads`] says; each thread has a state of
/// its own that `begin` makes, and all of them come back, this thread's first. Ends early when `stop` is set. `progress` is
/// called on this thread only. Where there is much to do, the other threads give way to whoever else wants the processor.
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
    let others = threads().min(count.max(1)) - 1;
    let alone = || {
        if count >= MANY {
            give_way();
        }
        run(&mut |_| {})
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..others).map(|_| scope.spawn(alone)).collect();
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
pub(crate) fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    allowed(ASKED.load(Ordering::Relaxed), cores)
}

fn allowed(asked: usize, cores: usize) -> usize {
    let most = if asked == 0 { MAX_THREADS } else { asked };
    most.min(cores).max(1)
}

/// Lowers the priority of this thread, for good: it must be one that does nothing else.
#[cfg(target_os = "linux")]
fn give_way() {
    use rustix::process::{getpriority_process, setpriority_process};
    // Of a process that is not named, Linux takes the thread that asks.
    let lowered = getpriority_process(None)
        .and_then(|now| setpriority_process(None, now.saturating_add(LOWER).min(LOWEST)));
    if let Err(error) = lowered {
        tracing::debug!(%error, "a thread of the index keeps its priority");
    }
}

/// Elsewhere a priority is of the whole process, or needs calls that are unsafe.
#[cfg(not(target_os = "linux"))]
fn give_way() {}

/// By so much: where all cores are taken, a tenth of what a thread of usual priority gets.
#[cfg(target_os = "linux")]
const LOWER: i32 = 10;
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_threads_are_taken_as_were_asked_for_and_there_are_cores_for() {
        let cases = [
            ((0, 1), 1),
            ((0, 2), 2),
            ((0, 8), 8),
            ((0, 96), 8),
            ((1, 96), 1),
            ((12, 96), 12),
            ((256, 4), 4),
            ((usize::MAX, 4), 4),
            ((0, 0), 1),
            ((3, 0), 1),
        ];
        for ((asked, cores), expected) in cases {
            assert_eq!(allowed(asked, cores), expected, "{asked} of {cores}");
        }
    }

    #[test]
    fn each_piece_is_done_once_however_many_there_are() {
        for count in [0, 1, 2, MANY - 1, MANY, 10 * MANY] {
            let done = share(count, &AtomicBool::new(false), &mut |_| {}, Vec::new, |done, index| {
                done.push(index);
            });
            let mut done: Vec<usize> = done.into_iter().flatten().collect();
            done.sort_unstable();
            assert_eq!(done, (0..count).collect::<Vec<_>>());
        }
    }

    /// This thread does other things, too, and a changed file is answered for within milliseconds.
    #[cfg(target_os = "linux")]
    #[test]
    fn only_threads_that_build_give_way_and_this_one_never() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let own = priority();
        for (count, lower) in [(1, 0), (MANY - 1, 0), (MANY, LOWER), (10 * MANY, LOWER)] {
            let states = share(count, &AtomicBool::new(false), &mut |_| {}, priority, |_: &mut i32, _| ());
            let (first, others) = states.split_first().unwrap();
            assert_eq!(*first, own, "{count}");
            assert!(others.iter().all(|now| *now == (own + lower).min(LOWEST)), "{count}: {states:?}");
            assert_eq!(priority(), own);
        }
    }
}
