//! The scopes of names that TypeScript has beside JavaScript.

use crate::scopes::Effect::{Declares, Generic, Module, Names, Path, Uses};
use crate::scopes::ScopeKind::{Block, Function};
use crate::scopes::{Leaf, Table};

pub(crate) static SCOPES: Table = Table {
    scopes: &[
        ("function_signature", Function),
        ("method_signature", Function),
        ("abstract_method_signature", Function),
        ("call_signature", Function),
        ("construct_signature", Function),
        ("function_type", Function),
        ("constructor_type", Function),
        ("abstract_class_declaration", Block),
        ("interface_declaration", Block),
        ("type_alias_declaration", Block),
    ],
    effects: &[
        ("variable_declarator", "type", Uses),
        ("required_parameter", "pattern", Declares),
        ("required_parameter", "type", Uses),
        ("required_parameter", "value", Uses),
        ("optional_parameter", "pattern", Declares),
        ("optional_parameter", "type", Uses),
        ("optional_parameter", "value", Uses),
        ("function_signature", "name", Names),
        ("abstract_class_declaration", "name", Names),
        ("interface_declaration", "name", Names),
        ("type_alias_declaration", "name", Names),
        ("enum_declaration", "name", Declares),
        ("internal_module", "name", Declares),
        ("internal_module", "body", Module),
        ("module", "body", Module),
        ("type_parameter", "name", Generic),
        ("type_parameter", "constraint", Uses),
        ("type_parameter", "value", Uses),
        ("nested_type_identifier", "name", Path),
    ],
    leaves: &[("type_identifier", Leaf::Identifier)],
};
