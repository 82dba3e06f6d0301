//! `initialize`

use crate::root;
use crate::server::{Navigation, Session, capabilities, path_of};
use std::path::PathBuf;
use tower_lsp::gen_lsp_types::{InitializeParams, InitializeResult, ServerInfo, WorkspaceFolders};

pub fn initialize(session: &Session, params: InitializeParams) -> InitializeResult {
    if let Some(id) = params.process_id {
        session.ending.watch_parent(id);
    }
    let mut client = capabilities::Client::new(&params.capabilities);
    let name = params.client_info.as_ref().map(|info| info.name.clone());
    tracing::info!(client = ?params.client_info, ?client, "initialize");
    let told = params.client_info.as_ref().map(|info| match &info.version {
        Some(version) => format!("{} {version}", info.name),
        None => info.name.clone(),
    });
    let (sent, roots) = (params.initialization_options.clone(), roots(params));
    // A few small files, on which the answer depends; before it, nobody else is served.
    let settings = session.configuration.begin(roots.clone(), sent);
    client.navigation = Navigation::new(&settings, name.as_deref());
    client.last_change_lens = settings.last_change_lens;
    session.start(client, told.unwrap_or_else(|| "unnamed".into()), roots, &settings);
    InitializeResult {
        capabilities: capabilities::offered(&client),
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").into(),
            version: Some(env!("CARGO_PKG_VERSION").into()),
        }),
    }
}

/// The workspace folders; from clients that know none, the one root. Clients that open a file alone name its folder, which
/// may be the home folder: what lies there is worked in file by file.
fn roots(params: InitializeParams) -> Vec<PathBuf> {
    let folders = match params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => {
            folders.into_iter().map(|folder| folder.uri).collect()
        }
        Some(WorkspaceFolders::Null) | None => Vec::new(),
    };
    #[allow(deprecated, reason = "older clients send nothing else")]
    let folders = if folders.is_empty() { params.root_uri.into_iter().collect() } else { folders };
    let paths = folders.iter().map(path_of).filter(|(_, on_disk)| *on_disk).map(|(path, _)| path);
    paths.filter(|path| !root::is_too_wide(path)).collect()
}
