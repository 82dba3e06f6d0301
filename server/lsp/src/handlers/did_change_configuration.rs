//! `workspace/didChangeConfiguration`

use super::Backend;
use tower_lsp::gen_lsp_types::DidChangeConfigurationParams;

/// Some clients send it only to say that their window got the focus.
pub async fn did_change_configuration(backend: &Backend, params: DidChangeConfigurationParams) {
    backend.0.noticed();
    backend.0.configuration.told(params.settings, backend.0.client().pulls_configuration);
}
