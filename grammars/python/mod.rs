//! Python, and its stub files.

mod cut;
mod scopes;

use crate::definition::Action::{self, Binding, Enter, Holder, Import, Leaf};
use crate::definition::DefinitionKind::{Class, Function, TypeAlias};
use crate::documentation::Documents;
use crate::language::Spec;
use crate::scopes::Scopes;
use crate::skeleton::Cutter;
use std::sync::OnceLock;

pub(crate) use cut::cut;

pub(crate) static SPEC: Spec = Spec {
    ids: &["python"],
    extensions: &["py", "pyi"],
    line_comment: "#",
    keywords: &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "self", "try", "while", "with",
        "yield",
    ],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    rules: &[RULES],
    cutter: Some(Cutter::Indentation),
    documents: Documents::Inside,
    scopes: Scopes::new(&[&scopes::SCOPES]),
    steps: OnceLock::new(),
};

const RULES: &[(&str, Action)] = &[
    ("module", Enter),
    ("block", Enter),
    ("if_statement", Enter),
    ("elif_clause", Enter),
    ("else_clause", Enter),
    ("try_statement", Enter),
    ("except_clause", Enter),
    ("finally_clause", Enter),
    ("with_statement", Enter),
    ("decorated_definition", Enter),
    ("expression_statement", Enter),
    ("import_statement", Import),
    ("import_from_statement", Import),
    ("future_import_statement", Import),
    ("function_definition", Leaf(Function, "name", "body")),
    ("class_definition", Holder(Class, "name", "body")),
    ("type_alias_statement", Leaf(TypeAlias, "left", "right")),
    ("assignment", Binding("left", "right")),
];
