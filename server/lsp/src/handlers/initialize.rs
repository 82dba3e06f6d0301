//! `initialize`

use crate::server::{Navigation, Options, Session, capabilities, path_of};
use std::path::PathBuf;
use tower_lsp::gen_lsp_types::{InitializeParams, InitializeResult, ServerInfo, WorkspaceFolders};

pub fn initialize(session: &Session, params: InitializeParams) -> InitializeResult {
    if let Some(id) = params.process_id {
        session.ending.watch_parent(id);
    }
    let sent = params.initialization_options.as_ref();
    let options = Options::read(sent);
    let name = params.client_info.as_ref().map(|info| info.name.as_str());
    let (navigation, problems) = Navigation::new(sent, name);
    for problem in problems {
        session.warn(format!("in the initialization options, {problem}"));
    }
    let mut client = capabilities::Client::new(&params.capabilities);
    client.navigation = navigation;
    client.last_change_lens = options.0.code_lens.last_change;
    tracing::info!(client = ?params.client_info, ?client, "initialize");
    session.start(client, roots(params), options);
    InitializeResult {
        capabilities: capabilities::offered(&client),
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").into(),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        }),
    }
}

/// The workspace folders; from clients that know none, the one root.
fn roots(params: InitializeParams) -> Vec<PathBuf> {
    let folders = match params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => {
            folders.into_iter().map(|folder| folder.uri).collect()
        }
        Some(WorkspaceFolders::Null) | None => Vec::new(),
    };
    #[allow(deprecated, reason = "older clients send nothing else")]
    let folders = if folders.is_empty() { params.root_uri.into_iter().collect() } else { folders };
    folders.iter().map(path_of).filter(|(_, on_disk)| *on_disk).map(|(path, _)| path).collect()
}
