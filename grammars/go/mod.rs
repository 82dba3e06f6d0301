//! Go.

use crate::definition::Action::{self, Enter, Holder, Import, Leaf};
use crate::definition::DefinitionKind::{Constant, Field, Function, Method, TypeAlias};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["go"],
    extensions: &["go"],
    line_comment: "//",
    keywords: &[
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "false",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "nil",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "true",
        "type",
        "var",
    ],
    prelude: &[],
    grammar: || tree_sitter_go::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&["//"]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("source_file", Enter),
    ("import_declaration", Import),
    ("function_declaration", Leaf(Function, "name", "body")),
    ("method_declaration", Leaf(Method, "name", "body")),
    ("type_declaration", Enter),
    ("type_spec", Holder(TypeAlias, "name", "type")),
    ("type_alias", Leaf(TypeAlias, "name", "type")),
    ("struct_type", Enter),
    ("field_declaration_list", Enter),
    ("field_declaration", Leaf(Field, "name", "")),
    ("interface_type", Enter),
    ("method_elem", Leaf(Method, "name", "")),
    ("const_declaration", Enter),
    ("const_spec", Leaf(Constant, "name", "value")),
    ("var_declaration", Enter),
    ("var_spec_list", Enter),
    ("var_spec", Leaf(Constant, "name", "value")),
];
