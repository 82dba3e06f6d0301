//! The pipe to `trust-net`: what is asked goes out line by line, and one thread hands out what comes back.

use super::Absent;
use crate::audit;
use std::collections::{HashMap, HashSet};
use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trust_inference::CancelToken;
use trust_wire::{Answering, Ask, Endpoint, Mode, Policy, Told, Work, read, write};

/// How soon somebody who waits notices that he does not want to any more.
const STEP: Duration = Duration::from_millis(20);

type Waiting = Mutex<HashMap<u64, Sender<Answering>>>;

/// A `trust-net` that was started.
pub struct Net {
    input: Mutex<Option<ChildStdin>>,
    /// Taken by the thread that reads, which is started with the first question.
    output: Mutex<Option<ChildStdout>>,
    waiting: Waiting,
    asked: AtomicU64,
    closed: AtomicBool,
    /// Nobody hears what it answers any more.
    gone: AtomicBool,
    endpoints: Vec<Endpoint>,
    /// Kept so that its end is its own.
    _child: Child,
}

/// What comes back of one question; whoever drops it wants no more.
pub struct Answers {
    net: &'static Net,
    id: u64,
    from: Receiver<Answering>,
}

impl Net {
    pub(super) fn of(mut child: Child, policy: &Policy) -> Result<Self, Absent> {
        let mut input = child.stdin.take().ok_or(Absent::Gone)?;
        write(&mut input, policy).map_err(|error| Absent::Failed(error.to_string()))?;
        Ok(Self {
            endpoints: policy.endpoints.clone(),
            gone: AtomicBool::new(false),
            input: Mutex::new(Some(input)),
            output: Mutex::new(child.stdout.take()),
            waiting: Waiting::default(),
            asked: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            _child: child,
        })
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The program is gone.
    pub fn ask(&'static self, work: Work) -> Result<Answers, Absent> {
        let id = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let (to, from) = channel();
        lock(&self.waiting).insert(id, to);
        if let Some(output) = lock(&self.output).take() {
            let reading = std::thread::Builder::new().name("trust-net".into());
            reading
                .spawn(move || self.hand_out(output))
                .map_err(|error| Absent::Failed(error.to_string()))?;
        }
        match self.say(id, work) {
            true => Ok(Answers { net: self, id, from }),
            false => {
                lock(&self.waiting).remove(&id);
                Err(Absent::Gone)
            }
        }
    }

    /// Only this much may leave from now on.
    pub fn restrict(&self, mode: Mode) {
        self.say(0, Work::Restrict(mode));
    }

    /// Nothing may leave any more: with the pipe's end, the program ends.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        lock(&self.input).take();
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// An endpoint, as it was said to the program.
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    fn say(&self, id: u64, work: Work) -> bool {
        let mut input = lock(&self.input);
        let said = input.as_mut().is_some_and(|pipe| write(pipe, &Ask { id, work }).is_ok());
        if !said {
            input.take();
        }
        said
    }

    /// Until the other side is gone, or says what is no message: then nothing is asked any more, and nobody waits.
    fn hand_out(&self, output: ChildStdout) {
        let mut output = BufReader::new(output);
        // What hosts each download has asked already: it asks for many parts.
        let mut asked = HashSet::new();
        loop {
            match read::<Told>(&mut output) {
                Ok(Some(Told { id, answer })) => {
                    if let Answering::Sent(departure) = &answer {
                        let part = departure.is_for_a_download();
                        let is_first = !part || asked.insert((id, departure.host.clone()));
                        audit::left(departure, is_first);
                    }
                    // Whoever asked may be gone.
                    if let Some(to) = lock(&self.waiting).get(&id) {
                        let _ = to.send(answer);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "trust-net");
                    break;
                }
            }
        }
        self.gone.store(true, Ordering::Release);
        // It may wait until somebody reads, and not read itself: its answers end before its questions do.
        drop(output);
        lock(&self.input).take();
        lock(&self.waiting).clear();
    }
}

impl Answers {
    /// The next one; `None` where the program is gone, or nobody wants it any more. Blocks.
    pub fn next(&self, cancel: &CancelToken) -> Option<Answering> {
        // Longer than any work lasts.
        self.until(cancel, Instant::now() + Duration::from_secs(30 * 24 * 3600))
    }

    /// The same, for so long.
    pub fn until(&self, cancel: &CancelToken, deadline: Instant) -> Option<Answering> {
        while !cancel.is_cancelled() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left.min(STEP)) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if lock(&self.net.waiting).remove(&self.id).is_some() {
            self.net.say(self.id, Work::Cancel);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
