//! What `trust-net` may do, of the user's own files, the environment and flags. No workspace and no editor is asked.

use super::Absent;
use crate::assistant::{cache_folder, state_folder};
use std::path::PathBuf;
use trust_config::{Config, Inputs, Place, Settings, key};
use trust_wire::{Endpoint, Mode, Policy};

/// What it would be started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something that the user asked for just now.
    Command,
    /// A model that may be one elsewhere.
    Model,
}

/// Where requests are written down, a line each.
pub fn sent() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("sent.jsonl"))
}

/// The engines elsewhere that these settings name; of two with one name the first.
pub fn endpoints(settings: &Settings) -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = Vec::new();
    for value in &settings.endpoints {
        // The configuration has looked at their form.
        let Ok(endpoint) = serde_json::from_value::<Endpoint>(value.clone()) else { continue };
        if all.iter().all(|known| known.name != endpoint.name) {
            all.push(endpoint);
        }
    }
    all
}

/// The mode by the user's own word.
///
/// # Errors
/// It is `strict`; who says so.
pub fn mode(inputs: &Inputs) -> Result<Mode, String> {
    own_mode(&own_config(inputs))
}

fn own_config(inputs: &Inputs) -> Config {
    Config::load(&Inputs { roots: Vec::new(), editor: Vec::new(), ..inputs.clone() }, None)
}

fn own_mode(config: &Config) -> Result<Mode, String> {
    let found = key("privacy").map(|key| config.found(key, Place::default()));
    let mode = found.as_ref().and_then(|found| Mode::named(found.value.as_str()?));
    mode.ok_or_else(|| {
        found.map_or("default".into(), |found| match found.line {
            Some(line) => format!("{}:{line}", found.source),
            None => found.source,
        })
    })
}

pub(super) fn of(purpose: Purpose, inputs: &Inputs) -> Result<Policy, Absent> {
    let config = own_config(inputs);
    let mode = own_mode(&config).map_err(Absent::Strict)?;
    let settings = config.settings(Place::default());
    let endpoints = endpoints(&settings);
    if purpose == Purpose::Model && endpoints.is_empty() {
        return Err(Absent::NoEndpoint);
    }
    Ok(Policy {
        mode,
        allow: settings.network_allow.iter().map(|host| host.trim().to_ascii_lowercase()).collect(),
        hubs: settings.network_hubs.clone(),
        endpoints,
        record: sent(),
        consents: super::consent::file(),
        cache: cache_folder(),
        rules: rules(&settings.secret_rules)?,
    })
}

/// The text of the user's rules: the other program reads no configuration.
fn rules(path: &str) -> Result<Option<String>, Absent> {
    if path == "none" {
        return Ok(None);
    }
    let path = match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => path.into(),
    };
    #[allow(clippy::disallowed_methods, reason = "a file of the user's configuration")]
    let text = std::fs::read_to_string(&path);
    text.map(Some).map_err(|error| Absent::Failed(format!("`secrets.rules`: {}: {error}", path.display())))
}
