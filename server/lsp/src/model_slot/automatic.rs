//! When the models that the settings mean are looked for again.
//!
//! What is `auto` is another model where another one comes first three looks in a row, a minute apart: an exchange costs what the old one
//! has read, so nothing changes for a compiler that runs for a moment.

use crate::library::is_automatic;
use crate::setup::Models;
use std::time::{Duration, Instant};
use trust_config::Settings;

const LOOK: Duration = Duration::from_secs(60);
/// Looks that must agree.
const LOOKS: u32 = 3;

/// What answers, and what may soon.
pub struct Automatic {
    settings: Settings,
    in_use: Models,
    looked: Instant,
    /// What came first instead at the last looks, and at how many.
    other: Option<(Models, u32)>,
}

impl Automatic {
    /// `in_use` was found for `settings` now.
    pub fn new(settings: Settings, in_use: Models, now: Instant) -> Self {
        Self { settings, in_use, looked: now, other: None }
    }

    /// What is to answer from now on, where that is another than before; `find` tells what is meant at this moment.
    pub fn look(
        &mut self,
        settings: &Settings,
        now: Instant,
        find: impl FnOnce() -> Models,
    ) -> Option<Models> {
        let changed = self.settings.differences(settings);
        if changed.iter().any(|key| key.starts_with("model.")) {
            self.settings.clone_from(settings);
            return self.take(find(), now);
        }
        if !is_automatic(settings) || now.saturating_duration_since(self.looked) < LOOK {
            return None;
        }
        self.looked = now;
        let found = find();
        if found.is_like(&self.in_use) {
            self.other = None;
            return None;
        }
        let agreed =
            self.other.take().filter(|(other, _)| other.is_like(&found)).map_or(0, |(_, looks)| looks) + 1;
        if agreed < LOOKS {
            self.other = Some((found, agreed));
            return None;
        }
        self.take(found, now)
    }

    fn take(&mut self, found: Models, now: Instant) -> Option<Models> {
        (self.looked, self.other) = (now, None);
        let is_other = !found.is_like(&self.in_use);
        self.in_use = found.clone();
        is_other.then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_slot::ModelChoice;
    use crate::setup::model_setup;
    use trust_models::Task;

    #[test]
    fn another_model_answers_once_three_looks_agree_and_at_once_where_the_settings_change() {
        let automatic = Settings { model_path: "auto".into(), ..Settings::default() };
        let named = |name: &str| {
            let choice = ModelChoice::Named(name.into());
            Models::from(model_setup(&Settings::default(), Some(choice), Task::Completion))
        };
        let start = Instant::now();
        let mut state = Automatic::new(automatic.clone(), named("a"), start);
        // What comes first at each look, and what answers from then on.
        let looks = [
            ("b", None),
            ("a", None),
            ("b", None),
            ("b", None),
            ("c", None),
            ("b", None),
            ("b", None),
            ("b", Some("b")),
            ("b", None),
            ("a", None),
            ("a", None),
            ("a", Some("a")),
        ];
        for (minute, (first, expected)) in looks.into_iter().enumerate() {
            let now = start + LOOK * (minute as u32 + 1);
            let early =
                state.look(&automatic, now - Duration::from_secs(1), || unreachable!("it is no minute yet"));
            assert!(early.is_none());
            let found = state
                .look(&automatic, now, || named(first))
                .map(|models| models.of(Task::Chat).choice.name());
            assert_eq!(found.as_deref(), expected, "minute {minute}");
        }
        let now = start + LOOK * 100;
        let chosen = Settings { model_path: "d".into(), ..automatic };
        let found = state.look(&chosen, now, || named("d")).unwrap();
        assert_eq!(found.of(Task::Completion).choice.name(), "d");
        assert!(state.look(&chosen, now + LOOK * 9, || unreachable!("nothing is automatic")).is_none());
        let other = Settings { pace_delay: 99, ..chosen };
        assert!(state.look(&other, now, || unreachable!("it is another setting")).is_none());
    }
}
