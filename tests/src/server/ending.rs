//! The end of a session, which is part of every test.

use super::{Server, WAIT};
use crate::envelope::Message;
use serde_json::{Value, json};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// What may come at any time, and may be left unread.
const AMBIENT: [&str; 3] = ["trust/status", "window/logMessage", "$/progress"];

impl Server {
    /// Closes the server's stdin.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the process to end by itself, within `limit`. The rest of the session needs no goodbye.
    pub fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        self.ended = true;
        loop {
            if let Some(status) = self.process.try_wait().expect("the process can be waited for") {
                self.listen(Duration::from_secs(1));
                return status;
            }
            if Instant::now() >= deadline {
                panic!("the server still runs after {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the server wrote to stderr so far.
    pub fn log(&self) -> String {
        self.log.lock().map(|log| log.clone()).unwrap_or_default()
    }

    fn leave(&mut self) {
        if self.client.is_some() {
            let id = self.request("shutdown", Value::Null);
            assert_eq!(self.reply(id), Ok(Value::Null), "the answer to shutdown");
        }
        self.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
        let expected = if self.client.is_some() { 0 } else { 1 };
        let status = self.wait_exit(WAIT);
        assert_eq!(status.code(), Some(expected), "the exit code");
        assert!(self.asked.is_empty(), "requests that were never answered: {:?}", self.asked);
    }

    fn assert_all_read(&self) {
        // A client that hangs up reads nothing more.
        if self.stdin.is_none() {
            return;
        }
        assert!(self.answered.is_empty(), "answers that no test read: {:?}", self.answered);
        let ambient = |message: &Message| match message {
            Message::Notification { method, .. } => AMBIENT.contains(&method.as_str()),
            _ => false,
        };
        let left: Vec<_> = self.unread.iter().filter(|message| !ambient(message)).collect();
        assert!(left.is_empty(), "messages that no test read: {left:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let ending = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if !failed && !self.ended {
                self.leave();
            }
            if !failed {
                self.assert_all_read();
            }
        }));
        // Whatever happened, no process outlives its test.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if failed || ending.is_err() {
            let log = self.log();
            let start = log.len().saturating_sub(4000);
            let tail = log.get(start..).unwrap_or(&log);
            std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("--- server log\n{tail}---\n").as_bytes(),
            )
            .unwrap_or_default();
        }
        if let Err(panic) = ending {
            std::panic::resume_unwind(panic);
        }
    }
}
