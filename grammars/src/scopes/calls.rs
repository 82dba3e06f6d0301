//! Parameters of functions and arguments of calls, as far as the syntax tells.

use crate::Language;
use std::ops::Range;
use tree_sitter::{Node, Tree};

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub range: Range<usize>,
    /// Its name, where it has a plain one.
    pub name: Option<Range<usize>>,
    /// A call may leave it out.
    pub optional: bool,
}

/// The parameters of a function, without a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The function's name.
    pub function: Range<usize>,
    pub parameters: Vec<Parameter>,
}

/// A call of something that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name: the last part where it is qualified.
    pub callee: Range<usize>,
    pub arguments: Vec<Range<usize>>,
    /// Inside the parentheses.
    pub inside: Range<usize>,
    /// An argument is named or spread: counting says nothing.
    pub irregular: bool,
}

fn is_deep(language: Language) -> bool {
    use Language::{JavaScript, Python, Rust, Tsx, TypeScript};
    matches!(language, Rust | Python | TypeScript | Tsx | JavaScript)
}

/// The parameters of the innermost function whose parameter list holds `offset`.
pub fn parameters_at(language: Language, tree: &Tree, source: &str, offset: usize) -> Option<Parameters> {
    let root = tree.root_node();
    let mut node = root.descendant_for_byte_range(offset, offset).filter(|_| is_deep(language))?;
    loop {
        let parent = node.parent()?;
        if matches!(node.kind(), "parameters" | "formal_parameters")
            && let Some(name) = parent.child_by_field_name("name")
        {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            let counts = |node: &&Node<'_>| !is_receiver(**node, source) && !node.kind().contains("comment");
            let parameters = children.iter().filter(counts).map(|node| parameter(*node)).collect();
            return Some(Parameters { function: name.byte_range(), parameters });
        }
        node = parent;
    }
}

fn is_receiver(node: Node<'_>, source: &str) -> bool {
    let text = source.get(node.byte_range()).unwrap_or_default();
    matches!(node.kind(), "self_parameter" | "attribute_item" | "keyword_separator" | "positional_separator")
        || node.kind() == "identifier" && matches!(text, "self" | "cls")
        || node.child_by_field_name("pattern").is_some_and(|pattern| pattern.kind() == "this")
}

fn parameter(node: Node<'_>) -> Parameter {
    let plain = |node: Node<'_>| (node.kind() == "identifier").then(|| node.byte_range());
    let inner = node.child_by_field_name("pattern").or_else(|| node.child_by_field_name("name"));
    let inner = inner.or_else(|| node.child_by_field_name("left"));
    let first = inner.or_else(|| (node.kind() == "typed_parameter").then(|| node.named_child(0)).flatten());
    let name = first.map_or_else(|| plain(node), plain);
    let kinds = ["default_parameter", "typed_default_parameter", "optional_parameter", "assignment_pattern"];
    let spread =
        node.kind().contains("splat") || node.kind() == "rest_pattern" || node.kind() == "variadic_parameter";
    let has_value = node.child_by_field_name("value").is_some();
    Parameter {
        range: node.byte_range(),
        name,
        optional: spread || has_value || kinds.contains(&node.kind()),
    }
}

/// The calls of anything whose last name is `name`.
pub fn calls(language: Language, tree: &Tree, source: &str, name: &str) -> Vec<Call> {
    let mut found = Vec::new();
    if !is_deep(language) {
        return found;
    }
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if matches!(node.kind(), "call_expression" | "call" | "new_expression") {
            found.extend(call(node, source, name));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

fn call(node: Node<'_>, source: &str, name: &str) -> Option<Call> {
    let mut callee =
        node.child_by_field_name("function").or_else(|| node.child_by_field_name("constructor"))?;
    while let Some(inner) = ["field", "property", "attribute", "name", "function"]
        .iter()
        .find_map(|field| callee.child_by_field_name(field))
    {
        callee = inner;
    }
    let list = node.child_by_field_name("arguments")?;
    if source.get(callee.byte_range()) != Some(name) || !source[list.byte_range()].starts_with('(') {
        return None;
    }
    let mut cursor = list.walk();
    let children: Vec<Node<'_>> =
        list.named_children(&mut cursor).filter(|node| !node.kind().contains("comment")).collect();
    let odd = ["keyword_argument", "list_splat", "dictionary_splat", "spread_element"];
    Some(Call {
        callee: callee.byte_range(),
        irregular: children.iter().any(|node| odd.contains(&node.kind())) || list.has_error(),
        arguments: children.iter().map(Node::byte_range).collect(),
        inside: list.start_byte() + 1..list.end_byte().saturating_sub(1).max(list.start_byte() + 1),
    })
}
