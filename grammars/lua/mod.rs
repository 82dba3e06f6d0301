//! Lua.

use crate::definition::Action::{self, Enter, Leaf};
use crate::definition::DefinitionKind::Function;
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["lua"],
    extensions: &["lua"],
    line_comment: "--",
    keywords: &[
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
        "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    ],
    prelude: &[],
    grammar: || tree_sitter_lua::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&["--"]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("chunk", Enter),
    ("function_declaration", Leaf(Function, "name", "body")),
    ("variable_declaration", Enter),
    ("assignment_statement", Enter),
];
