//! `textDocument/documentSymbol`: what the document defines now, nested, or flat where the client knows no better.

use super::Backend;
use super::workspace_symbol::kind_of;
use crate::server::{Locations, Question, off_task};
use std::path::Path;
use tower_lsp::gen_lsp_types::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolInformation,
};
use tower_lsp::jsonrpc::Result;
use trust_grammars::{Definition, DefinitionKind, outline};

/// More than anybody reads, and a depth that every client's parser takes.
const MOST: usize = 10_000;
const DEEPEST: usize = 32;
/// Characters of an impl block's name.
const NAME: usize = 80;

pub async fn document_symbol(
    backend: &Backend,
    params: DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>> {
    let client = backend.0.client();
    let Some(question) = Question::new(&backend.0, params.text_document.uri) else { return Ok(None) };
    off_task(move |_| {
        let (text, path) = question.text()?;
        let mut definitions = outline(question.language?, &text).definitions;
        definitions.truncate(MOST);
        let mut locations = question.locations(&path);
        let (text, wide) = (&*text, client.all_symbol_kinds);
        Some(match client.nested_symbols {
            true => DocumentSymbolResponse::DocumentSymbolList(nested(&definitions, &mut |found| {
                symbol(found, &path, text, wide, &mut locations)
            })),
            false => DocumentSymbolResponse::SymbolInformationList(
                definitions
                    .iter()
                    .filter_map(|found| flat(&definitions, found, &path, text, wide, &mut locations))
                    .collect(),
            ),
        })
    })
    .await
}

/// Children come after their parents, so that a walk from the end meets each with its own complete.
fn nested(
    definitions: &[Definition],
    make: &mut dyn FnMut(&Definition) -> DocumentSymbol,
) -> Vec<DocumentSymbol> {
    let mut depths: Vec<usize> = Vec::with_capacity(definitions.len());
    for found in definitions {
        depths.push(found.parent.map_or(0, |parent| depths[parent] + 1));
    }
    let mut children: Vec<Vec<DocumentSymbol>> = vec![Vec::new(); definitions.len()];
    let mut top = Vec::new();
    for (at, found) in definitions.iter().enumerate().rev() {
        let mut own = std::mem::take(&mut children[at]);
        own.reverse();
        let mut symbol = make(found);
        symbol.children = Some(own).filter(|own| !own.is_empty());
        let mut parent = found.parent;
        while let Some(above) = parent.filter(|above| depths[*above] >= DEEPEST) {
            parent = definitions[above].parent;
        }
        match parent {
            Some(parent) => children[parent].push(symbol),
            None => top.push(symbol),
        }
    }
    top.reverse();
    top
}

fn symbol(
    found: &Definition,
    path: &Path,
    text: &str,
    wide: bool,
    locations: &mut Locations<'_>,
) -> DocumentSymbol {
    #[allow(deprecated, reason = "a field that has to be written")]
    DocumentSymbol {
        name: name_of(found, text),
        detail: None,
        kind: kind_of(found.kind, wide),
        tags: None,
        deprecated: None,
        range: locations.range(path, text, &found.item),
        selection_range: locations.range(path, text, &found.name),
        children: None,
    }
}

fn flat(
    all: &[Definition],
    found: &Definition,
    path: &Path,
    text: &str,
    wide: bool,
    locations: &mut Locations<'_>,
) -> Option<SymbolInformation> {
    let container = found.parent.and_then(|parent| all.get(parent));
    #[allow(deprecated, reason = "a field that has to be written")]
    Some(SymbolInformation {
        deprecated: None,
        location: locations.location(path, text, &found.item)?,
        base_symbol_information: BaseSymbolInformation {
            name: name_of(found, text),
            kind: kind_of(found.kind, wide),
            tags: None,
            container_name: container.map(|container| text[container.name.clone()].to_owned()),
        },
    })
}

/// An impl block is called by all of its head.
fn name_of(found: &Definition, text: &str) -> String {
    if found.kind != DefinitionKind::Impl {
        return text[found.name.clone()].to_owned();
    }
    let head = text[found.signature.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
    head.chars().take(NAME).collect()
}
