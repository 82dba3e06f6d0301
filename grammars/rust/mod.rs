//! Rust.

use crate::definitions::Action::{self, Enter, Holder, Leaf};
use crate::definitions::DefinitionKind::{
    Constant, Enum, Function, Impl, Macro, Module, Struct, Trait, TypeAlias,
};
use crate::language::Spec;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["rust"],
    extensions: &["rs"],
    line_comment: "//",
    keywords: &[
        "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
        "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "type", "unsafe",
        "use", "where", "while",
    ],
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    rules: &[RULES],
    table: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("source_file", Enter),
    ("declaration_list", Enter),
    ("foreign_mod_item", Enter),
    ("function_item", Leaf(Function, "name", "body")),
    ("function_signature_item", Leaf(Function, "name", "")),
    ("struct_item", Leaf(Struct, "name", "body")),
    ("union_item", Leaf(Struct, "name", "body")),
    ("enum_item", Leaf(Enum, "name", "body")),
    ("trait_item", Holder(Trait, "name", "body")),
    ("impl_item", Holder(Impl, "type", "body")),
    ("type_item", Leaf(TypeAlias, "name", "type")),
    ("associated_type", Leaf(TypeAlias, "name", "")),
    ("const_item", Leaf(Constant, "name", "value")),
    ("static_item", Leaf(Constant, "name", "value")),
    ("mod_item", Holder(Module, "name", "body")),
    ("macro_definition", Leaf(Macro, "name", "")),
];
