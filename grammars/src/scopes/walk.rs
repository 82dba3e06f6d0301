//! One pass over a tree, which takes down each name with its role and its scope.

use super::table::{Compiled, Effect, Kind, Leaf};
use super::{Name, Names, Role, Scope, ScopeKind};
use std::ops::Range;
use tree_sitter::{Node, Tree};

pub(super) fn walk(table: &Compiled, tree: &Tree, source: &str) -> Names {
    let mut walk = Walk { table, source, found: Names::default() };
    walk.scope(0, ScopeKind::Module);
    let mut cursor = tree.walk();
    let mut above: Vec<Frame<'_>> = Vec::new();
    loop {
        let frame = walk.enter(cursor.node(), cursor.field_id(), &above);
        if cursor.goto_first_child() {
            above.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return walk.found;
            }
            above.pop();
        }
    }
}

/// What holds for the children of a node.
#[derive(Clone, Copy)]
struct Frame<'t> {
    node: Node<'t>,
    scope: usize,
    /// The scope around the node itself.
    outside: usize,
    effect: Effect,
    from: usize,
}

struct Walk<'a> {
    table: &'a Compiled,
    source: &'a str,
    found: Names,
}

type Field = Option<std::num::NonZeroU16>;

impl Walk<'_> {
    fn scope(&mut self, parent: usize, kind: ScopeKind) -> usize {
        self.found.scopes.push(Scope { parent, kind });
        self.found.scopes.len() - 1
    }

    fn enter<'t>(&mut self, node: Node<'t>, field: Field, above: &[Frame<'t>]) -> Frame<'t> {
        let kind = self.table.get(node.kind_id());
        let Some(parent) = above.last() else {
            return Frame { node, scope: 0, outside: 0, effect: Effect::Uses, from: 0 };
        };
        let rule = self.table.get(parent.node.kind_id()).and_then(|kind| kind.effect(field));
        let effect = rule.map_or(parent.effect, |rule| self.effect(rule, parent, kind));
        let from = match rule {
            Some(Effect::BindsBehind) => parent.node.end_byte(),
            Some(_) => 0,
            None => parent.from,
        };
        let first = || above.iter().nth_back(1).and_then(|list| list.node.named_child(1));
        let is_outside = rule == Some(Effect::Outside)
            || rule == Some(Effect::FirstOutside) && first() == Some(parent.node);
        let outside = if is_outside { self.found.scopes[parent.scope].parent } else { parent.scope };
        let named = effect == Effect::Names;
        if let Some(leaf) = kind.and_then(|kind| kind.leaf) {
            self.leaf(leaf, node.byte_range(), if named { parent.outside } else { outside }, effect, from);
        }
        let opens = kind.and_then(|kind| kind.opens);
        let opens = opens.map(|kind| if effect == Effect::Module { ScopeKind::Module } else { kind });
        let scope = opens.map_or(outside, |kind| self.scope(outside, kind));
        // What is declared by a node says nothing of what stands inside another scope.
        let effect = if opens.is_some() || named { Effect::Uses } else { effect };
        Frame { node, scope, outside, effect, from }
    }

    /// What a rule amounts to, under `parent` for a child of this kind.
    fn effect(&self, rule: Effect, parent: &Frame<'_>, kind: Option<&Kind>) -> Effect {
        let has = |field: Field| field.is_some_and(|id| parent.node.child_by_field_id(id.get()).is_some());
        match rule {
            Effect::Declares if parent.effect == Effect::Hoists => Effect::Hoists,
            Effect::Tail if parent.effect == Effect::Imports => Effect::Imports,
            Effect::Tail => Effect::Path,
            Effect::ImportsUnaliased if has(self.table.alias) => Effect::Path,
            Effect::ImportsUnaliased => Effect::Imports,
            Effect::DeclaresOfKind if has(self.table.kind) => Effect::Declares,
            Effect::DeclaresOfKind | Effect::Outside | Effect::FirstOutside => Effect::Uses,
            Effect::Key if kind.is_some_and(|kind| kind.leaf.is_some()) => Effect::Label,
            Effect::Key => parent.effect,
            effect => effect,
        }
    }

    fn leaf(&mut self, leaf: Leaf, range: Range<usize>, scope: usize, effect: Effect, from: usize) {
        use Effect::{Binds, BindsBehind, Declares, Generic, Hoists, Imports, Item, Outer, Tokens};
        if leaf == Leaf::Format {
            return if effect == Tokens {
                self.format_arguments(&range, scope)
            };
        }
        let text = self.source.get(range.clone()).unwrap_or_default();
        let behind = self.source.get(range.end..).unwrap_or_default();
        let (qualifier, dotted) = self.qualifier(range.start);
        let is_constant = text.starts_with(char::is_uppercase) || behind.starts_with('.');
        let (mut role, mut scope, mut from) = match effect {
            Effect::Nothing => return,
            _ if leaf == Leaf::Member => (Role::Member, scope, 0),
            Binds | Imports if dotted => (Role::Path, scope, 0),
            Binds | BindsBehind if is_constant => (Role::Refers, scope, 0),
            BindsBehind => (Role::Declares, scope, from),
            Declares | Binds | Generic | Effect::Names => (Role::Declares, scope, 0),
            Hoists => (Role::Declares, self.function_of(scope), 0),
            Imports => (Role::Imports, scope, 0),
            Effect::Member => (Role::Member, scope, 0),
            Effect::Path => (Role::Path, scope, 0),
            Effect::Label => (Role::Label, scope, 0),
            Outer => {
                self.found.outer.insert((scope, text.to_owned()));
                (Role::Refers, scope, 0)
            }
            Tokens if dotted => (Role::Member, scope, 0),
            Tokens if qualifier.is_some() => (Role::Path, scope, 0),
            _ => (Role::Refers, scope, 0),
        };
        let holds_members = self.found.scopes[scope].kind == ScopeKind::Members;
        if role == Role::Declares && holds_members && effect != Generic {
            role = Role::Member;
        }
        if matches!(role, Role::Declares | Role::Imports)
            && self.found.outer.contains(&(scope, text.to_owned()))
        {
            (role, scope, from) = (Role::Refers, scope, 0);
        }
        let is_item = match role {
            Role::Refers => effect == Item || effect == Tokens && behind.starts_with("::"),
            _ => matches!(effect, Effect::Names | Imports | Generic),
        };
        let shorthand = leaf == Leaf::Shorthand || effect == Effect::Shorthand;
        self.found.names.push(Name { range, role, shorthand, qualifier, scope, from, is_item });
    }

    /// The identifier before a dot or `::` that stands before `at`, and whether it was a dot.
    fn qualifier(&self, at: usize) -> (Option<Range<usize>>, bool) {
        let before = self.source.get(..at).unwrap_or_default();
        let dotted = before.ends_with('.') && !before.ends_with("..");
        let rest = if dotted { &before[..at - 1] } else { before.strip_suffix("::").unwrap_or(before) };
        if rest.len() == before.len() {
            return (None, false);
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = rest.trim_end_matches(is_word).len();
        ((start < rest.len()).then_some(start..rest.len()), dotted)
    }

    fn function_of(&self, mut scope: usize) -> usize {
        let goes_on = |scope: usize| {
            scope > 0 && !matches!(self.found.scopes[scope].kind, ScopeKind::Function | ScopeKind::Module)
        };
        while goes_on(scope) {
            scope = self.found.scopes[scope].parent;
        }
        scope
    }

    /// The variables that a format string of a macro names: `{total}`, `{total:>4}`.
    fn format_arguments(&mut self, string: &Range<usize>, scope: usize) {
        let text = self.source.get(string.clone()).unwrap_or_default();
        for range in crate::identifiers(text) {
            let opens = text[..range.start].ends_with('{') && !text[..range.start].ends_with("{{");
            if opens && text[range.end..].starts_with(['}', ':']) {
                self.found.names.push(Name {
                    range: string.start + range.start..string.start + range.end,
                    role: Role::Refers,
                    shorthand: false,
                    qualifier: None,
                    scope,
                    from: 0,
                    is_item: false,
                });
            }
        }
    }
}
