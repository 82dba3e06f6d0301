//! `textDocument/definition`

use super::Backend;
use crate::server::{Question, off_task};
use tower_lsp::gen_lsp_types::{DefinitionParams, DefinitionResponse};
use tower_lsp::jsonrpc::Result;

/// More than anybody chooses from.
const MOST: usize = 40;

pub async fn definition(backend: &Backend, params: DefinitionParams) -> Result<Option<DefinitionResponse>> {
    let place = params.text_document_position_params;
    let Some(question) = Question::new(&backend.0, place.text_document.uri) else { return Ok(None) };
    let found = off_task(move |_| {
        let place = question.place(place.position)?;
        let mut locations = question.locations(&place.path);
        let targets = question.reader().definitions_at(&place, MOST);
        Some(targets.iter().filter_map(|target| locations.of_name(target)).collect::<Vec<_>>())
    });
    Ok(found.await?.map(|found| DefinitionResponse::Definition(found.into())))
}
