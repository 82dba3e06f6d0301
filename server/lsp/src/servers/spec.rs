//! A server as the configuration has it.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use trust_config::Settings;
use xxhash_rust::xxh3::xxh3_128;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub name: String,
    pub command: String,
    #[serde(default)]
    pub arguments: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// It may change files of the workspace.
    #[serde(default)]
    pub write: bool,
    /// Folders that it may read beside the workspace and the system's.
    #[serde(default)]
    pub readable: Vec<String>,
    /// Those of its tools that are offered; all, where none is named.
    #[serde(default)]
    pub tools: Vec<String>,
}

/// The servers that these settings name; of two with one name the first.
pub fn specs(settings: &Settings) -> Vec<Spec> {
    let mut all: Vec<Spec> = Vec::new();
    for value in &settings.servers {
        // The configuration has looked at their form.
        let Ok(spec) = serde_json::from_value::<Spec>(value.clone()) else { continue };
        if all.iter().all(|known| known.name != spec.name) {
            all.push(spec);
        }
    }
    all
}

impl Spec {
    pub fn offers(&self, tool: &str) -> bool {
        self.tools.is_empty() || self.tools.iter().any(|name| name == tool)
    }

    /// What is started, in one line.
    pub fn told(&self) -> String {
        let words = std::iter::once(&self.command).chain(&self.arguments);
        words.map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
    }

    /// Changes with what is started and what it may do.
    pub fn fingerprint(&self) -> String {
        let all =
            format!("{:?}", (&self.command, &self.arguments, &self.environment, self.write, &self.readable));
        format!("{:032x}", xxh3_128(all.as_bytes()))
    }

    /// The folders that it may read. A relative path would be the workspace's to fill.
    pub fn readable(&self) -> Vec<PathBuf> {
        let home = dirs::home_dir();
        let mut all: Vec<PathBuf> = self
            .readable
            .iter()
            .filter_map(|folder| match folder.strip_prefix("~/") {
                Some(inside) => Some(home.as_ref()?.join(inside)),
                None => Some(folder.into()),
            })
            .collect();
        all.retain(|folder| folder.is_absolute());
        all
    }
}
