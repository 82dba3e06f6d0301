//! Why the log cannot be read or written.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("the audit log's file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{}: {why}", path.display())]
    Key { path: PathBuf, why: &'static str },
    /// What is there was changed by somebody else; to write on would cover it up.
    #[error(
        "the audit log is not as it was signed ({0}); `trust-lsp audit verify` says more. Nothing is added to it"
    )]
    Tampered(&'static str),
    #[error("there is no audit log in {}", .0.display())]
    Missing(PathBuf),
    #[error("a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the audit log is of version {0}, which this program does not know")]
    Version(i64),
    #[error("{0}")]
    Told(String),
}

impl AuditError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), error }
    }

    /// No room is left where it lies, or no more may be written.
    pub fn is_full(&self) -> bool {
        use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
        match self {
            Self::Io { error, .. } => {
                matches!(
                    error.kind(),
                    std::io::ErrorKind::StorageFull
                        | std::io::ErrorKind::FileTooLarge
                        | std::io::ErrorKind::QuotaExceeded
                )
            }
            Self::Sqlite(error) => matches!(error.sqlite_error_code(), Some(DiskFull | SystemIoFailure)),
            _ => false,
        }
    }
}
