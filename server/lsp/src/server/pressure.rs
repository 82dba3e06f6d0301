//! Whether memory is short, as Linux tells it of the machine and of this process's group; elsewhere only a budget can say so.
#![allow(clippy::disallowed_methods, reason = "reads what the system says of its memory, no workspace file")]

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Percent of the last ten seconds in which something waited for memory.
const STALLED: f64 = 10.0;
/// Of its group's limit, with what can be dropped left out.
const FULL: f64 = 0.95;
/// How long nobody must have asked the model where memory is short.
const CALM: Duration = Duration::from_secs(30);

/// Where the system tells of its memory.
pub struct Pressure {
    root: PathBuf,
}

impl Pressure {
    pub fn here() -> Self {
        Self { root: "/".into() }
    }

    /// Whether this process holds more than `budget` megabytes (0: no budget), or the system has too little.
    pub fn is_short(&self, budget: u64) -> bool {
        let over =
            budget > 0 && self.resident().is_some_and(|bytes| bytes > budget.saturating_mul(1_000_000));
        over || self.stalled() >= STALLED || self.is_full()
    }

    /// Bytes that this process holds.
    fn resident(&self) -> Option<u64> {
        let told = self.read("proc/self/status")?;
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    }

    /// The larger share of the machine and of the group.
    fn stalled(&self) -> f64 {
        let machine = self.read("proc/pressure/memory");
        let group =
            self.group().and_then(|group| std::fs::read_to_string(group.join("memory.pressure")).ok());
        [machine, group].into_iter().flatten().filter_map(|text| some(&text)).fold(0.0, f64::max)
    }

    fn is_full(&self) -> bool {
        let Some(group) = self.group() else { return false };
        let number = |name: &str| -> Option<f64> {
            std::fs::read_to_string(group.join(name)).ok()?.trim().parse().ok()
        };
        let (Some(most), Some(held)) = (number("memory.max"), number("memory.current")) else { return false };
        let told = std::fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
        let dropped = told.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse::<f64>().ok());
        most > 0.0 && held - dropped.unwrap_or(0.0) >= FULL * most
    }

    /// The folder of this process's group, of the second version of groups.
    fn group(&self) -> Option<PathBuf> {
        let text = self.read("proc/self/cgroup")?;
        let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
        let inside = !Path::new(path).components().any(|part| part.as_os_str() == "..");
        inside.then(|| self.root.join("sys/fs/cgroup").join(path))
    }

    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}

/// Bytes that this process holds; not known everywhere.
pub fn resident() -> Option<u64> {
    Pressure::here().resident()
}

/// The share of `some avg10=…`.
fn some(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    line.split(' ').find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}

/// How long nobody must have asked the model before it rests; `None` where it does not.
pub fn patience(minutes: f64, short: bool) -> Option<Duration> {
    let idle = (minutes > 0.0).then(|| Duration::from_secs_f64(minutes * 60.0));
    match (idle, short) {
        (idle, false) => idle,
        (Some(idle), true) => Some(idle.min(CALM)),
        (None, true) => Some(CALM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)]) -> (tempfile::TempDir, Pressure) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = folder.path().to_owned();
        (folder, Pressure { root })
    }

    #[test]
    fn memory_is_short_where_the_system_or_the_budget_says_so() {
        const CALM_MACHINE: (&str, &str) = (
            "proc/pressure/memory",
            "some avg10=0.50 avg60=90.00 avg300=0.00 total=1\nfull avg10=50.00 avg60=0.00 avg300=0.00 total=1\n",
        );
        const GROUP: (&str, &str) = ("proc/self/cgroup", "1:name=x:/y\n0::/user/app\n");
        // 204.8 MB.
        const HELD: (&str, &str) = ("proc/self/status", "Name:\tx\nVmRSS:\t  200000 kB\n");
        type Case = (&'static [(&'static str, &'static str)], u64, bool);
        let cases: [Case; 12] = [
            (&[], 0, false),
            (&[CALM_MACHINE], 0, false),
            (&[("proc/pressure/memory", "some avg10=10.00 avg60=0.00 avg300=0.00 total=1\n")], 0, true),
            (&[("proc/pressure/memory", "some avg10=many\n")], 0, false),
            (
                &[
                    CALM_MACHINE,
                    GROUP,
                    ("sys/fs/cgroup/user/app/memory.pressure", "some avg10=31.2 avg60=0\n"),
                ],
                0,
                true,
            ),
            (&[HELD], 0, false),
            (&[HELD], 205, false),
            (&[HELD], 204, true),
            (
                &[
                    GROUP,
                    ("sys/fs/cgroup/user/app/memory.max", "max\n"),
                    ("sys/fs/cgroup/user/app/memory.current", "9\n"),
                ],
                0,
                false,
            ),
            (
                &[
                    GROUP,
                    ("sys/fs/cgroup/user/app/memory.max", "1000\n"),
                    ("sys/fs/cgroup/user/app/memory.current", "949\n"),
                ],
                0,
                false,
            ),
            (
                &[
                    GROUP,
                    ("sys/fs/cgroup/user/app/memory.max", "1000\n"),
                    ("sys/fs/cgroup/user/app/memory.current", "950\n"),
                ],
                0,
                true,
            ),
            (
                &[
                    GROUP,
                    ("sys/fs/cgroup/user/app/memory.max", "1000\n"),
                    ("sys/fs/cgroup/user/app/memory.current", "999\n"),
                    ("sys/fs/cgroup/user/app/memory.stat", "anon 1\ninactive_file 500\n"),
                ],
                0,
                false,
            ),
        ];
        for (number, (files, budget, expected)) in cases.into_iter().enumerate() {
            let (_folder, pressure) = told(files);
            assert_eq!(pressure.is_short(budget), expected, "case {number}");
        }
    }

    #[test]
    fn a_model_rests_sooner_where_memory_is_short_and_never_without_a_reason() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        let cases = [
            (0.0, false, None),
            (5.0, false, minutes(5)),
            (5.0, true, Some(CALM)),
            (0.0, true, Some(CALM)),
            (0.1, true, Some(Duration::from_secs(6))),
        ];
        for (idle, short, expected) in cases {
            assert_eq!(patience(idle, short), expected, "{idle} {short}");
        }
    }
}
