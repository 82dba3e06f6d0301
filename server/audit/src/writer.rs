//! The thread that writes. Whoever records hands over how an entry is made and goes on: making it, hashing files for it and
//! committing it happen here, many entries at a time. What the queue has no room for, or the disk, is counted, and an entry
//! says how much was lost once entries can be written again.

use crate::entry::{Action, Record};
use crate::{AuditError, Folder, Log};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Entries of one commit; those that wait for a disk that takes nothing.
const BATCH: usize = 256;
const HELD: usize = 4096;
const RETRY: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const STEP: Duration = Duration::from_millis(2);

pub struct Options {
    /// Opens the log, at the first entry and after each failure.
    pub open: Box<dyn FnMut() -> Result<Log, AuditError> + Send>,
    /// Entries that may wait to be made.
    pub queue: usize,
    /// How long an entry may wait for others to be committed with.
    pub gather: Duration,
    /// What is to be done once a day, from the first commit on.
    pub daily: Box<dyn FnMut() + Send>,
    /// Told when writing fails for the first time, works again, and when what was lost cannot be recorded any more.
    pub trouble: Box<dyn FnMut(Trouble) + Send>,
}

impl Options {
    pub fn of(folder: Folder) -> Self {
        Self {
            open: Box::new(move || Log::open(&folder)),
            queue: 1024,
            gather: Duration::from_millis(500),
            daily: Box::new(|| ()),
            trouble: Box::new(|_| ()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    Failing(String),
    Recovered { lost: u64 },
    Lost { entries: u64, why: String },
}

/// How an entry is made, on the writer's thread; `None` where there is nothing to record after all.
type Make = Box<dyn FnOnce() -> Option<Record> + Send>;

enum Message {
    Record(Make, Option<Sender<u64>>),
    Flush(Sender<bool>),
}

pub struct Writer {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// # Errors
    /// There is no thread to be had.
    pub fn start(options: Options) -> std::io::Result<Self> {
        let (queue, messages) = sync_channel(options.queue);
        let lost = Arc::new(AtomicU64::new(0));
        let work = Work {
            options,
            lost: Arc::clone(&lost),
            log: None,
            batch: Vec::new(),
            waiting: Vec::new(),
            failing: None,
            swept: None,
        };
        let thread =
            std::thread::Builder::new().name("trust-audit".into()).spawn(move || work.run(&messages))?;
        Ok(Self { queue, lost, thread: Mutex::new(Some(thread)) })
    }

    /// Hands over how an entry is made. Never waits; false where there was no room, which is counted.
    pub fn record(&self, make: impl FnOnce() -> Option<Record> + Send + 'static) -> bool {
        self.send(Message::Record(Box::new(make), None))
    }

    /// The same; what comes back is given the entry's number once it is on the disk, and is closed where it is lost.
    pub fn acknowledged(&self, make: impl FnOnce() -> Option<Record> + Send + 'static) -> Receiver<u64> {
        let (sender, receiver) = channel();
        self.send(Message::Record(Box::new(make), Some(sender)));
        receiver
    }

    fn send(&self, message: Message) -> bool {
        let sent = self.queue.try_send(message).is_ok();
        if !sent {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }

    /// Waits until all that was recorded so far is on the disk; false where it is not in time.
    pub fn flush(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let (sender, receiver) = channel();
        let mut message = Message::Flush(sender);
        loop {
            match self.queue.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if Instant::now() < until => message = back,
                Err(_) => return false,
            }
            std::thread::sleep(STEP);
        }
        receiver.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap_or(false)
    }

    /// Ends the thread, once all that was recorded is on the disk; false where that is not in time, or failed.
    pub fn close(self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let flushed = self.flush(patience);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self.queue);
        let Some(thread) = thread else { return flushed };
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(STEP);
        }
        flushed && thread.is_finished()
    }
}

struct Work {
    options: Options,
    lost: Arc<AtomicU64>,
    log: Option<Log>,
    batch: Vec<Record>,
    /// Who is told of the entries of the batch, by their place in it.
    waiting: Vec<(usize, Sender<u64>)>,
    /// Why the last commit failed, and when the next one is tried.
    failing: Option<(String, Instant)>,
    swept: Option<Instant>,
}

impl Work {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut due = Instant::now() + DAY;
        loop {
            let until = self.failing.as_ref().map_or(due, |(_, retry)| *retry);
            let mut flush = None;
            let mut ends = false;
            match messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Message::Record(make, sender)) => {
                    if self.batch.is_empty() {
                        due = Instant::now() + self.options.gather;
                    }
                    self.take(make, sender);
                }
                Ok(Message::Flush(sender)) => flush = Some(sender),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => ends = true,
            }
            let is_due = match &self.failing {
                Some((_, retry)) => Instant::now() >= *retry,
                None => self.batch.len() >= BATCH || Instant::now() >= due,
            };
            if is_due || flush.is_some() || ends {
                self.commit();
                due = Instant::now() + DAY;
            }
            if let Some(flush) = flush {
                // Whoever asked may wait no longer.
                let _ = flush.send(self.batch.is_empty());
            }
            if ends {
                return self.end();
            }
        }
    }

    fn take(&mut self, make: Make, sender: Option<Sender<u64>>) {
        let made = match self.batch.len() < HELD {
            true => catch_unwind(AssertUnwindSafe(make)),
            false => Err(Box::new("full") as _),
        };
        match made {
            Ok(Some(record)) => {
                self.waiting.extend(sender.map(|sender| (self.batch.len(), sender)));
                self.batch.push(record);
            }
            Ok(None) => {}
            Err(_) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Commits the batch, or keeps it for the next time.
    fn commit(&mut self) {
        let Some(first) = self.batch.first() else { return };
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let own = self.batch.len();
        if lost > 0 {
            let why = match &self.failing {
                Some((why, _)) => format!("could not be written: {why}"),
                None => "more came at once than could be written".to_owned(),
            };
            let mut entry = first.entry.of_the_log(Action::Gap, &why);
            entry.counts = BTreeMap::from([("lost".to_owned(), lost)]);
            self.batch.push(Record { entry, content: None });
        }
        match self.append() {
            Ok(range) => {
                // An alarm may stand before those that were asked for.
                let first = range.end - self.batch.len() as u64;
                for (at, sender) in self.waiting.drain(..) {
                    let _ = sender.send(first + at as u64);
                }
                self.batch.clear();
                if self.failing.take().is_some() {
                    (self.options.trouble)(Trouble::Recovered { lost });
                }
                self.sweep();
            }
            Err(error) => {
                self.batch.truncate(own);
                self.lost.fetch_add(lost, Ordering::Relaxed);
                self.log = None;
                let why = match error.is_full() {
                    true => "the disk is full, or the file may not grow".to_owned(),
                    false => error.to_string(),
                };
                if self.failing.replace((why.clone(), Instant::now() + RETRY)).is_none() {
                    (self.options.trouble)(Trouble::Failing(why));
                }
            }
        }
    }

    fn append(&mut self) -> Result<std::ops::Range<u64>, AuditError> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => (self.options.open)()?,
        };
        let range = log.append(&self.batch)?;
        self.log = Some(log);
        Ok(range)
    }

    fn sweep(&mut self) {
        if self.swept.is_none_or(|swept| swept.elapsed() >= DAY) {
            self.swept = Some(Instant::now());
            if catch_unwind(AssertUnwindSafe(|| (self.options.daily)())).is_err() {
                tracing::error!("what is done for the audit log once a day panicked");
            }
        }
    }

    fn end(mut self) {
        let entries = self.batch.len() as u64 + self.lost.load(Ordering::Relaxed);
        if let Some((why, _)) = self.failing.take().filter(|_| entries > 0) {
            (self.options.trouble)(Trouble::Lost { entries, why });
        }
    }
}

#[cfg(test)]
#[path = "tests/writing.rs"]
mod tests;
