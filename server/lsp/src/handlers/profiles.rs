//! `trust/profiles`

use super::Backend;
use crate::protocol::{Profile, Profiles};
use tower_lsp::jsonrpc::Result;

pub async fn profiles(backend: &Backend) -> Result<Profiles> {
    let configuration = &backend.0.configuration;
    let settings = configuration.settings();
    let profiles =
        configuration.profiles().into_iter().map(|(name, files)| Profile { name, files }).collect();
    Ok(Profiles { profiles, current: settings.profile, privacy: settings.privacy })
}
