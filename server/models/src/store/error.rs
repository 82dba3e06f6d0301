//! Why the store does not do what it was asked.

use super::Broken;
use std::path::PathBuf;
use trust_gguf::GgufError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no model {name:?} in the store{}", told(near.as_deref()))]
    Unknown { name: String, near: Option<String> },

    #[error(
        "{name:?} is no name for a model: lower case letters, digits, `.`, `-` and `_`, at most 80, not ending in .gguf, \
         and none of `bundled`, `none` and `trust-nano`"
    )]
    BadName { name: String },

    #[error(
        "the store has another model that is called {name:?}; call this one otherwise: --name {proposed}"
    )]
    Taken { name: String, proposed: String },

    #[error("{}: {error}", path.display())]
    Invalid { path: PathBuf, error: GgufError },

    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },

    #[error("{}: it changed while it was read; import it again once nothing writes to it", path.display())]
    Restless { path: PathBuf },

    #[error("the store {} cannot be written: {error}", folder.display())]
    Unwritable { folder: PathBuf, error: std::io::Error },

    #[error("{} is of version {version}, which a newer trust-lsp wrote; use that one", path.display())]
    Newer { path: PathBuf, version: u64 },

    #[error("{}: its sha256 is {found} and should be {expected}; it does not enter the store", path.display())]
    Other { path: PathBuf, expected: String, found: String },

    #[error("{origin} is being fetched by another process")]
    Busy { origin: String },

    #[error("{name}: {broken}")]
    Broken { name: String, broken: Broken },
}

fn told(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("; did you mean {near:?}?"),
        None => " (`trust-lsp models list`)".into(),
    }
}
