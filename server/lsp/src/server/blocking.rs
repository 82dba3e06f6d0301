//! Work that takes its time, on a thread of its own kind, given up with the request that asked for it.

use crate::server::path_of;
use std::path::PathBuf;
use tower_lsp::gen_lsp_types::Uri;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use trust_changes::Problem;
use trust_inference::CancelToken;

/// The protocol's "request failed": it was right, and could not be done.
const REQUEST_FAILED: i64 = -32803;

/// Runs `work` where it may take its time. When the request is cancelled its future is dropped, and with it the
/// guard that raises the token.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&CancelToken) -> std::result::Result<T, Problem> + Send + 'static,
) -> Result<T> {
    off_task(work).await?.map_err(|problem| failed(problem.to_string()))
}

/// The same for work that cannot fail.
pub async fn off_task<T: Send + 'static>(work: impl FnOnce(&CancelToken) -> T + Send + 'static) -> Result<T> {
    let cancel = CancelToken::new();
    let _guard = cancel.cancel_on_drop();
    tokio::task::spawn_blocking(move || work(&cancel)).await.map_err(|_| Error::internal_error())
}

pub fn failed(message: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
}

/// The folder that a request is about: that of the file it names, else the first workspace folder.
pub fn folder_of(uri: Option<&Uri>, roots: &[PathBuf]) -> Result<PathBuf> {
    let named = uri.map(path_of).filter(|(_, on_disk)| *on_disk).map(|(path, _)| path);
    let folder = named.map(|path| match trust_changes::Repository::working_tree_of(&path) {
        Some(tree) => tree,
        None if path.is_dir() => path,
        None => path.parent().map(PathBuf::from).unwrap_or(path),
    });
    folder
        .or_else(|| roots.first().cloned())
        .ok_or_else(|| failed("no folder is open; name a file of the repository in `uri`".into()))
}
