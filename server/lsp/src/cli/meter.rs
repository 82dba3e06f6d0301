//! How far something is that takes its time, on stderr: on a terminal in one line, elsewhere in few.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// The least time between two looks, on a terminal and elsewhere.
const LIVELY: Duration = Duration::from_millis(200);
const RARE: Duration = Duration::from_secs(10);

pub struct Meter {
    what: String,
    start: Instant,
    last: Instant,
    /// What was done when it was looked at first: it took no time here.
    base: Option<u64>,
    is_terminal: bool,
    /// Columns to wipe.
    shown: usize,
}

impl Meter {
    pub fn new(what: String) -> Self {
        let now = Instant::now();
        Self {
            what,
            start: now,
            last: now,
            base: None,
            is_terminal: std::io::stderr().is_terminal(),
            shown: 0,
        }
    }

    /// So many bytes are done, of so many.
    pub fn step(&mut self, done: u64, total: u64) {
        // It may begin anew.
        let base = self.base.filter(|base| *base <= done).unwrap_or(done);
        self.base = Some(base);
        if self.last.elapsed() < if self.is_terminal { LIVELY } else { RARE } {
            return;
        }
        self.last = Instant::now();
        let line = format!("{}: {}", self.what, told(done, total, done - base, self.start.elapsed()));
        if self.is_terminal {
            eprint!("\r{line:<width$}", width = self.shown);
            // It is only a view.
            let _ = std::io::stderr().flush();
            self.shown = line.chars().count();
        } else {
            eprintln!("{line}");
        }
    }

    /// Wipes what is shown.
    pub fn end(&mut self) {
        if self.shown > 0 {
            eprint!("\r{:width$}\r", "", width = self.shown);
            self.shown = 0;
        }
    }
}

/// Bytes, share, speed and what is left of the time; `now` is what was done in the time that elapsed.
fn told(done: u64, total: u64, now: u64, elapsed: Duration) -> String {
    let speed = now as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = total.saturating_sub(done) as f64 / speed.max(1.0);
    let share = done.saturating_mul(100) / total.max(1);
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let speed = megabytes(speed as u64);
    format!(
        "{} of {} MB ({share} %), {speed} MB/s, {:.0} s left",
        megabytes(done),
        megabytes(total),
        left.ceil()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_share_speed_and_time_left() {
        let cases = [
            (250_000_000, 1_000_000_000, 250_000_000, 5, "250 of 1000 MB (25 %), 50 MB/s, 15 s left"),
            (900_000_000, 1_000_000_000, 50_000_000, 1, "900 of 1000 MB (90 %), 50 MB/s, 2 s left"),
            (0, 0, 0, 0, "0 of 0 MB (0 %), 0 MB/s, 0 s left"),
            (10, 5, 10, 1, "0 of 0 MB (200 %), 0 MB/s, 0 s left"),
        ];
        for (done, total, now, seconds, expected) in cases {
            assert_eq!(told(done, total, now, Duration::from_secs(seconds)), expected);
        }
    }
}
