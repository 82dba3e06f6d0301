//! TypeScript, and TypeScript with JSX: two grammars, one table.

mod scopes;

use crate::definition::Action::{self, Enter, Holder, Leaf, Member, Name};
use crate::definition::DefinitionKind::{
    Class, Enum, Field, Function, Interface, Method, Module, TypeAlias, Variant,
};
use crate::documentation::Documents;
use crate::javascript;
use crate::language::Spec;
use crate::lexer::Flavor;
use crate::scopes::{Scopes, Table};
use crate::skeleton::Cutter;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["typescript"],
    extensions: &["ts", "mts", "cts"],
    line_comment: "//",
    keywords: KEYWORDS,
    prelude: javascript::PRELUDE,
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    rules: &[javascript::RULES, RULES],
    cutter: Some(Cutter::Braces(Flavor::Script(false))),
    documents: Documents::Above(&[]),
    scopes: Scopes::new(SCOPES),
    steps: OnceLock::new(),
};

pub(crate) static TSX: Spec = Spec {
    ids: &["typescriptreact"],
    extensions: &["tsx"],
    line_comment: "//",
    keywords: KEYWORDS,
    prelude: javascript::PRELUDE,
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    rules: &[javascript::RULES, RULES],
    cutter: Some(Cutter::Braces(Flavor::Script(true))),
    documents: Documents::Above(&[]),
    scopes: Scopes::new(SCOPES),
    steps: OnceLock::new(),
};

const SCOPES: &[&Table] = &[&javascript::SCOPES, &scopes::SCOPES];

const KEYWORDS: &[&str] = &[
    "abstract",
    "any",
    "as",
    "async",
    "await",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "from",
    "function",
    "get",
    "if",
    "implements",
    "import",
    "in",
    "infer",
    "instanceof",
    "interface",
    "is",
    "keyof",
    "let",
    "namespace",
    "never",
    "new",
    "null",
    "number",
    "of",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "satisfies",
    "set",
    "static",
    "string",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "undefined",
    "unknown",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

const RULES: &[(&str, Action)] = &[
    ("ambient_declaration", Enter),
    ("expression_statement", Enter),
    ("statement_block", Enter),
    ("interface_body", Enter),
    ("internal_module", Holder(Module, "name", "body")),
    ("module", Holder(Module, "name", "body")),
    ("function_signature", Leaf(Function, "name", "")),
    ("abstract_class_declaration", Holder(Class, "name", "body")),
    ("method_signature", Leaf(Method, "name", "")),
    ("abstract_method_signature", Leaf(Method, "name", "")),
    ("public_field_definition", Member("name", "value")),
    ("interface_declaration", Holder(Interface, "name", "body")),
    ("type_alias_declaration", Leaf(TypeAlias, "name", "value")),
    ("property_signature", Leaf(Field, "name", "")),
    ("enum_declaration", Holder(Enum, "name", "body")),
    ("enum_body", Enter),
    ("enum_assignment", Leaf(Variant, "name", "value")),
    ("property_identifier", Name(Variant)),
];
