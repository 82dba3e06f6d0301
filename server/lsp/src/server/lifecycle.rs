//! How a session ends: `exit`, the end of stdin, or the death of the client's process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use waitpid_any::WaitHandle;

/// Whether the session is over, and whether it was closed as it should be.
#[derive(Default)]
pub struct Ending {
    reached: AtomicBool,
    notify: Notify,
    shutdown: AtomicBool,
}

impl Ending {
    pub fn reach(&self) {
        self.reached.store(true, Ordering::Release);
        self.notify.notify_waiters();
        self.notify.notify_one();
    }

    /// Returns once the session is over.
    pub async fn reached(&self) {
        while !self.reached.load(Ordering::Acquire) {
            self.notify.notified().await;
        }
    }

    pub fn saw_shutdown(&self) {
        self.shutdown.store(true, Ordering::Release);
    }

    pub fn was_orderly(&self) -> bool {
        self.shutdown.load(Ordering::Acquire)
    }

    /// Ends the session when the process `id` ends, whatever becomes of the pipes. One that cannot be seen is not
    /// watched: from inside a container the client's number means nothing.
    pub fn watch_parent(self: &Arc<Self>, id: i32) {
        let ending = self.clone();
        let watch = move || match WaitHandle::open(id) {
            Ok(mut parent) => {
                if parent.wait().is_ok() {
                    tracing::info!(id, "the client's process ended");
                    ending.reach();
                }
            }
            Err(error) => tracing::warn!(id, %error, "the client's process cannot be watched"),
        };
        if let Err(error) = std::thread::Builder::new().name("trust-parent".into()).spawn(watch) {
            tracing::warn!(%error, "the client's process is not watched");
        }
    }
}
