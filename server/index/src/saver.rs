//! Writes the index to disk on a thread of its own, since a whole index takes seconds to code.

use crate::disk::Disk;
use crate::index::Shared;
use crate::store::Unsaved;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Dropping it ends the thread, when what was given to it is written.
pub(crate) struct Saver(Sender<Unsaved>);

impl Saver {
    /// `None` where there is no thread to be had; the index is not kept then.
    pub fn start(disk: Disk, shared: &Arc<Shared>) -> Option<Self> {
        let (saver, unsaved) = channel();
        let shared = Arc::clone(shared);
        let run = move || run(disk, &unsaved, &shared);
        match std::thread::Builder::new().name("trust-index-disk".to_owned()).spawn(run) {
            Ok(_) => Some(Self(saver)),
            Err(error) => {
                tracing::warn!(%error, "the index is not kept on disk");
                None
            }
        }
    }

    pub fn save(&self, unsaved: Unsaved) {
        // The other end is there for as long as this one.
        let _ = self.0.send(unsaved);
    }
}

fn run(mut disk: Disk, all: &Receiver<Unsaved>, shared: &Shared) {
    shared.inbox().disk_bytes = disk.bytes();
    while let Ok(mut unsaved) = all.recv() {
        let mut taken = 1;
        for later in all.try_iter() {
            unsaved.add(later);
            taken += 1;
        }
        let saved = disk.save(unsaved);
        if let Err(error) = &saved {
            tracing::warn!(%error, "the index could not be kept on disk");
        }
        let mut inbox = shared.inbox();
        inbox.disk_bytes = disk.bytes();
        inbox.writing -= taken;
        inbox.unwritten = saved.is_err();
        drop(inbox);
        shared.settled.notify_all();
    }
}
