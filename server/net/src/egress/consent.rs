//! For which workspaces the user consented to which engine. It is read at each request, so that what is said meanwhile counts.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use trust_wire::Endpoint;

pub struct Consents {
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Consent {
    root: PathBuf,
    endpoint: String,
    url: String,
    /// Given with the word that its model may call tools.
    #[serde(default)]
    tools: bool,
}

impl Consents {
    pub fn at(path: Option<PathBuf>) -> Self {
        Self { path }
    }

    /// Whether each of these workspaces has one. It is for an address, and for what was said to be sent: an endpoint that is led
    /// elsewhere has none, nor one whose model may call tools since.
    pub fn hold(&self, endpoint: &Endpoint, roots: &[PathBuf]) -> Result<(), String> {
        let name = &endpoint.name;
        if roots.is_empty() {
            return Err(format!(
                "{name} is of the class {}, and there is no workspace",
                endpoint.class.name()
            ));
        }
        let given = self.read()?;
        for root in roots {
            let is_given = given.iter().any(|consent| {
                let is_of_it =
                    consent.root == *root && consent.endpoint == *name && consent.url == endpoint.url;
                is_of_it && (consent.tools || !endpoint.tools)
            });
            if !is_given {
                let what =
                    if endpoint.tools { "anything of, nor what tools read of," } else { "anything of" };
                return Err(format!(
                    "nobody consented that {what} {} is sent to {name}; `trust-lsp privacy consent {name}` there \
                     shows what would be, and does",
                    root.display()
                ));
            }
        }
        Ok(())
    }

    fn read(&self) -> Result<Vec<Consent>, String> {
        let Some(path) = &self.path else { return Ok(Vec::new()) };
        let told = |why: String| format!("{}: {why}", path.display());
        if is_writable_by_others(path) {
            return Err(told("others may write to it, so it counts for nothing".into()));
        }
        #[allow(clippy::disallowed_methods, reason = "a file of the user's own state")]
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| told(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(told(error.to_string())),
        }
    }
}

#[cfg(unix)]
fn is_writable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|metadata| metadata.mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Path) -> bool {
    false
}
