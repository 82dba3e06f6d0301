//! Which model is in use, who says so, and choosing another.

use crate::cli::config::user_file;
use crate::cli::{layers, workspace};
use crate::library;
use anyhow::Context;
use trust_config::{Config, Found, Layer, Place, Target};

/// What `model.path` says in this folder, and where.
pub struct InUse {
    pub found: Found,
    /// Problems of the configuration, which may be why.
    pub problems: Vec<String>,
}

impl InUse {
    pub fn here() -> anyhow::Result<Self> {
        let key = trust_config::key("model.path").context("there is no such key")?;
        let config = Config::load(&layers::Flags::default().inputs(workspace::here()), None);
        let problems = config.problems().iter().map(ToString::to_string).collect();
        Ok(Self { found: config.found(key, Place::default()), problems })
    }

    pub fn value(&self) -> &str {
        self.found.value.as_str().unwrap_or(library::BUNDLED)
    }

    /// Which layer says so, and where it stands.
    pub fn why(&self) -> String {
        let layer = self.found.layer.name();
        match (self.found.layer, self.found.line) {
            (Layer::Default, _) => layer.into(),
            (_, Some(line)) => format!("{layer}: {}:{line}", self.found.source),
            (_, None) => format!("{layer}: {}", self.found.source),
        }
    }
}

/// Writes into the user's file which model is to be used. One that could not be is refused.
pub fn choose(model: &str) -> anyhow::Result<()> {
    let said = library::spelled(model);
    if !said.starts_with(trust_config::ENDPOINT) {
        library::open(&said)?;
    }
    let key = trust_config::key("model.path").context("there is no such key")?;
    let file = user_file()?;
    trust_config::set(Target { file: &file, language: None, private: true }, key, &said.as_str().into())?;
    println!("{}: model.path = {said:?}", file.display());
    let now = InUse::here()?;
    now.problems.iter().for_each(|problem| eprintln!("trust-lsp: {problem}"));
    if now.value() != said {
        eprintln!("trust-lsp: not in use here: {:?} counts for more ({})", now.value(), now.why());
    }
    Ok(())
}
