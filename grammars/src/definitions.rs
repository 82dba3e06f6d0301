//! What a source file defines, from one walk over the top of its syntax tree.
//!
//! A table per language says which node kinds define something and which are looked into; function bodies are
//! not, so local names stay out. A hand walk, since a query costs as much as the parse's own walk again.

use crate::{Language, parse_str};
use std::ops::Range;
use std::time::Duration;
use tree_sitter::{Node, Tree};

/// How long [`definitions`] may parse. Real files of 2 MiB take a fraction of it.
pub const PARSE_LIMIT: Duration = Duration::from_secs(1);

/// The error node's kind id, the same in all grammars.
const ERROR: u16 = u16::MAX;

/// What is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefinitionKind {
    Function,
    /// A function of a type: in a class, interface, trait or impl block.
    Method,
    Class,
    /// Rust's unions too.
    Struct,
    Enum,
    Trait,
    Interface,
    TypeAlias,
    /// A constant, a static, or a variable of a module.
    Constant,
    /// Namespaces too.
    Module,
    Macro,
    /// Rust's `impl` block; its name is the type's. It defines no name of its own but is its methods' parent.
    Impl,
}

/// One definition; ranges are bytes of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name; never empty.
    pub name: Range<usize>,
    pub kind: DefinitionKind,
    /// The whole item.
    pub item: Range<usize>,
    /// From the item's start, without attributes, decorators and documentation, to just before its body.
    pub signature: Range<usize>,
    /// The definition it is nested in: an index into the same list, always smaller than its own.
    pub parent: Option<usize>,
}

/// What to do at a node; field names are the grammar's.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// Look at the children.
    Enter,
    /// A definition without members: kind, field of the name, field of the body.
    Leaf(DefinitionKind, &'static str, &'static str),
    /// A definition with members: kind, field of the name, field of the body.
    Holder(DefinitionKind, &'static str, &'static str),
    /// A name bound to a value: fields of name and value, the kind if the value is a function, and the kind
    /// otherwise, outside classes.
    Binding(&'static str, &'static str, DefinitionKind, Option<DefinitionKind>),
}

/// The definitions of `source` in the order in which they begin. Empty when parsing takes longer than
/// [`PARSE_LIMIT`].
pub fn definitions(language: Language, source: &str) -> Vec<Definition> {
    match parse_str(language, source, PARSE_LIMIT) {
        Some(tree) => definitions_of(language, &tree, source),
        None => Vec::new(),
    }
}

/// The definitions in a tree that was parsed from `source`.
pub fn definitions_of(language: Language, tree: &Tree, source: &str) -> Vec<Definition> {
    let table = table(language);
    let mut walk = Walk { source, found: Vec::new(), enclosing: Vec::new(), around: tree.root_node() };
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let kind = node.kind_id();
        let action =
            if kind == ERROR { Some(Action::Enter) } else { table.get(kind as usize).copied().flatten() };
        if walk.visit(node, action, cursor.depth()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return walk.found;
            }
            walk.leave(cursor.depth());
        }
    }
}

/// The language's rules by kind id.
fn table(language: Language) -> &'static [Option<Action>] {
    let spec = language.spec();
    spec.table.get_or_init(|| {
        let grammar = language.grammar();
        let rules = || spec.rules.iter().copied().flatten();
        let action = |id: u16| {
            let kind = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id))?;
            rules().find(|(node, _)| *node == kind).map(|(_, action)| *action)
        };
        (0..grammar.node_kind_count()).map(|id| action(id as u16)).collect()
    })
}

struct Walk<'a> {
    source: &'a str,
    found: Vec<Definition>,
    /// The definitions around the cursor: depth, kind, and the index where one was recorded.
    enclosing: Vec<(u32, DefinitionKind, Option<usize>)>,
    /// The node that was entered last; when a binding is visited, its parent.
    around: Node<'a>,
}

impl<'a> Walk<'a> {
    /// Records what `node` defines; true if its children are to be visited.
    fn visit(&mut self, node: Node<'a>, action: Option<Action>, depth: u32) -> bool {
        match action {
            None => false,
            Some(Action::Enter) => {
                self.around = node;
                true
            }
            Some(Action::Leaf(kind, name, body)) => {
                let (name, body) = (node.child_by_field_name(name), node.child_by_field_name(body));
                self.record(node, kind, name, body);
                false
            }
            Some(Action::Holder(kind, name, body)) => {
                let (name, body) = (node.child_by_field_name(name), node.child_by_field_name(body));
                let index = self.record(node, kind, name, body);
                self.enclosing.push((depth, kind, index));
                true
            }
            Some(Action::Binding(name, value, function, other)) => {
                self.bind(node, name, value, function, other);
                false
            }
        }
    }

    fn leave(&mut self, depth: u32) {
        if self.enclosing.last().is_some_and(|(holder, ..)| *holder == depth) {
            self.enclosing.pop();
        }
    }

    fn bind(
        &mut self,
        node: Node<'a>,
        name: &str,
        value: &str,
        function: DefinitionKind,
        other: Option<DefinitionKind>,
    ) {
        let name = node.child_by_field_name(name);
        let value = node.child_by_field_name(value);
        let in_class = matches!(self.enclosing.last(), Some((_, DefinitionKind::Class, _)));
        // `const f = ...;` is one item; of `const f = ..., g = ...;` each half is.
        let single = other.is_some() && self.around.named_child_count() == 1;
        let item = if single { self.around } else { node };
        match value.map(|value| value.kind()) {
            Some("arrow_function" | "function_expression" | "generator_function") => {
                let body = value.and_then(|value| value.child_by_field_name("body"));
                self.record(item, function, name, body);
            }
            Some("class") => {
                let body = value.and_then(|value| value.child_by_field_name("body"));
                self.record(item, DefinitionKind::Class, name, body);
            }
            _ => {
                if let Some(kind) = other.filter(|_| !in_class) {
                    self.record(item, kind, name, value);
                }
            }
        }
    }

    /// Adds a definition, if its name is one.
    fn record(
        &mut self,
        item: Node<'a>,
        kind: DefinitionKind,
        name: Option<Node<'a>>,
        body: Option<Node<'a>>,
    ) -> Option<usize> {
        let name = bare_name(name?).byte_range();
        if !self.source.get(name.clone()).is_some_and(is_name) {
            return None;
        }
        let parent = self.enclosing.last();
        let of_type = parent.is_some_and(|(_, kind, _)| {
            use DefinitionKind::{Class, Impl, Interface, Trait};
            matches!(kind, Class | Impl | Interface | Trait)
        });
        let kind = if of_type && kind == DefinitionKind::Function { DefinitionKind::Method } else { kind };
        let parent = parent.and_then(|(_, _, index)| *index);
        let signature = self.signature(item, kind, &name, body);
        self.found.push(Definition { name, kind, item: item.byte_range(), signature, parent });
        Some(self.found.len() - 1)
    }

    fn signature(
        &self,
        item: Node,
        kind: DefinitionKind,
        name: &Range<usize>,
        body: Option<Node>,
    ) -> Range<usize> {
        use DefinitionKind::{Constant, Macro, Struct, TypeAlias};
        let mut first = item.child(0);
        while let Some(node) = first.filter(|node| matches!(node.kind(), "decorator" | "comment")) {
            first = node.next_sibling();
        }
        let start = first.map_or(item.start_byte(), |node| node.start_byte());
        let one_line = item.start_position().row == item.end_position().row;
        let end = match body {
            _ if kind == Macro => name.end,
            // A value on the same line tells more than it costs; so do the fields of a tuple.
            Some(_) if one_line && matches!(kind, Constant | TypeAlias) => item.end_byte(),
            Some(body) if kind == Struct && body.kind().starts_with("ordered") => body.end_byte(),
            Some(body) => body.start_byte(),
            None => item.end_byte(),
        };
        let end = end.max(name.end);
        let text = self.source.get(start..end).unwrap_or_default();
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';');
        let text =
            if matches!(kind, Constant | TypeAlias) { text.trim_end_matches([' ', '=']) } else { text };
        start..start + text.len()
    }
}

/// The last name of a path, or of a type such as `&path::Name<T>`.
fn bare_name(node: Node) -> Node {
    let mut node = node;
    // Deeper than anyone writes, and an end for what nobody wrote.
    for _ in 0..8 {
        let inner = match node.kind() {
            "generic_type" => node.child_by_field_name("type").or_else(|| node.named_child(0)),
            "reference_type" | "pointer_type" => node.child_by_field_name("type"),
            "scoped_type_identifier" => node.child_by_field_name("name"),
            "nested_identifier" => node.child_by_field_name("property"),
            "type" => node.named_child(0),
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
fn is_name(text: &str) -> bool {
    let first = text.trim_start_matches(['#', '$']).chars().next();
    let starts = text.starts_with('$') || first.is_some_and(|c| c == '_' || c.is_alphabetic());
    starts && text.len() <= 256 && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
