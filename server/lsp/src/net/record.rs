//! What left, summed up of the lines that `trust-net` wrote before it sent.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

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
/// It cannot be read.
pub fn left(path: &Path) -> std::io::Result<(Vec<Left>, usize)> {
    #[allow(clippy::disallowed_methods, reason = "a file of the user's own state")]
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(sum(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((Vec::new(), 0)),
        Err(error) => Err(error),
    }
}

fn sum(text: &str) -> (Vec<Left>, usize) {
    let (mut all, mut begun, mut unread) = (BTreeMap::<_, Left>::new(), BTreeMap::new(), 0);
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            unread += 1;
            continue;
        };
        if line.event == "begins" {
            let key = (line.host.clone(), line.purpose.clone());
            let left = all.entry(key.clone()).or_default();
            (left.host, left.purpose, left.class) = (line.host, line.purpose, line.class);
            left.requests += 1;
            left.sent += line.bytes;
            left.masked += line.masked;
            begun.insert(line.id, key);
        } else if let Some(left) = begun.remove(&line.id).and_then(|key| all.get_mut(&key)) {
            left.received += line.received;
        }
    }
    (all.into_values().collect(), unread)
}

#[cfg(test)]
mod tests {
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
        let (left, unread) = sum(text);
        let told: Vec<_> = left
            .iter()
            .map(|one| (one.host.as_str(), one.requests, one.sent, one.received, one.masked))
            .collect();
        assert_eq!((told, unread), (vec![("a", 2, 15, 3, 1), ("b", 1, 0, 7, 0)], 1));
    }
}
