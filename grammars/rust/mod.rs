//! Rust.

mod cut;
mod scopes;

use crate::definition::Action::{self, Enter, Holder, Import, Leaf};
use crate::definition::DefinitionKind::{
    Constant, Enum, Field, Function, Impl, Macro, Module, Struct, Trait, TypeAlias, Variant,
};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::lexer::Flavor;
use crate::scopes::Scopes;
use crate::skeleton::Cutter;
use std::sync::OnceLock;

pub(crate) use cut::cut;

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
    cutter: Some(Cutter::Braces(Flavor::Rust)),
    documents: Documents::Above(&["///"]),
    scopes: Scopes::new(&[&scopes::SCOPES]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("source_file", Enter),
    ("declaration_list", Enter),
    ("foreign_mod_item", Enter),
    ("function_item", Leaf(Function, "name", "body")),
    ("function_signature_item", Leaf(Function, "name", "")),
    ("field_declaration_list", Enter),
    ("enum_variant_list", Enter),
    ("use_declaration", Import),
    ("extern_crate_declaration", Import),
    ("struct_item", Holder(Struct, "name", "body")),
    ("union_item", Holder(Struct, "name", "body")),
    ("field_declaration", Leaf(Field, "name", "")),
    ("enum_item", Holder(Enum, "name", "body")),
    ("enum_variant", Leaf(Variant, "name", "body")),
    ("trait_item", Holder(Trait, "name", "body")),
    ("impl_item", Holder(Impl, "type", "body")),
    ("type_item", Leaf(TypeAlias, "name", "type")),
    ("associated_type", Leaf(TypeAlias, "name", "")),
    ("const_item", Leaf(Constant, "name", "value")),
    ("static_item", Leaf(Constant, "name", "value")),
    ("mod_item", Holder(Module, "name", "body")),
    ("macro_definition", Leaf(Macro, "name", "")),
];
