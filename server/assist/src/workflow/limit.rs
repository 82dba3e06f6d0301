//! Work within a time: what is over it is cancelled.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use trust_inference::CancelToken;

/// What `work` gives, and whether its time ran out before it ended. It gets a token that is raised then, or with `cancel`.
pub(super) fn within<T>(
    limit: Duration,
    cancel: &CancelToken,
    work: impl FnOnce(&CancelToken) -> T,
) -> (T, bool) {
    let own = cancel.child();
    let (done, ends) = channel::<()>();
    let timer = own.clone();
    std::thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let is_over = ends.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if is_over {
                timer.cancel();
            }
            is_over
        });
        let given = work(&own);
        drop(done);
        (given, watch.join().unwrap_or(false))
    })
}
