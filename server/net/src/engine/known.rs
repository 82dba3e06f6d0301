//! What was found out about engines. What cost them a question is kept in the user's cache folder, by address, model and version.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use trust_wire::Endpoint;

/// What a model did when it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// It called a tool as it was told to.
    pub calls: bool,
    /// It held to a JSON schema.
    pub schema: bool,
}

pub struct Known {
    path: Option<PathBuf>,
    /// By endpoint: the model's name there, and what its behaviour is kept under.
    models: Mutex<BTreeMap<String, (Option<String>, String)>>,
}

impl Known {
    pub fn at(cache: Option<PathBuf>) -> Self {
        Self { path: cache.map(|folder| folder.join("engines.json")), models: Mutex::default() }
    }

    /// The model of an endpoint: the one that the user named, or the one that it was found to have.
    pub fn model(&self, endpoint: &Endpoint) -> Option<String> {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        endpoint.model.clone().or_else(|| models.get(&endpoint.name)?.0.clone())
    }

    /// Notes which model an endpoint has, of which version its engine is.
    pub fn note(&self, endpoint: &Endpoint, model: Option<String>, version: &str) {
        let key = format!("{} {} {version}", endpoint.url, model.as_deref().unwrap_or_default());
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.insert(endpoint.name.clone(), (model, key));
    }

    fn key(&self, endpoint: &Endpoint) -> Option<String> {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.get(&endpoint.name).map(|(_, key)| key.clone())
    }

    pub fn behaviour(&self, endpoint: &Endpoint) -> Option<Behaviour> {
        self.read().get(&self.key(endpoint)?).copied()
    }

    /// Keeps it; where that fails it is found out again.
    pub fn keep(&self, endpoint: &Endpoint, behaviour: Behaviour) {
        let (Some(path), Some(key)) = (&self.path, self.key(endpoint)) else { return };
        let mut all = self.read();
        all.insert(key, behaviour);
        let write = || -> std::io::Result<()> {
            let folder = path.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
            std::fs::create_dir_all(folder)?;
            let beside = path.with_extension(format!("new-{}", std::process::id()));
            std::fs::File::create(&beside)?.write_all(&serde_json::to_vec(&all)?)?;
            std::fs::rename(beside, path)
        };
        let _ = write();
    }

    fn read(&self) -> BTreeMap<String, Behaviour> {
        #[allow(clippy::disallowed_methods, reason = "a cache of the user's own")]
        let text = self.path.as_ref().and_then(|path| std::fs::read(path).ok());
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }
}
