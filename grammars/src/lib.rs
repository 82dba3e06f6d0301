//! Languages: which language a file is in, its tree-sitter grammar, its definitions, its identifiers.
//!
//! A language is one folder beside `src`: its facts, a table from node kinds to definitions, and fixtures.
//! Everything here is a pure function of text. Text is untrusted: no walk recurses, no parse outlives its
//! time limit.

mod annotations;
#[path = "../bash/mod.rs"]
mod bash;
#[path = "../c/mod.rs"]
mod c;
mod code;
mod comment;
#[path = "../cpp/mod.rs"]
mod cpp;
#[path = "../csharp/mod.rs"]
mod csharp;
mod declarator;
mod definition;
mod documentation;
#[path = "../go/mod.rs"]
mod go;
mod identifiers;
mod incremental;
#[path = "../java/mod.rs"]
mod java;
#[path = "../javascript/mod.rs"]
mod javascript;
mod kept;
#[path = "../kotlin/mod.rs"]
mod kotlin;
mod language;
mod lexer;
#[path = "../lua/mod.rs"]
mod lua;
mod outline;
mod parse;
#[path = "../php/mod.rs"]
mod php;
#[path = "../python/mod.rs"]
mod python;
#[path = "../ruby/mod.rs"]
mod ruby;
#[path = "../rust/mod.rs"]
mod rust;
mod scopes;
mod skeleton;
#[path = "../typescript/mod.rs"]
mod typescript;
mod walk;

#[cfg(test)]
mod tests;

pub use annotations::{Annotation, Annotations, Difference, annotations};
pub use code::code_identifiers;
pub use comment::comment_at;
pub use definition::{Definition, DefinitionKind, Outline};
pub use identifiers::{Identifiers, identifiers};
pub use incremental::{Change, Incremental, Place};
pub use kept::{parse_kept, parse_passing};
pub use language::Language;
pub use outline::{PARSE_LIMIT, outline, outline_of, outline_of_skeleton, outline_whole};
pub use parse::{
    ErrorNode, SyntaxError, error_nodes, parse, parse_replaced, parse_str, parse_str_until,
    syntax_error_places, syntax_errors, syntax_errors_in,
};
pub use scopes::{
    Binding, Call, Local, Name, Names, Parameter, Parameters, Resolver, Role, calls, names, parameters_at,
};
pub use tree_sitter::Tree;
