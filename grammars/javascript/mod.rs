//! JavaScript, with or without JSX.

mod cut;
mod scopes;

use crate::definition::Action::{self, Binding, Enter, Holder, Import, Leaf, Member};
use crate::definition::DefinitionKind::{Class, Function, Method};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::lexer::Flavor;
use crate::scopes::Scopes;
use crate::skeleton::Cutter;
use std::sync::OnceLock;

pub(crate) use cut::cut;
pub(crate) use scopes::SCOPES;

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
    cutter: Some(Cutter::Braces(Flavor::Script(true))),
    documents: Documents::Above(&[]),
    scopes: Scopes::new(&[&SCOPES]),
    steps: OnceLock::new(),
};

/// The kinds that TypeScript's grammars have too.
pub(crate) const RULES: &[(&str, Action)] = &[
    ("program", Enter),
    ("export_statement", Enter),
    ("lexical_declaration", Enter),
    ("variable_declaration", Enter),
    ("class_body", Enter),
    ("import_statement", Import),
    ("variable_declarator", Binding("name", "value")),
    ("function_declaration", Leaf(Function, "name", "body")),
    ("generator_function_declaration", Leaf(Function, "name", "body")),
    ("class_declaration", Holder(Class, "name", "body")),
    // As a default export; others are bound to a name.
    ("class", Holder(Class, "name", "body")),
    ("method_definition", Leaf(Method, "name", "body")),
];

const FIELDS: &[(&str, Action)] = &[("field_definition", Member("property", "value"))];
