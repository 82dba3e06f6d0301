//! Languages: which language a file is in, its tree-sitter grammar, its definitions, its identifiers.
//!
//! A language is one folder beside `src`: its facts, a table from node kinds to definitions, and fixtures.
//! Everything here is a pure function of text. Text is untrusted: no walk recurses, no parse outlives its
//! time limit.

mod definition;
mod documentation;
mod identifiers;
#[path = "../javascript/mod.rs"]
mod javascript;
mod language;
mod lexer;
mod outline;
mod parse;
#[path = "../python/mod.rs"]
mod python;
#[path = "../rust/mod.rs"]
mod rust;
mod skeleton;
#[path = "../typescript/mod.rs"]
mod typescript;
mod walk;

#[cfg(test)]
mod tests;

pub use definition::{Definition, DefinitionKind, Outline};
pub use identifiers::{Identifiers, identifiers};
pub use language::Language;
pub use outline::{PARSE_LIMIT, outline, outline_of, outline_whole};
pub use parse::{parse, parse_str, syntax_errors, syntax_errors_in};
pub use tree_sitter::Tree;
