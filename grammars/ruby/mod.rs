//! Ruby.

use crate::definition::Action::{self, Enter, Holder, Leaf};
use crate::definition::DefinitionKind::{Class, Constant, Function, Module};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["ruby"],
    extensions: &["rb", "rake"],
    line_comment: "#",
    keywords: &[
        "BEGIN", "END", "alias", "and", "begin", "break", "case", "class", "def", "defined?", "do", "else",
        "elsif", "end", "ensure", "false", "for", "if", "in", "module", "next", "nil", "not", "or", "redo",
        "rescue", "retry", "return", "self", "super", "then", "true", "undef", "unless", "until", "when",
        "while", "yield",
    ],
    prelude: &[],
    grammar: || tree_sitter_ruby::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&["#"]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("program", Enter),
    ("body_statement", Enter),
    ("module", Holder(Module, "name", "body")),
    ("class", Holder(Class, "name", "body")),
    ("singleton_class", Enter),
    ("method", Leaf(Function, "name", "body")),
    ("singleton_method", Leaf(Function, "name", "body")),
    ("assignment", Leaf(Constant, "left", "right")),
];
