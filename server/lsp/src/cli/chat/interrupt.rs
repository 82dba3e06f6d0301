//! Ctrl-C: it ends the answer that is in the making, not the program. The signal sets a flag, and a thread looks at it.

use anyhow::Context;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trust_inference::CancelToken;

/// Interrupt, by its number on every system.
const SIGINT: i32 = 2;
/// How soon it is noticed.
const STEP: Duration = Duration::from_millis(20);

pub struct Interrupts(Arc<Mutex<Option<CancelToken>>>);

impl Interrupts {
    pub fn start() -> anyhow::Result<Self> {
        let pressed = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, pressed.clone()).context("Ctrl-C cannot be watched")?;
        let running: Arc<Mutex<Option<CancelToken>>> = Arc::default();
        let current = running.clone();
        std::thread::Builder::new().name("trust-interrupt".into()).spawn(move || {
            loop {
                std::thread::sleep(STEP);
                if !pressed.swap(false, Ordering::Relaxed) {
                    continue;
                }
                match current.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    Some(token) => token.cancel(),
                    None => eprintln!("\n(Ctrl-D or /exit ends the conversation)"),
                }
            }
        })?;
        Ok(Self(running))
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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}
