//! `textDocument/references`

use super::Backend;
use crate::server::{Question, off_task};
use tower_lsp::gen_lsp_types::{Location, ReferenceParams};
use tower_lsp::jsonrpc::Result;

/// More than anybody reads.
const MOST: usize = 500;

pub async fn references(backend: &Backend, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
    let place = params.text_document_position_params;
    let declarations = params.context.include_declaration;
    let Some(question) = Question::new(&backend.0, place.text_document.uri) else { return Ok(None) };
    off_task(move |cancel| {
        let place = question.place(place.position)?;
        let mut locations = question.locations(&place.path);
        let stop = || cancel.is_cancelled();
        let found = question.reader().references_at(&place, declarations, MOST, &stop);
        let each = found.iter().flat_map(|uses| uses.ranges.iter().map(move |range| (uses, range)));
        Some(each.filter_map(|(uses, range)| locations.location(&uses.path, &uses.text, range)).collect())
    })
    .await
}
