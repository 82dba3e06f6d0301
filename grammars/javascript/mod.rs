//! JavaScript, with or without JSX.

use crate::definitions::Action::{self, Binding, Enter, Holder, Leaf};
use crate::definitions::DefinitionKind::{Class, Constant, Function, Method};
use crate::language::Spec;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["javascript", "javascriptreact"],
    extensions: &["js", "mjs", "cjs", "jsx"],
    line_comment: "//",
    keywords: &[
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "null",
        "of",
        "return",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ],
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    rules: &[RULES, FIELDS],
    table: OnceLock::new(),
};

/// The kinds that TypeScript's grammars have too.
pub(crate) const RULES: &[(&str, Action)] = &[
    ("program", Enter),
    ("export_statement", Enter),
    ("lexical_declaration", Enter),
    ("variable_declaration", Enter),
    ("class_body", Enter),
    ("variable_declarator", Binding("name", "value", Function, Some(Constant))),
    ("function_declaration", Leaf(Function, "name", "body")),
    ("generator_function_declaration", Leaf(Function, "name", "body")),
    ("class_declaration", Holder(Class, "name", "body")),
    // As a default export; others are bound to a name.
    ("class", Holder(Class, "name", "body")),
    ("method_definition", Leaf(Method, "name", "body")),
];

const FIELDS: &[(&str, Action)] = &[("field_definition", Binding("property", "value", Method, None))];
