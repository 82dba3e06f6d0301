//! The scopes of names in JavaScript; TypeScript adds its own.

use crate::scopes::Effect::{
    Declares, DeclaresOfKind, Hoists, Imports, ImportsUnaliased, Names, Outside, Path, Uses,
};
use crate::scopes::ScopeKind::{Block, Function};
use crate::scopes::{Leaf, Table};

pub(crate) static SCOPES: Table = Table {
    scopes: &[
        ("function_declaration", Function),
        ("function_expression", Function),
        ("arrow_function", Function),
        ("method_definition", Function),
        ("generator_function", Function),
        ("generator_function_declaration", Function),
        ("statement_block", Block),
        ("for_statement", Block),
        ("for_in_statement", Block),
        ("catch_clause", Block),
        ("class_declaration", Block),
        ("class", Block),
        ("switch_body", Block),
    ],
    effects: &[
        ("variable_declarator", "name", Declares),
        ("variable_declarator", "value", Uses),
        ("variable_declaration", "", Hoists),
        ("formal_parameters", "", Declares),
        ("arrow_function", "parameter", Declares),
        ("catch_clause", "parameter", Declares),
        ("assignment_pattern", "right", Uses),
        ("object_assignment_pattern", "right", Uses),
        ("for_in_statement", "left", DeclaresOfKind),
        ("for_in_statement", "right", Outside),
        ("function_declaration", "name", Names),
        ("generator_function_declaration", "name", Names),
        ("function_expression", "name", Declares),
        ("class_declaration", "name", Names),
        ("class", "name", Declares),
        ("import_clause", "", Imports),
        ("namespace_import", "", Imports),
        ("import_specifier", "name", ImportsUnaliased),
        ("import_specifier", "alias", Imports),
        ("export_specifier", "alias", Path),
    ],
    leaves: &[
        ("identifier", Leaf::Identifier),
        ("property_identifier", Leaf::Member),
        ("private_property_identifier", Leaf::Member),
        ("shorthand_property_identifier", Leaf::Shorthand),
        ("shorthand_property_identifier_pattern", Leaf::Shorthand),
    ],
};
