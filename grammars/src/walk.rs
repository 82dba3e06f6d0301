//! One walk over the top of a syntax tree. A table per language says which kinds of node define something and
//! which are looked into; bodies are not, so local names stay out. A walk by hand, since a query costs as much
//! as the parse's own walk again.

use crate::declarator::{bare_name, is_name, kind_of};
use crate::definition::{Action, DefinitionKind};
use crate::documentation::documentation;
use crate::skeleton::Skeleton;
use crate::{Definition, Language, Outline};
use std::num::NonZeroU16;
use std::ops::Range;
use tree_sitter::{Node, Tree};
use xxhash_rust::xxh3::xxh3_64;

/// The error node's kind id, the same in all grammars.
const ERROR: u16 = u16::MAX;
/// How often, all in all, a walk may read the source's bytes: items that nest without end read them over again.
const READINGS: usize = 64;

/// An [`Action`] with its fields looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Enter,
    Define { kind: DefinitionKind, name: Field, body: Field, holds: bool },
    Name(DefinitionKind),
    Bind { name: Field, value: Field, member: bool },
    Import,
}

type Field = Option<NonZeroU16>;

/// The outline in a tree that was parsed from `source`, or from its skeleton.
pub(crate) fn walk(language: Language, tree: &Tree, source: &str, skeleton: Option<&Skeleton>) -> Outline {
    let steps = steps(language);
    let text = skeleton.map_or(source, |skeleton| &skeleton.text);
    let mut walk = Walk {
        language,
        source,
        text,
        skeleton,
        found: Outline::default(),
        enclosing: Vec::new(),
        around: tree.root_node(),
        unread: READINGS * source.len(),
    };
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let kind = node.kind_id();
        let step =
            if kind == ERROR { Some(Step::Enter) } else { steps.get(kind as usize).copied().flatten() };
        if walk.visit(node, step, cursor.depth()) && cursor.goto_first_child() {
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
fn steps(language: Language) -> &'static [Option<Step>] {
    let spec = language.spec();
    spec.steps.get_or_init(|| {
        let grammar = language.grammar();
        let field = |name: &str| grammar.field_id_for_name(name);
        let rules = || spec.rules.iter().copied().flatten();
        let step = |id: u16| {
            let kind = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id))?;
            let (_, action) = rules().find(|(node, _)| *node == kind)?;
            Some(match *action {
                Action::Enter => Step::Enter,
                Action::Leaf(kind, name, body) => {
                    Step::Define { kind, name: field(name), body: field(body), holds: false }
                }
                Action::Holder(kind, name, body) => {
                    Step::Define { kind, name: field(name), body: field(body), holds: true }
                }
                Action::Name(kind) => Step::Name(kind),
                Action::Binding(name, value) => {
                    Step::Bind { name: field(name), value: field(value), member: false }
                }
                Action::Member(name, value) => {
                    Step::Bind { name: field(name), value: field(value), member: true }
                }
                Action::Import => Step::Import,
            })
        };
        (0..grammar.node_kind_count()).map(|id| step(id as u16)).collect()
    })
}

struct Walk<'a> {
    language: Language,
    source: &'a str,
    /// What was parsed: the source or its skeleton.
    text: &'a str,
    skeleton: Option<&'a Skeleton>,
    found: Outline,
    /// The definitions around the cursor: depth, kind, and the index where one was recorded.
    enclosing: Vec<(u32, DefinitionKind, Option<usize>)>,
    /// The node that was entered last; when a binding is visited, its parent.
    around: Node<'a>,
    /// Bytes that may still be read.
    unread: usize,
}

fn field(node: Node, field: Field) -> Option<Node> {
    node.child_by_field_id(field?.get())
}

impl<'a> Walk<'a> {
    /// Records what `node` defines; true if its children are to be visited.
    fn visit(&mut self, node: Node<'a>, step: Option<Step>, depth: u32) -> bool {
        match step {
            None => false,
            Some(Step::Enter) => {
                self.around = node;
                true
            }
            Some(Step::Define { kind, name, body, holds }) => {
                let index = self.record(node, kind, field(node, name), field(node, body));
                if holds {
                    self.enclosing.push((depth, kind, index));
                }
                holds
            }
            Some(Step::Name(kind)) => {
                self.record(node, kind, Some(node), None);
                false
            }
            Some(Step::Bind { name, value, member }) => {
                // `const f = ...;` is one item; of `const f = ..., g = ...;` each half is.
                let single = !member && self.around.named_child_count() == 1;
                let item = if single { self.around } else { node };
                self.bind(item, member, field(node, name), field(node, value));
                false
            }
            Some(Step::Import) => {
                let imports = self.range(node.byte_range());
                self.found.imports.push(imports);
                false
            }
        }
    }

    fn leave(&mut self, depth: u32) {
        if self.enclosing.last().is_some_and(|(holder, ..)| *holder == depth) {
            self.enclosing.pop();
        }
    }

    fn bind(&mut self, item: Node<'a>, member: bool, name: Option<Node<'a>>, value: Option<Node<'a>>) {
        let body = value.and_then(|value| value.child_by_field_name("body"));
        let in_class = member || matches!(self.enclosing.last(), Some((_, DefinitionKind::Class, _)));
        let (kind, body) = match value.map(|value| value.kind()) {
            Some("arrow_function" | "function_expression" | "generator_function") => {
                (if member { DefinitionKind::Method } else { DefinitionKind::Function }, body)
            }
            Some("class") => (DefinitionKind::Class, body),
            _ => (if in_class { DefinitionKind::Field } else { DefinitionKind::Constant }, value),
        };
        self.record(item, kind, name, body);
    }

    fn range(&self, range: Range<usize>) -> Range<usize> {
        match self.skeleton {
            Some(skeleton) => skeleton.offset(range.start)..skeleton.end(range.end),
            None => range,
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
        let name_node = name?;
        let name = bare_name(name_node).byte_range();
        if !self.text.get(name.clone()).is_some_and(is_name) {
            return None;
        }
        let parent = self.enclosing.last();
        let of_type = parent.is_some_and(|(_, kind, _)| {
            use DefinitionKind::{Class, Impl, Interface, Struct, Trait};
            matches!(kind, Class | Impl | Interface | Struct | Trait)
        });
        // Not every grammar has a field for it.
        let body = body.or_else(|| {
            let last = item.child(item.child_count().checked_sub(1)?)?;
            last.kind().ends_with("_body").then_some(last)
        });
        let kind = kind_of(kind, of_type, name_node, body);
        let parent = parent.and_then(|(_, _, index)| *index);
        let range = self.range(item.byte_range());
        let name = self.range(name);
        self.unread = self.unread.checked_sub(range.len())?;
        let signature = self.signature(item, kind, &range, &name, body);
        let documentation = documentation(self.language, self.source, &range, &signature, kind);
        let rest = self.source.get(signature.end..range.end).unwrap_or_default();
        let body_hash = xxh3_64(rest.as_bytes());
        self.found.definitions.push(Definition {
            name,
            kind,
            item: range,
            signature,
            documentation,
            body_hash,
            parent,
        });
        Some(self.found.definitions.len() - 1)
    }

    fn signature(
        &self,
        item: Node,
        kind: DefinitionKind,
        range: &Range<usize>,
        name: &Range<usize>,
        body: Option<Node<'a>>,
    ) -> Range<usize> {
        use DefinitionKind::{Constant, Field, Macro, Struct, TypeAlias, Variant};
        let mut first = item.child(0);
        while let Some(node) = first.filter(|node| matches!(node.kind(), "decorator" | "comment")) {
            first = node.next_sibling();
        }
        let start = first.map_or(range.start, |node| self.range(node.byte_range()).start);
        let item_text = self.source.get(range.clone()).unwrap_or_default();
        let is_value = matches!(kind, Constant | Field | TypeAlias | Variant);
        let before = |mut body: Node<'a>| {
            while let Some(comment) = body.prev_sibling().filter(|node| node.kind() == "comment") {
                body = comment;
            }
            // Comments that the skeleton lacks stand behind the blanks that it has.
            let end = self.text[..body.start_byte()].trim_end().len();
            self.skeleton.map_or(end, |skeleton| skeleton.end(end))
        };
        let end = match body {
            _ if kind == Macro => name.end,
            // A value on the same line tells more than it costs; so do the fields of a tuple.
            Some(_) if is_value && !item_text.contains('\n') => range.end,
            Some(body) if kind == Struct && body.kind().starts_with("ordered") => {
                self.range(body.byte_range()).end
            }
            Some(body) => before(body),
            None => range.end,
        };
        let end = end.max(name.end);
        let text = self.source.get(start..end).unwrap_or_default();
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';');
        let text = if is_value { text.trim_end_matches([' ', '=', ',']) } else { text };
        start..start + text.len()
    }
}
