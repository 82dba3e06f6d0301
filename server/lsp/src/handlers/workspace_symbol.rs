//! `workspace/symbol`

use super::Backend;
use crate::server::{Locations, off_task};
use tower_lsp::gen_lsp_types::{
    BaseSymbolInformation, SymbolInformation, SymbolKind, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};
use tower_lsp::jsonrpc::Result;
use trust_index::DefinitionKind;

/// More than anybody chooses from.
const MOST: usize = 100;
/// So many more are looked for, since what changed or is excluded since is not shown.
const SPARE: usize = 100;

pub async fn workspace_symbol(
    backend: &Backend,
    params: WorkspaceSymbolParams,
) -> Result<Option<WorkspaceSymbolResponse>> {
    let client = backend.0.client();
    let Some(assistant) = backend.0.assistant().filter(|_| client.navigation.any()) else { return Ok(None) };
    let snapshot = assistant.index().snapshot();
    let found = off_task(move |cancel| {
        let reader = snapshot.reader();
        let mut locations = Locations::new(&snapshot, client.encoding);
        let wanted = |file| client.navigation.is_on(snapshot.language(file));
        let found = snapshot.symbols_like_in(params.query.trim(), MOST + SPARE, wanted);
        let symbols = found.iter().take_while(|_| !cancel.is_cancelled()).filter_map(|symbol| {
            let target = reader.target(symbol)?;
            #[allow(deprecated, reason = "a field that has to be written")]
            Some(SymbolInformation {
                deprecated: None,
                location: locations.of_name(&target)?,
                base_symbol_information: BaseSymbolInformation {
                    name: symbol.name.to_owned(),
                    kind: kind_of(symbol.kind, client.all_symbol_kinds),
                    tags: None,
                    container_name: target.container,
                },
            })
        });
        symbols.take(MOST).collect::<Vec<_>>()
    });
    Ok(Some(WorkspaceSymbolResponse::SymbolInformationList(found.await?)))
}

/// The first 18 kinds are known to every client, the others to those that say so.
pub fn kind_of(kind: DefinitionKind, wide: bool) -> SymbolKind {
    match kind {
        DefinitionKind::Function | DefinitionKind::Macro => SymbolKind::Function,
        DefinitionKind::Method => SymbolKind::Method,
        DefinitionKind::Class => SymbolKind::Class,
        DefinitionKind::Struct if wide => SymbolKind::Struct,
        DefinitionKind::Struct => SymbolKind::Class,
        DefinitionKind::Enum => SymbolKind::Enum,
        DefinitionKind::Variant if wide => SymbolKind::EnumMember,
        DefinitionKind::Variant => SymbolKind::Constant,
        DefinitionKind::Field => SymbolKind::Field,
        DefinitionKind::Trait | DefinitionKind::Interface => SymbolKind::Interface,
        DefinitionKind::TypeAlias => SymbolKind::Class,
        DefinitionKind::Constant => SymbolKind::Constant,
        DefinitionKind::Module => SymbolKind::Module,
        DefinitionKind::Impl if wide => SymbolKind::Object,
        DefinitionKind::Impl => SymbolKind::Class,
    }
}
