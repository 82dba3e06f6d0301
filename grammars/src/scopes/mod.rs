//! The names of a parsed file: where each is declared, which declaration it means, and which are members of
//! something that only types could tell. For Rust, Python, TypeScript, TSX and JavaScript.
//!
//! One pass over the tree, driven by a table in the language's folder: which nodes open a scope, and what their
//! fields say about the names in them. It knows names, not types or modules.

mod calls;
mod local;
mod resolve;
mod table;
mod walk;

pub use calls::{Call, Parameter, Parameters, calls, parameters_at};
pub use local::Local;
pub use resolve::Resolver;
pub(crate) use table::{Effect, Leaf, Scopes, Table};

use crate::Language;
use std::collections::HashSet;
use std::ops::Range;
use tree_sitter::Tree;

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
    /// Of a declaration: it is no variable. Of a use: it means none.
    is_item: bool,
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

/// The first is the file's.
#[derive(Debug)]
struct Scope {
    parent: usize,
    kind: ScopeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Block,
    /// Where hoisted variables go.
    Function,
    /// What it declares is seen through the type only, but for type parameters.
    Members,
    /// What it declares may be seen from elsewhere.
    Module,
}

/// The names in `tree`, which was parsed from `source`; `None` for a language whose scopes are not known.
pub fn names(language: Language, tree: &Tree, source: &str) -> Option<Names> {
    Some(walk::walk(language.spec().scopes.compiled(language)?, tree, source))
}

#[cfg(test)]
mod tests;
