//! C.

use crate::definition::Action::{self, Enter, Holder, Import, Leaf};
use crate::definition::DefinitionKind::{Constant, Enum, Field, Function, Macro, Struct, TypeAlias, Variant};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["c"],
    extensions: &["c", "h"],
    line_comment: "//",
    keywords: &[
        "auto", "bool", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
        "enum", "extern", "false", "float", "for", "goto", "if", "inline", "int", "long", "register",
        "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "true", "typedef",
        "union", "unsigned", "void", "volatile", "while",
    ],
    prelude: &[],
    grammar: || tree_sitter_c::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&["///"]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

/// The kinds that the grammar of C++ has too.
pub(crate) const RULES: &[(&str, Action)] = &[
    ("translation_unit", Enter),
    ("preproc_include", Import),
    ("preproc_ifdef", Enter),
    ("preproc_if", Enter),
    ("preproc_else", Enter),
    ("linkage_specification", Enter),
    ("preproc_def", Leaf(Macro, "name", "value")),
    ("preproc_function_def", Leaf(Macro, "name", "value")),
    ("function_definition", Leaf(Function, "declarator", "body")),
    ("declaration", Leaf(Constant, "declarator", "")),
    ("struct_specifier", Holder(Struct, "name", "body")),
    ("union_specifier", Holder(Struct, "name", "body")),
    ("enum_specifier", Holder(Enum, "name", "body")),
    ("field_declaration_list", Enter),
    ("field_declaration", Leaf(Field, "declarator", "")),
    ("enumerator_list", Enter),
    ("enumerator", Leaf(Variant, "name", "value")),
    ("type_definition", Leaf(TypeAlias, "declarator", "")),
];
