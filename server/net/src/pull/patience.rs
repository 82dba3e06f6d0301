//! How long one waits before the next attempt, and when one gives up.

use super::{Effort, Job, PullError};
use crate::egress::{Answer, SendError};
use std::time::{Duration, Instant, SystemTime};
use trust_inference::CancelToken;

/// How soon a pause notices that nobody waits any more.
const STEP: Duration = Duration::from_millis(20);

/// What became of an attempt.
pub enum Attempt {
    /// It may be tried again: why it failed, and how long the host asks to wait.
    Again(String, Option<Duration>),
    Failed(PullError),
}

impl From<SendError> for Attempt {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Failed { .. } => Self::Again(error.to_string(), None),
            other => Self::Failed(other.into()),
        }
    }
}

/// The attempts at one thing.
pub struct Patience {
    effort: Effort,
    failed: u32,
}

impl Patience {
    pub fn new(job: &Job<'_>) -> Self {
        Self { effort: job.effort, failed: 0 }
    }

    /// Something came: what failed before counts no more.
    pub fn again(&mut self) {
        self.failed = 0;
    }

    /// Waits for the next attempt.
    ///
    /// # Errors
    /// There is none: it failed for good, or too often.
    pub fn wait(&mut self, attempt: Attempt, cancel: &CancelToken) -> Result<(), PullError> {
        let (why, asked) = match attempt {
            Attempt::Failed(error) => return Err(error),
            Attempt::Again(why, asked) => (why, asked),
        };
        self.failed += 1;
        if self.failed >= self.effort.attempts {
            let times = self.failed;
            return Err(PullError::Host(format!(
                "{why}; given up after {times} attempts without a byte. What came is kept: the same command goes on with it"
            )));
        }
        if let Some(asked) = asked.filter(|asked| *asked > self.effort.longest) {
            return Err(PullError::Host(format!(
                "{why}; it asks to wait {} s. Try again then",
                asked.as_secs()
            )));
        }
        let own = self.effort.pause * 2u32.saturating_pow(self.failed - 1);
        pause(asked.unwrap_or(own.min(self.effort.longest)), cancel);
        if cancel.is_cancelled() { Err(SendError::Cancelled.into()) } else { Ok(()) }
    }
}

/// Sleeps, unless nobody waits any more.
pub fn pause(long: Duration, cancel: &CancelToken) {
    let until = Instant::now() + long;
    while !cancel.is_cancelled() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(STEP));
    }
}

/// What an answer says that is neither the file nor where it is.
pub fn refusal(answer: &Answer, host: &str) -> Attempt {
    let status = answer.status();
    match status {
        429 => Attempt::Again(format!("{host} has had too many requests (429)"), retry_after(answer)),
        500..=599 => Attempt::Again(format!("{host} failed ({status})"), retry_after(answer)),
        401 => Attempt::Failed(PullError::Host(format!(
            "{host} wants to know who asks (401); for a hub, the variable HF_TOKEN holds a token"
        ))),
        403 => Attempt::Failed(PullError::Host(format!(
            "{host} does not give it to us (403); it may want its terms accepted, and a token in HF_TOKEN"
        ))),
        404 | 410 => Attempt::Failed(PullError::Host(format!("{host} has no such file ({status})"))),
        _ => Attempt::Failed(PullError::Host(format!("{host} answered {status}"))),
    }
}

/// Seconds, or a moment.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header("retry-after")?;
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => until(text, SystemTime::now()),
    }
}

/// How long it is until a moment in the form of HTTP's headers: `Wed, 25 Nov 2026 19:00:00 GMT`.
fn until(text: &str, now: SystemTime) -> Option<Duration> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok().filter(|day| *day < 100)?;
    let month = words.next()?;
    let month = MONTHS.as_bytes().chunks(3).position(|name| name == month.as_bytes())? as u64 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| *year < 10_000)?;
    let mut clock = words.next()?.split(':').map(str::parse::<u64>);
    let mut next = || clock.next()?.ok().filter(|number| *number < 100);
    let seconds = next()? * 3600 + next()? * 60 + next()?;
    // Days since 1970, of a calendar whose years begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    let since = Duration::from_secs(days.checked_sub(719_469)? * 86_400 + seconds);
    let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_form_of_headers() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", Some(86_407)),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400 - 784_111_770)),
            ("soon", None),
            ("Sun, 06 Nov 18446744073709551615 08:49:37 GMT", None),
            ("Sun, 18446744073709551615 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 18446744073709551615:49:37 GMT", None),
            ("Sun, 06 Nov", None),
        ];
        for (text, expected) in cases {
            assert_eq!(until(text, now).map(|long| long.as_secs()), expected, "{text}");
        }
    }
}
