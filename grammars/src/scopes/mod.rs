//! The names of a parsed file: where each is declared, which declaration it means, and which are members of
//! something that only types could tell. For Rust, Python, TypeScript, TSX and JavaScript.
//!
//! One pass over the tree, driven by a table of the language: which nodes open a scope, and what their fields say
//! about the names in them. It knows names, not types or modules.

mod calls;
mod python;
mod resolve;
mod rust;
mod script;

pub use calls::{Call, Parameter, Parameters, calls, parameters_at};
pub use resolve::Resolver;

use crate::Language;
use std::collections::HashSet;
use std::ops::Range;
use tree_sitter::{Node, Tree};

/// What a name is at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Introduces the name.
    Declares,
    /// Introduces it from another file.
    Imports,
    Refers,
    /// Of a type or object: behind a dot, or where one is declared.
    Member,
    /// Qualified by a path, or the thing that an import takes from elsewhere.
    Path,
    /// A label of somebody else's: the name of an argument.
    Label,
}

/// One identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub range: Range<usize>,
    pub role: Role,
    /// It is a member and a variable at once: `Point { x }`.
    pub shorthand: bool,
    /// The identifier before its dot or colons.
    pub qualifier: Option<Range<usize>>,
    scope: usize,
    /// From where on a declaration is seen.
    from: usize,
}

/// Which declaration a name means: all names of one text with the same binding are one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Binding {
    scope: usize,
    from: usize,
    pub imported: bool,
}

impl Binding {
    /// Whether it is declared at the top of its file, where other files may see it.
    pub fn is_top(self) -> bool {
        self.scope == 0
    }
}

/// The names of one file, in the order in which they stand.
#[derive(Debug, Default)]
pub struct Names {
    pub names: Vec<Name>,
    scopes: Vec<Scope>,
    /// Names that a scope takes from outside though it assigns to them.
    outer: HashSet<(usize, String)>,
}

#[derive(Debug)]
struct Scope {
    parent: usize,
    /// Members are seen through the type only.
    holds_members: bool,
    /// A function's or the file's: where hoisted variables go.
    is_function: bool,
}

/// What a field or a kind of node says about the names in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Names are used.
    #[default]
    Uses,
    /// Names are declared in the innermost scope, seen from everywhere in it.
    Declares,
    /// The same, seen behind the node only.
    DeclaresBehind,
    /// Declared in the innermost function.
    Hoists,
    /// The node's name: declared around it.
    Names,
    Member,
    /// A path: its names are looked up elsewhere.
    Path,
    Label,
    Imports,
    /// Names of the scope that belong to an outer one.
    Outer,
}

/// One language's facts.
pub(crate) struct Table {
    /// Nodes that open a scope.
    pub scopes: &'static [&'static str],
    pub functions: &'static [&'static str],
    /// Scopes whose declarations are members.
    pub holders: &'static [&'static str],
    /// By the parent's kind and the child's field; an empty field stands for children without one.
    pub effects: &'static [(&'static str, &'static str, Effect)],
    pub identifiers: &'static [&'static str],
    /// Identifiers that are members wherever they stand.
    pub members: &'static [&'static str],
    pub shorthands: &'static [&'static str],
    /// Names in patterns may be constants, and format strings name variables.
    pub is_rust: bool,
}

fn table(language: Language) -> Option<&'static Table> {
    match language {
        Language::Rust => Some(&rust::TABLE),
        Language::Python => Some(&python::TABLE),
        Language::TypeScript | Language::Tsx | Language::JavaScript => Some(&script::TABLE),
        _ => None,
    }
}

/// The names in `tree`, which was parsed from `source`; `None` for a language without a table.
pub fn names(language: Language, tree: &Tree, source: &str) -> Option<Names> {
    let mut walk = Walk { table: table(language)?, source, found: Names::default() };
    walk.scope(0, false, true);
    let mut cursor = tree.walk();
    let mut above = vec![Frame { scope: 0, outside: 0, effect: Effect::Uses, from: 0, kind: "" }];
    loop {
        let node = cursor.node();
        let frame = walk.enter(node, cursor.field_name(), above.last().copied().unwrap_or_default());
        if cursor.goto_first_child() {
            above.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(walk.found);
            }
            above.pop();
        }
    }
}

/// What holds for the children of a node.
#[derive(Clone, Copy, Default)]
struct Frame<'t> {
    scope: usize,
    /// The scope around the node itself.
    outside: usize,
    effect: Effect,
    from: usize,
    kind: &'t str,
}

struct Walk<'a> {
    table: &'static Table,
    source: &'a str,
    found: Names,
}

impl Walk<'_> {
    fn scope(&mut self, parent: usize, holds_members: bool, is_function: bool) -> usize {
        self.found.scopes.push(Scope { parent, holds_members, is_function });
        self.found.scopes.len() - 1
    }

    fn enter<'t>(&mut self, node: Node<'t>, field: Option<&str>, above: Frame<'t>) -> Frame<'t> {
        let kind = node.kind();
        let field = field.unwrap_or_default();
        let rule = self.table.effects.iter().find(|rule| rule.0 == above.kind && rule.1 == field);
        let effect = match rule.map_or(above.effect, |rule| rule.2) {
            Effect::Declares if above.effect == Effect::Hoists => Effect::Hoists,
            // Of what an import names, the last part is what it brings.
            Effect::Path if above.kind == "scoped_identifier" && above.effect == Effect::Imports => {
                Effect::Imports
            }
            Effect::Imports if field == "name" && has_alias(node) => Effect::Path,
            effect => effect,
        };
        let from = match rule {
            Some((.., Effect::DeclaresBehind)) => node.parent().map_or(0, |parent| parent.end_byte()),
            Some(_) => 0,
            None => above.from,
        };
        let outside = above.scope;
        let named = effect == Effect::Names;
        if node.is_named() && node.child_count() == 0 {
            let place = if named { above.outside } else { outside };
            self.leaf(node, place, effect, from, above.kind);
        }
        let scope = if node.is_named() && self.table.scopes.contains(&kind) {
            let holds = self.table.holders.contains(&kind);
            self.scope(outside, holds, self.table.functions.contains(&kind))
        } else {
            outside
        };
        // What is declared by a node says nothing of what stands inside another scope.
        let effect = if scope == outside && !named { effect } else { Effect::Uses };
        Frame { scope, outside, effect, from, kind }
    }

    fn leaf(&mut self, node: Node<'_>, scope: usize, effect: Effect, from: usize, parent: &str) {
        let kind = node.kind();
        if kind == "string_content" && self.table.is_rust {
            return self.format_arguments(node, scope, parent);
        }
        let is_member = self.table.members.contains(&kind);
        let shorthand = self.table.shorthands.contains(&kind) || parent == "shorthand_field_initializer";
        if !is_member && !shorthand && !self.table.identifiers.contains(&kind) {
            return;
        }
        let range = node.byte_range();
        let text = self.source.get(range.clone()).unwrap_or_default();
        let (qualifier, dotted) = self.qualifier(range.start);
        let constant = self.table.is_rust
            && !matches!(parent, "type_parameter" | "const_parameter")
            && (kind == "type_identifier" || text.starts_with(char::is_uppercase));
        let (mut role, mut scope, mut from) = match effect {
            _ if is_member && !shorthand => (Role::Member, scope, 0),
            Effect::Declares | Effect::DeclaresBehind if constant => (Role::Refers, scope, 0),
            Effect::Declares | Effect::Names => (Role::Declares, scope, 0),
            Effect::DeclaresBehind => (Role::Declares, scope, from),
            Effect::Hoists => (Role::Declares, self.function_of(scope), 0),
            Effect::Imports => (Role::Imports, scope, 0),
            Effect::Member => (Role::Member, scope, 0),
            Effect::Path => (Role::Path, scope, 0),
            Effect::Label => (Role::Label, scope, 0),
            Effect::Outer => {
                self.found.outer.insert((scope, text.to_owned()));
                (Role::Refers, scope, 0)
            }
            Effect::Uses if parent == "token_tree" && dotted => (Role::Member, scope, 0),
            Effect::Uses if parent == "token_tree" && qualifier.is_some() => (Role::Path, scope, 0),
            Effect::Uses => (Role::Refers, scope, 0),
        };
        let of_a_type = self.found.scopes[scope].holds_members;
        if role == Role::Declares && of_a_type && (effect == Effect::Names || !self.table.is_rust) {
            role = Role::Member;
        }
        if matches!(role, Role::Declares | Role::Imports)
            && self.found.outer.contains(&(scope, text.to_owned()))
        {
            (role, scope, from) = (Role::Refers, scope, 0);
        }
        self.found.names.push(Name { range, role, shorthand, qualifier, scope, from });
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
        while scope > 0 && !self.found.scopes[scope].is_function {
            scope = self.found.scopes[scope].parent;
        }
        scope
    }

    /// The variables that a format string of a macro names: `{total}`, `{total:>4}`.
    fn format_arguments(&mut self, node: Node<'_>, scope: usize, parent: &str) {
        let in_macro =
            node.parent().and_then(|text| text.parent()).is_some_and(|node| node.kind() == "token_tree");
        if parent != "string_literal" || !in_macro {
            return;
        }
        let text = self.source.get(node.byte_range()).unwrap_or_default();
        for range in crate::identifiers(text) {
            let opens = text[..range.start].ends_with('{') && !text[..range.start].ends_with("{{");
            if opens && text[range.end..].starts_with(['}', ':']) {
                let range = node.start_byte() + range.start..node.start_byte() + range.end;
                self.found.names.push(Name {
                    range,
                    role: Role::Refers,
                    shorthand: false,
                    qualifier: None,
                    scope,
                    from: 0,
                });
            }
        }
    }
}

fn has_alias(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| parent.child_by_field_name("alias").is_some())
}

#[cfg(test)]
mod tests;
