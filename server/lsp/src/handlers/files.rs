//! `textDocument/didSave`, `workspace/didChangeWatchedFiles`, `workspace/didChangeWorkspaceFolders`

use super::Backend;
use crate::root;
use crate::server::path_of;
use tower_lsp::gen_lsp_types::{
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidSaveTextDocumentParams, Uri,
};

pub async fn did_save(backend: &Backend, params: DidSaveTextDocumentParams) {
    backend.0.noticed();
    changed(backend, &[params.text_document.uri]);
}

pub async fn did_change_watched_files(backend: &Backend, params: DidChangeWatchedFilesParams) {
    let uris: Vec<Uri> = params.changes.into_iter().map(|change| change.uri).collect();
    changed(backend, &uris);
}

fn changed(backend: &Backend, uris: &[Uri]) {
    let paths = uris.iter().map(path_of).filter(|(_, on_disk)| *on_disk).map(|(path, _)| path).collect();
    // One of them may be the configuration.
    backend.0.configuration.look();
    if let Some(assistant) = backend.0.assistant() {
        assistant.index().files_changed(paths);
    }
}

pub async fn did_change_workspace_folders(backend: &Backend, params: DidChangeWorkspaceFoldersParams) {
    let Some(assistant) = backend.0.assistant() else { return };
    let folders = |folders: Vec<tower_lsp::gen_lsp_types::WorkspaceFolder>| {
        folders.into_iter().map(|folder| path_of(&folder.uri)).filter(|(_, on_disk)| *on_disk)
    };
    let removed: Vec<_> = folders(params.event.removed).map(|(path, _)| path).collect();
    let mut roots: Vec<_> =
        assistant.roots().iter().filter(|root| !removed.contains(root)).cloned().collect();
    for (path, _) in folders(params.event.added) {
        if !roots.contains(&path) && !root::is_too_wide(&path) {
            roots.push(path);
        }
    }
    backend.0.configuration.set_roots(roots.clone());
    assistant.set_roots(roots);
    backend.0.documents.all().iter().for_each(|document| backend.0.index_open(document));
}
