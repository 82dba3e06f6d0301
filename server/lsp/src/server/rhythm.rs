//! The typist's rhythm: how long a query waits for a key that may follow at once, and when there is time to work ahead.
//! All of it counts with instants that it is given.

use crate::setup::Pace;
use std::time::{Duration, Instant};

/// A gap longer than this is a pause, which says nothing of the pace.
const PAUSE: Duration = Duration::from_secs(1);
/// How much of the pace the newest gap makes up.
const NEWEST: f64 = 0.2;
/// Who needs longer from key to key gets an answer to each, at once.
const LEISURELY: Duration = Duration::from_millis(180);
/// Nobody types as fast as this: a key is held down, or something is pasted bit by bit.
const REPEATED: Duration = Duration::from_millis(45);
/// What a fast typist's query waits, as a share of the pace: long enough for keys that roll over one another.
const SHARE: f64 = 0.1;
/// The same on battery, where an answer that the next key makes useless costs more than a moment.
const SAVING_SHARE: f64 = 0.5;
/// How long nobody types before it counts as idle: at least this, and longer than the typist's own gap.
const IDLE: std::ops::RangeInclusive<Duration> = Duration::from_millis(120)..=Duration::from_millis(500);
/// Signs after which an answer is wanted as soon as it can be.
const OPENING: [char; 9] = ['.', '(', '[', '{', ':', '=', ',', '<', ' '];

/// The pace of one typist, and what the machine has been given to do in the background.
#[derive(Debug, Default)]
pub struct Rhythm {
    pace: Pace,
    last_key: Option<Instant>,
    /// The mean gap from key to key, the newest counting most; `None` before there were two.
    gap: Option<Duration>,
    on_battery: bool,
    /// Until then the budget for background work is spent.
    rest_until: Option<Instant>,
}

impl Rhythm {
    pub fn follow(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Whether the machine runs on its battery.
    pub fn runs_on(&mut self, battery: bool) {
        self.on_battery = battery;
    }

    /// On battery, and told to make nothing of it.
    fn is_saving(&self) -> bool {
        self.on_battery && !self.pace.on_battery
    }

    /// A key was pressed.
    pub fn key(&mut self, now: Instant) {
        let last = self.last_key.replace(now);
        let Some(gap) = last.map(|last| now.saturating_duration_since(last)).filter(|gap| *gap < PAUSE)
        else {
            return;
        };
        self.gap = Some(match self.gap {
            None => gap,
            Some(mean) => mean.mul_f64(1.0 - NEWEST) + gap.mul_f64(NEWEST),
        });
    }

    /// How long to wait for another key before the text after `line`, which is what stands before the cursor on its
    /// line, is worked out.
    pub fn delay(&self, line: &str) -> Duration {
        let most = Duration::from_millis(self.pace.delay.into());
        if line.trim_start().is_empty() || line.ends_with(OPENING) {
            return Duration::ZERO;
        }
        match self.gap {
            Some(gap) if gap <= REPEATED => gap.mul_f64(1.5).min(most),
            Some(gap) if gap < LEISURELY => {
                gap.mul_f64(if self.is_saving() { SAVING_SHARE } else { SHARE }).min(most)
            }
            _ => Duration::ZERO,
        }
    }

    /// How long nobody types before one may work ahead.
    pub fn idle(&self) -> Duration {
        let gap = self.gap.unwrap_or_default().mul_f64(1.5);
        gap.clamp(*IDLE.start(), *IDLE.end())
    }

    /// Whether one may work ahead now.
    pub fn may_work_ahead(&self, now: Instant) -> bool {
        let may = self.pace.work_ahead && !self.is_saving() && self.pace.cpu_budget > 0;
        may && self.rest_until.is_none_or(|until| now >= until)
    }

    /// Somebody worked ahead for so long, until `now`. It is made up for by a rest, so that work stays within the
    /// budget.
    pub fn worked_ahead(&mut self, now: Instant, took: Duration) {
        let share = f64::from(self.pace.cpu_budget.clamp(1, 100)) / 100.0;
        self.rest_until = Some(now + took.mul_f64(1.0 / share - 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rhythm of so many keys, this far from one another.
    fn typed(gap: u64, keys: u32) -> Rhythm {
        let mut rhythm = Rhythm::default();
        let start = Instant::now();
        (0..keys).for_each(|key| rhythm.key(start + Duration::from_millis(gap) * key));
        rhythm
    }

    #[test]
    fn a_query_waits_only_where_another_key_is_likely_to_follow() {
        let cases = [
            (120, "    let value", 12),
            (120, "", 0),
            (120, "    ", 0),
            (120, "    value.", 0),
            (120, "    call(", 0),
            (120, "let x = ", 0),
            (30, "xxxx", 45),
            (40, "xxxx", 50),
            (179, "let", 17),
            (200, "let", 0),
            (900, "let", 0),
        ];
        for (gap, line, expected) in cases {
            let delay = typed(gap, 9).delay(line).as_millis();
            assert_eq!(delay, expected, "{gap} ms, {line:?}");
        }
        assert_eq!(Rhythm::default().delay("let"), Duration::ZERO);
        assert_eq!(typed(120, 1).delay("let"), Duration::ZERO);
        let mut never = typed(30, 9);
        never.follow(Pace { delay: 0, ..Pace::default() });
        assert_eq!(never.delay("let"), Duration::ZERO);
    }

    #[test]
    fn on_battery_a_query_waits_longer_unless_the_user_says_otherwise() {
        for (on_battery, expected) in [(false, 45), (true, 9)] {
            let mut rhythm = typed(90, 9);
            rhythm.follow(Pace { on_battery, ..Pace::default() });
            assert_eq!(rhythm.delay("let").as_millis(), 9);
            rhythm.runs_on(true);
            assert_eq!(rhythm.delay("let").as_millis(), expected);
            assert_eq!(rhythm.delay("    "), Duration::ZERO);
        }
    }

    #[test]
    fn pauses_do_not_count_as_slow_typing() {
        let mut rhythm = typed(100, 20);
        let last = rhythm.last_key.unwrap();
        rhythm.key(last + Duration::from_secs(60));
        assert_eq!(rhythm.gap.unwrap().as_millis(), 100);
        rhythm.key(last + Duration::from_millis(60_200));
        assert_eq!(rhythm.gap.unwrap().as_millis(), 120);
    }

    #[test]
    fn idle_is_longer_than_from_key_to_key() {
        for (gap, idle) in [(50, 120), (100, 150), (250, 375), (900, 500)] {
            assert_eq!(typed(gap, 9).idle().as_millis(), idle, "{gap} ms");
        }
        assert_eq!(Rhythm::default().idle(), *IDLE.start());
    }

    #[test]
    fn background_work_keeps_to_its_budget_and_off_the_battery() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        for (work_ahead, on_battery, expected) in [
            (true, false, [true, false]),
            (true, true, [true, true]),
            (false, false, [false, false]),
            (false, true, [false, false]),
        ] {
            let mut rhythm = Rhythm::default();
            rhythm.follow(Pace { work_ahead, on_battery, ..Pace::default() });
            let may = [false, true].map(|battery| {
                rhythm.runs_on(battery);
                rhythm.may_work_ahead(start)
            });
            assert_eq!(may, expected);
        }
        // Worked from 0 to 100 ms; by 25 % the rest lasts until 400 ms.
        for (cpu_budget, ready) in [(100, 100), (50, 200), (25, 400), (1, 10_000)] {
            let mut rhythm = Rhythm::default();
            rhythm.follow(Pace { cpu_budget, ..Pace::default() });
            rhythm.worked_ahead(at(100), Duration::from_millis(100));
            assert!(rhythm.may_work_ahead(at(ready)), "{cpu_budget}");
            assert!(ready == 100 || !rhythm.may_work_ahead(at(ready - 1)), "{cpu_budget}");
        }
        let mut rhythm = Rhythm::default();
        rhythm.follow(Pace { cpu_budget: 0, ..Pace::default() });
        assert!(!rhythm.may_work_ahead(start));
    }
}
