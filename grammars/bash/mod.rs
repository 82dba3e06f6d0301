//! Bash, and the shells like it.

use crate::definition::Action::{self, Enter, Leaf};
use crate::definition::DefinitionKind::{Constant, Function};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use std::sync::OnceLock;

pub(crate) static SPEC: Spec = Spec {
    ids: &["shellscript"],
    extensions: &["bash", "sh"],
    line_comment: "#",
    keywords: &[
        "case", "coproc", "do", "done", "elif", "else", "esac", "export", "fi", "for", "function", "if",
        "in", "local", "readonly", "return", "select", "then", "time", "until", "while",
    ],
    prelude: &[],
    grammar: || tree_sitter_bash::LANGUAGE.into(),
    rules: &[RULES],
    cutter: None,
    documents: Documents::Above(&["#"]),
    scopes: Scopes::new(&[]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("program", Enter),
    ("function_definition", Leaf(Function, "name", "body")),
    ("variable_assignment", Leaf(Constant, "name", "value")),
    ("declaration_command", Enter),
];
