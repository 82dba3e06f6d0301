//! The name inside a declaration, and what its shape says about the kind.

use crate::DefinitionKind;
use tree_sitter::Node;

/// What a node's own rule cannot say.
pub(crate) fn kind_of(kind: DefinitionKind, of_type: bool, name: Node, body: Option<Node>) -> DefinitionKind {
    use DefinitionKind::{Constant, Field, Function, Interface, Method, Struct, TypeAlias};
    let kind = match body.map(|body| body.kind()) {
        Some("struct_type") if kind == TypeAlias => Struct,
        Some("interface_type") if kind == TypeAlias => Interface,
        _ if matches!(kind, Constant | Field) && declares_function(name) => Function,
        _ => kind,
    };
    if of_type && kind == Function { Method } else { kind }
}

/// `int f(int)`, but not `int (*f)(int)`.
fn declares_function(mut declarator: Node) -> bool {
    while let Some(inner) = declarator.child_by_field_name("declarator") {
        if declarator.kind() == "function_declarator" {
            return inner.kind() != "parenthesized_declarator";
        }
        declarator = inner;
    }
    false
}

/// The last name of a path, or of a type such as `&path::Name<T>`.
pub(crate) fn bare_name(node: Node) -> Node {
    let mut node = node;
    // Deeper than anyone writes, and an end for what nobody wrote.
    for _ in 0..8 {
        let inner = match node.kind() {
            "generic_type" => node.child_by_field_name("type").or_else(|| node.named_child(0)),
            "reference_type" | "pointer_type" => node.child_by_field_name("type"),
            "scoped_type_identifier" => node.child_by_field_name("name"),
            "nested_identifier" => node.child_by_field_name("property"),
            "type" => node.named_child(0),
            // The name of a C declaration stands innermost.
            "pointer_declarator" | "function_declarator" | "array_declarator" | "init_declarator" => {
                node.child_by_field_name("declarator")
            }
            "parenthesized_declarator" | "reference_declarator" => node.named_child(0),
            "qualified_identifier" | "variable_declarator" => node.child_by_field_name("name"),
            "dot_index_expression" => node.child_by_field_name("field"),
            "method_index_expression" => node.child_by_field_name("method"),
            "scope_resolution" | "qualified_name" => node.child_by_field_name("name"),
            "variable_name" => node.named_child(0),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// A MISSING node's name is empty, and a computed one (`[Symbol.iterator]`) is an expression.
pub(crate) fn is_name(text: &str) -> bool {
    let first = text.trim_start_matches(['#', '$']).chars().next();
    // Names of Ruby's methods may end so.
    let text = text.strip_suffix(['?', '!']).unwrap_or(text);
    let starts = text.starts_with('$') || first.is_some_and(|c| c == '_' || c.is_alphabetic());
    starts && text.len() <= 256 && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'))
}
