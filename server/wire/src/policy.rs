//! What may leave, as the user's own files, environment and flags said it before anything else was read.

use crate::{Class, Endpoint};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The privacy modes in which there is a `trust-net` at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Moderate,
    Open,
}

impl Mode {
    /// The mode of this name; `None` for `strict`, and for what is no mode.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "moderate" => Some(Self::Moderate),
            "open" => Some(Self::Open),
            _ => None,
        }
    }

    pub fn allows(self, class: Class) -> bool {
        self == Self::Open || class < Class::Cloud
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub mode: Mode,
    /// Hosts that downloads may come from beside the one that was asked for; `*.` stands for any part before.
    pub allow: Vec<String>,
    /// Where files of `hf:` are looked for, in this order.
    pub hubs: Vec<String>,
    pub endpoints: Vec<Endpoint>,
    /// Each request is written down here before it is sent; what cannot be is not sent.
    pub record: Option<PathBuf>,
    /// For which workspaces the user consented to which endpoint.
    pub consents: Option<PathBuf>,
    /// Where what was found out about engines is kept.
    pub cache: Option<PathBuf>,
    /// Rules of the user's that find more secrets, as text.
    pub rules: Option<String>,
}

impl Policy {
    /// Whether a host, without its port, is one of those that downloads may come from.
    pub fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.allow.iter().any(|allowed| match allowed.strip_prefix("*.") {
            Some(rest) => host.strip_suffix(rest).is_some_and(|before| before.ends_with('.')),
            None => host == *allowed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_whole_names() {
        let policy = Policy {
            mode: Mode::Moderate,
            allow: vec!["hub.example".into(), "*.cdn.example".into()],
            hubs: Vec::new(),
            endpoints: Vec::new(),
            record: None,
            consents: None,
            cache: None,
            rules: None,
        };
        let cases = [
            ("hub.example", true),
            ("HUB.example", true),
            ("a.hub.example", false),
            ("nothub.example", false),
            ("eu.cdn.example", true),
            ("a.b.cdn.example", true),
            ("cdn.example", false),
            ("evilcdn.example", false),
            ("hub.example.evil", false),
            ("", false),
        ];
        for (host, expected) in cases {
            assert_eq!(policy.allows_host(host), expected, "{host}");
        }
    }

    #[test]
    fn a_mode_allows_classes_up_to_its_own() {
        for (mode, expected) in [(Mode::Moderate, [true, true, false]), (Mode::Open, [true; 3])] {
            assert_eq!(
                [Class::Loopback, Class::Team, Class::Cloud].map(|class| mode.allows(class)),
                expected
            );
        }
        assert_eq!([Mode::named("strict"), Mode::named("open")], [None, Some(Mode::Open)]);
    }
}
