//! Whether the machine runs on its battery, as Linux tells it; elsewhere it counts as plugged in.
#![allow(clippy::disallowed_methods, reason = "reads what the system says of its power, no workspace file")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(20);

/// Looks rarely, and remembers.
#[derive(Debug)]
pub struct Power {
    supplies: PathBuf,
    seen: Option<(Instant, bool)>,
}

impl Default for Power {
    fn default() -> Self {
        Self { supplies: "/sys/class/power_supply".into(), seen: None }
    }
}

impl Power {
    pub fn on_battery(&mut self, now: Instant) -> bool {
        match self.seen {
            Some((when, on_battery)) if now.saturating_duration_since(when) < FRESH => on_battery,
            _ => {
                let on_battery = is_discharging(&self.supplies);
                self.seen = Some((now, on_battery));
                on_battery
            }
        }
    }
}

/// Whether a battery that powers the machine gives more than it gets, and nothing else is plugged in. The battery of
/// a mouse or a keyboard is none of ours: its scope is its device.
fn is_discharging(supplies: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(supplies) else { return false };
    let (mut plugged_in, mut discharging) = (false, false);
    for folder in entries.flatten().map(|entry| entry.path()) {
        let says = |name: &str, value: &str| {
            std::fs::read_to_string(folder.join(name)).is_ok_and(|text| text.trim() == value)
        };
        if says("type", "Battery") {
            discharging |= says("status", "Discharging") && !says("scope", "Device");
        } else {
            plugged_in |= says("online", "1");
        }
    }
    discharging && !plugged_in
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_discharging_battery_of_the_machine_counts() {
        type Supply = (&'static str, &'static [(&'static str, &'static str)]);
        const FULL: Supply = ("BAT0", &[("type", "Battery\n"), ("status", "Full\n")]);
        const EMPTYING: Supply = ("BAT1", &[("type", "Battery\n"), ("status", "Discharging\n")]);
        const MOUSE: Supply =
            ("hid", &[("type", "Battery\n"), ("status", "Discharging\n"), ("scope", "Device\n")]);
        const MAINS: Supply = ("AC", &[("type", "Mains\n"), ("online", "1\n")]);
        const UNPLUGGED: Supply = ("AC", &[("type", "Mains\n"), ("online", "0\n")]);
        let cases: [(&[Supply], bool); 7] = [
            (&[], false),
            (&[EMPTYING], true),
            (&[EMPTYING, UNPLUGGED], true),
            (&[EMPTYING, MAINS], false),
            (&[FULL, UNPLUGGED], false),
            (&[FULL, EMPTYING, UNPLUGGED], true),
            (&[MOUSE, UNPLUGGED], false),
        ];
        for (number, (supplies, expected)) in cases.into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            for (name, files) in supplies {
                std::fs::create_dir(folder.path().join(name)).unwrap();
                for (file, text) in *files {
                    std::fs::write(folder.path().join(name).join(file), text).unwrap();
                }
            }
            assert_eq!(is_discharging(folder.path()), expected, "case {number}");
            let mut power = Power { supplies: folder.path().into(), seen: None };
            let start = Instant::now();
            assert_eq!(power.on_battery(start), expected);
            // It is looked at again after a while only.
            std::fs::create_dir_all(folder.path().join("new")).unwrap();
            std::fs::write(folder.path().join("new/type"), "USB").unwrap();
            std::fs::write(folder.path().join("new/online"), "1").unwrap();
            assert_eq!(power.on_battery(start + FRESH / 2), expected);
            assert!(!power.on_battery(start + FRESH));
        }
        assert!(!is_discharging(Path::new("/nowhere/at/all")));
    }
}
