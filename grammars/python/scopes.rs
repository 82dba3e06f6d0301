//! The scopes of names in Python.

use crate::scopes::Effect::{
    Binds, Declares, FirstOutside, Hoists, Imports, Key, Label, Member, Names, Outer, Outside, Path, Uses,
};
use crate::scopes::ScopeKind::{Block, Function, Members};
use crate::scopes::{Leaf, Table};

pub(crate) static SCOPES: Table = Table {
    scopes: &[
        ("function_definition", Function),
        ("lambda", Function),
        ("class_definition", Members),
        ("list_comprehension", Block),
        ("set_comprehension", Block),
        ("dictionary_comprehension", Block),
        ("generator_expression", Block),
    ],
    effects: &[
        ("function_definition", "name", Names),
        ("function_definition", "return_type", Outside),
        ("class_definition", "name", Names),
        ("parameters", "", Declares),
        ("lambda_parameters", "", Declares),
        ("typed_parameter", "type", Outside),
        ("default_parameter", "value", Outside),
        ("typed_default_parameter", "value", Outside),
        ("typed_default_parameter", "type", Outside),
        ("assignment", "left", Declares),
        ("assignment", "type", Uses),
        ("augmented_assignment", "left", Declares),
        ("named_expression", "name", Hoists),
        ("for_statement", "left", Declares),
        ("for_in_clause", "left", Declares),
        ("for_in_clause", "right", FirstOutside),
        ("as_pattern", "alias", Declares),
        ("case_pattern", "", Binds),
        ("class_pattern", "", Uses),
        ("dict_pattern", "key", Uses),
        ("keyword_pattern", "", Key),
        ("attribute", "object", Uses),
        ("attribute", "attribute", Member),
        ("subscript", "value", Uses),
        ("subscript", "subscript", Uses),
        ("call", "function", Uses),
        ("call", "arguments", Uses),
        ("keyword_argument", "name", Label),
        ("global_statement", "", Outer),
        ("nonlocal_statement", "", Outer),
        ("import_statement", "name", Imports),
        ("import_from_statement", "module_name", Path),
        ("import_from_statement", "name", Imports),
        ("future_import_statement", "name", Path),
        ("aliased_import", "name", Path),
        ("aliased_import", "alias", Imports),
    ],
    leaves: &[("identifier", Leaf::Identifier)],
};
