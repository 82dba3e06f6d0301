//! The machine, as far as it decides how fast a model is and whether it fits.
#![allow(clippy::disallowed_methods, reason = "what the system tells of itself lies in files")]

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub system: String,
    /// As the processor calls itself, where it does.
    pub processor: String,
    /// Those that this process may use.
    pub cores: u64,
    /// Bytes, within the limit of this process's group; not known everywhere.
    pub memory: Option<u64>,
}

impl Machine {
    pub fn this() -> Self {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = kilobytes(&memory, "MemTotal:").map(|total| total.min(limit().unwrap_or(u64::MAX)));
        Self {
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: field(&cpus, "model name").unwrap_or("not known").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from) as u64,
            memory: total,
        }
    }

    /// Bytes of memory that can be had now without taking them from anybody; not known everywhere.
    pub fn available() -> Option<u64> {
        let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
        let available = kilobytes(&memory, "MemAvailable:")?;
        let used = || std::fs::read_to_string("/sys/fs/cgroup/memory.current").ok()?.trim().parse().ok();
        let room = limit().map_or(u64::MAX, |limit| limit.saturating_sub(used().unwrap_or(0)));
        Some(available.min(room))
    }

    /// How many tasks wanted to run in the last minute, on average; not known everywhere.
    pub fn load() -> Option<f64> {
        std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
    }

    /// The most bytes that this process has held at a time; not known everywhere.
    pub fn peak() -> Option<u64> {
        kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
    }

    /// In one line.
    pub fn told(&self) -> String {
        let memory =
            self.memory.map_or("memory not known".into(), |bytes| format!("{} MB", bytes / 1_000_000));
        format!("{}, {}, {} cores, {memory}", self.system, self.processor, self.cores)
    }
}

/// The limit of this process's group, where there is one.
fn limit() -> Option<u64> {
    std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read() {
        let memory = "MemTotal:       16384 kB\nMemAvailable:    8192 kB\n";
        assert_eq!(kilobytes(memory, "MemAvailable:"), Some(8192 * 1024));
        assert_eq!((kilobytes(memory, "Swap:"), kilobytes("MemTotal: much\n", "MemTotal:")), (None, None));
        assert_eq!(field("model name\t: A 9000\n", "model name"), Some("A 9000"));
        assert!(Machine::this().cores >= 1);
    }
}
