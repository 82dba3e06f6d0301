//! The bundled model, laid out on disk on first use.

use crate::store::settle;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use trust_gguf::{Facts, GgufError};

/// The model's file, as it stands in `bundled/` with its card.
pub(crate) static NANO: &[u8] = include_bytes!("../bundled/nano.gguf");

/// The name by which people and settings call it.
pub const BUNDLED_NAME: &str = "trust-nano";

/// A model's file on disk. Keep it until the model is loaded: a temporary one goes with it.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    is_ours: bool,
    temporary: Option<tempfile::TempPath>,
}

impl ModelFile {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nobody writes to it in place, so that it may be mapped and shared.
    pub fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Whether it could not be kept in the cache, and will be laid out anew each time.
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }
}

/// Why the bundled model could not be laid out.
#[derive(Debug, thiserror::Error)]
#[error("the bundled model ({} MB) could not be written: {}", NANO.len() / 1_000_000, .0.join("; "))]
pub struct Unwritable(Vec<String>);

/// The bundled model as a file: kept in `cache`, a folder of ours, or else a temporary file where that is
/// not possible (no home, a full disk, a read-only one).
pub fn bundled(cache: Option<&Path>) -> Result<ModelFile, Unwritable> {
    let mut reasons = Vec::new();
    if let Some(folder) = cache {
        let path = folder.join("models").join("trust-nano.gguf");
        match keep(&path) {
            Ok(()) => {
                let is_ours = settle(&path);
                return Ok(ModelFile { path, is_ours, temporary: None });
            }
            Err(error) => reasons.push(format!("{}: {error}", path.display())),
        }
    }
    // Shared memory takes a file when no disk does.
    for folder in [std::env::temp_dir(), PathBuf::from("/dev/shm")] {
        match write_temporary(&folder) {
            Ok(temporary) => {
                let path = temporary.to_path_buf();
                tracing::warn!(?reasons, path = %path.display(), "the bundled model lies in a temporary file");
                return Ok(ModelFile { path, is_ours: false, temporary: Some(temporary) });
            }
            Err(error) => reasons.push(format!("{}: {error}", folder.display())),
        }
    }
    Err(Unwritable(reasons))
}

/// What is known of the bundled model.
///
/// # Errors
/// None, as long as the program is what was built.
pub fn bundled_facts() -> Result<Facts, GgufError> {
    trust_gguf::inspect_reader(NANO, NANO.len() as u64)
}

/// The SHA-256 of its file.
pub fn bundled_sha256() -> String {
    Sha256::digest(NANO).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes `path` hold the embedded bytes. Another process doing the same at the same time is no harm: each
/// renames a whole file into place.
#[allow(clippy::disallowed_methods, reason = "the model cache lies outside every workspace")]
fn keep(path: &Path) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|bytes| bytes == NANO) {
        return Ok(());
    }
    let folder = path.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    let temporary = write_temporary(folder)?;
    temporary.persist(path).map_err(|error| error.error)
}

fn write_temporary(folder: &Path) -> std::io::Result<tempfile::TempPath> {
    let mut file = tempfile::Builder::new().prefix("trust-nano-").suffix(".gguf").tempfile_in(folder)?;
    file.write_all(NANO)?;
    file.as_file().sync_all()?;
    Ok(file.into_temp_path())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_model_that_can_fill_a_hole() {
        let facts = bundled_facts().unwrap();
        assert_eq!(facts.name.as_deref(), Some(BUNDLED_NAME));
        assert!(facts.fim.is_some());
        assert!(NANO.len() < 10_000_000, "the file in git stays under 10 MB");
    }

    #[test]
    fn it_is_kept_once_and_mended_when_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let first = bundled(Some(folder.path())).unwrap();
        assert!(!first.is_temporary());
        let written = std::fs::metadata(first.path()).unwrap().modified().unwrap();
        let second = bundled(Some(folder.path())).unwrap();
        assert_eq!(std::fs::metadata(second.path()).unwrap().modified().unwrap(), written);

        // One that an earlier version laid out is writable still.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = || std::fs::metadata(first.path()).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(), 0o400);
            std::fs::set_permissions(first.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
            assert!(bundled(Some(folder.path())).unwrap().is_ours());
            assert_eq!(mode(), 0o400);
        }
        std::fs::remove_file(first.path()).unwrap();
        std::fs::write(first.path(), &NANO[..1000]).unwrap();
        let third = bundled(Some(folder.path())).unwrap();
        assert_eq!(std::fs::read(third.path()).unwrap(), NANO);
        assert_eq!(std::fs::read_dir(folder.path().join("models")).unwrap().count(), 1);
    }

    #[test]
    fn without_a_usable_cache_it_is_temporary() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file, not a folder");
        std::fs::write(&file, "").unwrap();
        for cache in [None, Some(file.as_path())] {
            let model = bundled(cache).unwrap();
            assert!(model.is_temporary() && !model.is_ours());
            let path = model.path().to_path_buf();
            assert_eq!(std::fs::read(&path).unwrap(), NANO);
            drop(model);
            assert!(!path.exists());
        }
    }
}
