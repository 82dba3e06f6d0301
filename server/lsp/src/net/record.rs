//! What left, summed up of the lines that `trust-net` wrote before it sent.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Requests to one host for one purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    pub host: String,
    pub purpose: String,
    pub class: String,
    pub requests: u64,
    /// Bytes of bodies: addresses and headers come on top.
    pub sent: u64,
    pub received: u64,
    /// Secrets that were masked in what was sent.
    pub masked: u64,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    event: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    bytes: u64,
    #[serde(default)]
    masked: u64,
    #[serde(default)]
    received: u64,
}

/// By host and purpose; and the lines that cannot be read. A file that is not there says that nothing left.
///
/// # Errors
/// One cannot be read.
pub fn left(path: &Path) -> std::io::Result<(Vec<Left>, usize)> {
    loop {
        let files = set_aside(path);
        let mut all = Sum::default();
        for file in files.iter().map(PathBuf::as_path).chain([path]) {
            #[allow(clippy::disallowed_methods, reason = "a file of the user's own state")]
            match std::fs::read_to_string(file) {
                Ok(text) => all.add(&text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        // The last one may have been set aside meanwhile.
        if set_aside(path) == files {
            return Ok(all.end());
        }
    }
}

/// The files that were set aside as too long, by their numbers.
fn set_aside(path: &Path) -> Vec<PathBuf> {
    let numbered = (1u32..).map(|number| path.with_extension(format!("{number}.jsonl")));
    numbered.take_while(|path| path.exists()).collect()
}

#[derive(Default)]
struct Sum {
    all: BTreeMap<(String, String), Left>,
    begun: BTreeMap<String, (String, String)>,
    unread: usize,
}

impl Sum {
    fn add(&mut self, text: &str) {
        for line in text.lines() {
            let Ok(line) = serde_json::from_str::<Line>(line) else {
                self.unread += 1;
                continue;
            };
            if line.event == "begins" {
                let key = (line.host.clone(), line.purpose.clone());
                let left = self.all.entry(key.clone()).or_default();
                (left.host, left.purpose, left.class) = (line.host, line.purpose, line.class);
                left.requests += 1;
                left.sent += line.bytes;
                left.masked += line.masked;
                self.begun.insert(line.id, key);
            } else if let Some(left) = self.begun.remove(&line.id).and_then(|key| self.all.get_mut(&key)) {
                left.received += line.received;
            }
        }
    }

    fn end(self) -> (Vec<Left>, usize) {
        (self.all.into_values().collect(), self.unread)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests make the files that they read")]
    use super::*;

    #[test]
    fn requests_are_summed_by_host_and_purpose_and_a_torn_line_is_counted() {
        let text = "\
{\"id\":\"1-0\",\"event\":\"begins\",\"host\":\"a\",\"purpose\":\"chat\",\"class\":\"team\",\"bytes\":10,\"masked\":1}
{\"id\":\"1-1\",\"event\":\"begins\",\"host\":\"b\",\"purpose\":\"pull\",\"class\":\"download\",\"bytes\":0}
{\"id\":\"1-1\",\"event\":\"ends\",\"received\":7}
{\"id\":\"1-0\",\"event\":\"ends\",\"received\":3}
{\"id\":\"1-1\",\"event\":\"ends\",\"received\":7}
{\"id\":\"1-2\",\"event\":\"begins\",\"host\":\"a\",\"purpose\":\"chat\",\"class\":\"team\",\"bytes\":5}
{\"id\":\"1-3\",\"ev";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sent.jsonl");
        assert_eq!(left(&path).unwrap(), (Vec::new(), 0));
        let (first, rest) = text.split_at(text.find("\n{\"id\":\"1-0\",\"event\":\"ends\"").unwrap() + 1);
        std::fs::write(folder.path().join("sent.1.jsonl"), first).unwrap();
        std::fs::write(&path, rest).unwrap();
        let (left, unread) = left(&path).unwrap();
        let told: Vec<_> = left
            .iter()
            .map(|one| (one.host.as_str(), one.requests, one.sent, one.received, one.masked))
            .collect();
        assert_eq!((told, unread), (vec![("a", 2, 15, 3, 1), ("b", 1, 0, 7, 0)], 1));
    }
}
