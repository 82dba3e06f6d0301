//! What a language says about the scopes of its names, and the same by the numbers of its grammar.

use super::ScopeKind;
use crate::Language;
use std::num::NonZeroU16;
use std::sync::OnceLock;

/// What a field of a node says about the names in it, down to the next field that says something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Names are used.
    #[default]
    Uses,
    /// The same, but evaluated outside of the innermost scope.
    Outside,
    /// The same where the node is the first of its kind beside its siblings.
    FirstOutside,
    /// Declared in the innermost scope, seen from everywhere in it.
    Declares,
    /// The same, if the node has a field `kind`: otherwise something known is assigned.
    DeclaresOfKind,
    /// A pattern: names in lower case are declared, others are constants.
    Binds,
    /// The same, seen behind the node only.
    BindsBehind,
    /// A type parameter: local even where what it is of holds members.
    Generic,
    /// Declared in the innermost function.
    Hoists,
    /// The node's name: declared around it.
    Names,
    Member,
    /// A path: its names are looked up elsewhere.
    Path,
    /// An item, never a variable.
    Item,
    /// The last part of a path: what an import brings.
    Tail,
    Label,
    /// An identifier right here is a label; what else stands here is as its surroundings.
    Key,
    /// No name at all.
    Nothing,
    Imports,
    /// The same, unless the node has a field `alias`: then that is what is brought.
    ImportsUnaliased,
    /// Names of the scope that belong to an outer one.
    Outer,
    /// A member and a variable at once.
    Shorthand,
    /// Tokens of a macro: what follows a dot is a member.
    Tokens,
    /// The scope is a module's: what it declares is no local name.
    Module,
}

/// What a leaf of the tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    Identifier,
    /// A member wherever it stands.
    Member,
    /// A member and a variable at once.
    Shorthand,
    /// Text that names variables in braces, where a macro takes it.
    Format,
}

/// One language's facts.
#[derive(Debug)]
pub(crate) struct Table {
    /// Nodes that open a scope.
    pub scopes: &'static [(&'static str, ScopeKind)],
    /// By the parent's kind and the child's field; an empty field stands for children without one.
    pub effects: &'static [(&'static str, &'static str, Effect)],
    pub leaves: &'static [(&'static str, Leaf)],
}

/// A language's tables, none where nobody knows its scopes, and what was made of them on first use.
#[derive(Debug)]
pub(crate) struct Scopes {
    pub tables: &'static [&'static Table],
    compiled: OnceLock<Compiled>,
}

impl Scopes {
    pub const fn new(tables: &'static [&'static Table]) -> Self {
        Self { tables, compiled: OnceLock::new() }
    }

    pub fn compiled(&self, language: Language) -> Option<&Compiled> {
        (!self.tables.is_empty()).then(|| self.compiled.get_or_init(|| compile(self.tables, language)))
    }
}

/// Tables by the grammar's ids.
#[derive(Debug)]
pub(crate) struct Compiled {
    kinds: Vec<Kind>,
    pub alias: Option<NonZeroU16>,
    pub kind: Option<NonZeroU16>,
}

#[derive(Debug, Default)]
pub(crate) struct Kind {
    pub opens: Option<ScopeKind>,
    pub leaf: Option<Leaf>,
    /// By field, zero for none.
    effects: Vec<(u16, Effect)>,
}

impl Compiled {
    /// `None` for nodes that say nothing, and for errors.
    pub fn get(&self, kind: u16) -> Option<&Kind> {
        self.kinds.get(kind as usize)
    }
}

impl Kind {
    pub fn effect(&self, field: Option<NonZeroU16>) -> Option<Effect> {
        let field = field.map_or(0, NonZeroU16::get);
        self.effects.iter().find(|(own, _)| *own == field).map(|(_, effect)| *effect)
    }
}

fn compile(tables: &[&Table], language: Language) -> Compiled {
    let grammar = language.grammar();
    let field = |name: &str| grammar.field_id_for_name(name);
    let kind = |id: u16| {
        let Some(name) = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id)) else {
            return Kind::default();
        };
        let effects = tables.iter().flat_map(|table| table.effects).filter(|(parent, ..)| *parent == name);
        Kind {
            opens: tables.iter().flat_map(|table| table.scopes).find(|of| of.0 == name).map(|of| of.1),
            leaf: tables.iter().flat_map(|table| table.leaves).find(|of| of.0 == name).map(|of| of.1),
            effects: effects
                .filter(|(_, name, _)| name.is_empty() || field(name).is_some())
                .map(|(_, name, effect)| (field(name).map_or(0, NonZeroU16::get), *effect))
                .collect(),
        }
    };
    let kinds = (0..grammar.node_kind_count()).map(|id| kind(id as u16)).collect();
    Compiled { kinds, alias: field("alias"), kind: field("kind") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_fits_its_grammar() {
        for language in Language::ALL {
            let grammar = language.grammar();
            let tables = language.spec().scopes.tables;
            let kinds = |table: &'static Table| {
                let scopes = table.scopes.iter().map(|of| of.0).chain(table.leaves.iter().map(|of| of.0));
                scopes.chain(table.effects.iter().map(|of| of.0))
            };
            let unknown = tables.iter().flat_map(|table| kinds(table));
            let unknown = unknown.filter(|kind| grammar.id_for_node_kind(kind, true) == 0);
            assert_eq!(unknown.collect::<Vec<_>>(), [""; 0], "{language:?}");
            let fields = tables.iter().flat_map(|table| table.effects).map(|of| of.1);
            let unknown = fields.filter(|name| !name.is_empty() && grammar.field_id_for_name(name).is_none());
            assert_eq!(unknown.collect::<Vec<_>>(), [""; 0], "{language:?}");
        }
    }
}
