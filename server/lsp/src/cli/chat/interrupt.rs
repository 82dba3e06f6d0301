//! Ctrl-C: it ends the answer that is in the making, not the program. The signal sets a flag, and a thread looks at it. What
//! would leave something half done behind hears in the same way that the terminal was closed or the program is to end.

use anyhow::Context;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use trust_inference::CancelToken;

/// Interrupt, by its number on every system.
const SIGINT: i32 = 2;
/// A terminal that was closed, and the wish that a program end.
const ENDS: &[i32] = if cfg!(unix) { &[1, 15] } else { &[] };
/// After such a time the next wish that the program end is followed at once: it may wait for an answer that nobody gives.
const PATIENCE: Duration = Duration::from_secs(3);
/// How soon it is noticed.
const STEP: Duration = Duration::from_millis(20);

pub struct Interrupts {
    running: Arc<Mutex<Option<CancelToken>>>,
    /// Nothing runs that would be left half done.
    idle: Arc<AtomicBool>,
}

impl Interrupts {
    pub fn start() -> anyhow::Result<Self> {
        Self::of(&[])
    }

    /// Of a command that puts files back before it ends.
    pub fn until_undone() -> anyhow::Result<Self> {
        Self::of(ENDS)
    }

    fn of(ends: &[i32]) -> anyhow::Result<Self> {
        let (pressed, idle) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        for signal in ends {
            signal_hook::flag::register_conditional_default(*signal, idle.clone())
                .and_then(|_| signal_hook::flag::register(*signal, pressed.clone()))
                .context("signals cannot be watched")?;
        }
        signal_hook::flag::register(SIGINT, pressed.clone()).context("Ctrl-C cannot be watched")?;
        let running: Arc<Mutex<Option<CancelToken>>> = Arc::default();
        let current = running.clone();
        let let_go = idle.clone();
        std::thread::Builder::new().name("trust-interrupt".into()).spawn(move || {
            let mut asked: Option<Instant> = None;
            loop {
                std::thread::sleep(STEP);
                let running = current.lock().unwrap_or_else(PoisonError::into_inner);
                asked = asked.filter(|_| running.is_some());
                if asked.is_some_and(|asked| asked.elapsed() > PATIENCE) {
                    let_go.store(true, Ordering::SeqCst);
                }
                if !pressed.swap(false, Ordering::Relaxed) {
                    continue;
                }
                match running.as_ref() {
                    Some(token) => {
                        token.cancel();
                        asked.get_or_insert_with(Instant::now);
                    }
                    None => eprintln!("\n(Ctrl-D or /exit ends the conversation)"),
                }
            }
        })?;
        Ok(Self { running, idle })
    }

    /// Runs `work` with a token that Ctrl-C raises.
    pub fn during<T>(&self, work: impl FnOnce(&CancelToken) -> T) -> T {
        let token = CancelToken::new();
        self.set(Some(token.clone()));
        let done = work(&token);
        self.set(None);
        done
    }

    fn set(&self, token: Option<CancelToken>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        self.idle.store(token.is_none(), Ordering::SeqCst);
        *running = token;
    }
}
