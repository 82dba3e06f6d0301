//! Between the protocol's places and ours.

use std::path::PathBuf;
use tower_lsp::gen_lsp_types as lsp;
use trust_text::{Encoding, Position, Text};

pub fn from_position(position: lsp::Position) -> Position {
    Position::new(position.line, position.character)
}

pub fn from_range(range: lsp::Range) -> (Position, Position) {
    (from_position(range.start), from_position(range.end))
}

/// The protocol's position of a byte offset.
pub fn to_position(text: &Text, offset: usize, encoding: Encoding) -> lsp::Position {
    let position = text.position(offset, encoding);
    lsp::Position { line: position.line, character: position.character }
}

/// The file that `uri` names, and whether it is one: documents that were never saved have other schemes.
pub fn path_of(uri: &lsp::Uri) -> (PathBuf, bool) {
    match uri.to_file_path() {
        Ok(path) if uri.scheme() == "file" => (path, true),
        // Another scheme may name a file too, such as its old revision in a view of differences.
        Ok(path) => (path, false),
        Err(()) => (PathBuf::from(uri.path()), false),
    }
}
