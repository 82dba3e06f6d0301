//! The conversation with `trust-lsp`: the policy first, then works, each on a thread of its own. What is told goes out line by
//! line, under one lock.

use crate::egress::{Egress, Shared};
use crate::engine::{Engines, detect};
use crate::pull::{Effort, pull};
use std::collections::HashMap;
use std::io::{BufReader, Stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use trust_inference::CancelToken;
use trust_wire::{Answering, Ask, Policy, Told, Work, read, write};

/// Works at a time; more than anybody asks for in earnest.
const MOST: usize = 64;

/// What all works of a session share.
struct Session {
    egress: Shared,
    engines: Engines,
    out: Mutex<Stdout>,
    running: Mutex<HashMap<u64, CancelToken>>,
}

/// Serves until the input ends.
///
/// # Errors
/// What came is no policy, or no message.
pub fn run() -> Result<(), String> {
    let mut input = BufReader::new(std::io::stdin());
    let Some(policy) = read::<Policy>(&mut input).map_err(|error| error.to_string())? else { return Ok(()) };
    let egress = Arc::new(Egress::new(policy)?);
    let (engines, out) = (Engines::new(&egress), Mutex::new(std::io::stdout()));
    let session = Arc::new(Session { egress, engines, out, running: Mutex::default() });
    while let Some(ask) = read::<Ask>(&mut input).map_err(|error| error.to_string())? {
        session.take(ask);
    }
    // Whoever asked is gone, and so is everybody who would read what is still being fetched.
    session.running().drain().for_each(|(_, cancel)| cancel.cancel());
    Ok(())
}

impl Session {
    fn take(self: &Arc<Self>, Ask { id, work }: Ask) {
        match work {
            Work::Cancel => {
                if let Some(cancel) = self.running().get(&id) {
                    cancel.cancel();
                }
                return;
            }
            Work::Restrict(mode) => return self.egress.restrict(mode),
            _ => {}
        }
        let cancel = CancelToken::new();
        {
            let mut running = self.running();
            if running.len() >= MOST {
                return self.tell(id, Answering::Failed("too much is asked at once".into()));
            }
            running.insert(id, cancel.clone());
        }
        let session = Arc::clone(self);
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| session.work(id, work, &cancel)));
            session.running().remove(&id);
            if done.is_err() {
                session.tell(
                    id,
                    Answering::Failed("trust-net failed at this; its error stream says how".into()),
                );
            }
        };
        if let Err(error) = std::thread::Builder::new().name("work".into()).spawn(work) {
            self.running().remove(&id);
            self.tell(id, Answering::Failed(format!("a thread could not be started: {error}")));
        }
    }

    fn work(&self, id: u64, work: Work, cancel: &CancelToken) {
        let tell = |answer| self.tell(id, answer);
        let (egress, engines) = (self.egress.as_ref(), &self.engines);
        let end = match work {
            Work::Pull(order) => match pull(egress, &order, Effort::default(), cancel, &tell) {
                Ok(pulled) => Answering::Pulled(pulled),
                Err(error) => Answering::Failed(error.to_string()),
            },
            Work::Facts { endpoint, roots } => {
                match engines.facts(egress, (&endpoint, &roots), cancel, &tell) {
                    Ok(facts) => Answering::Facts(facts),
                    Err(error) => Answering::Stopped(error),
                }
            }
            Work::Generate(order) => match engines.generate(egress, &order, cancel, &tell) {
                Ok(()) => return,
                Err(error) => Answering::Stopped(error),
            },
            Work::Preview(order) => match engines.preview(egress, &order) {
                Ok(body) => Answering::Preview(body),
                Err(error) => Answering::Stopped(error),
            },
            Work::Detect(addresses) => Answering::Detected(detect(egress, &addresses, cancel, &tell)),
            Work::Cancel | Work::Restrict(_) => return,
        };
        tell(end);
    }

    /// A side that is gone hears nothing; the end of the input says so too.
    fn tell(&self, id: u64, answer: Answering) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write(&mut *out, &Told { id, answer });
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<u64, CancelToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
