//! From a name to its declaration.

use super::{Binding, Name, Names, Role, ScopeKind};
use std::collections::{HashMap, HashSet};

/// Scopes that are asked for one name; code does not nest deeper.
const DEEPEST: usize = 512;

/// The declarations of one text, by scope and name.
pub struct Resolver<'a> {
    names: &'a Names,
    source: &'a str,
    declared: HashMap<(usize, &'a str), Vec<&'a Name>>,
}

impl Names {
    /// Ready to answer what the names of `source`, which they are of, mean.
    pub fn resolver<'a>(&'a self, source: &'a str) -> Resolver<'a> {
        let mut declared: HashMap<(usize, &str), Vec<&Name>> = HashMap::new();
        for name in &self.names {
            if matches!(name.role, Role::Imports | Role::Declares) {
                declared.entry((name.scope, &source[name.range.clone()])).or_default().push(name);
            }
        }
        Resolver { names: self, source, declared }
    }

    /// The name that holds `offset`, or ends there.
    pub fn at(&self, offset: usize) -> Option<&Name> {
        let before = self.names.partition_point(|name| name.range.end < offset);
        let touching = self.names[before..].iter().take_while(|name| name.range.start <= offset);
        // The one that goes on behind the offset rather than the one that ends there.
        touching.max_by_key(|name| name.range.end)
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn names(&self) -> &'a Names {
        self.names
    }

    pub fn text(&self, name: &Name) -> &'a str {
        &self.source[name.range.clone()]
    }

    /// The declaration that `name` means; `None` for members, paths, labels, and what is declared nowhere here.
    pub fn binding(&self, name: &Name) -> Option<Binding> {
        match name.role {
            Role::Declares | Role::Imports if name.from > 0 => {
                Some(Binding { scope: name.scope, from: name.from, imported: false })
            }
            Role::Declares | Role::Imports => self.seen(self.text(name), name.scope, 0, false),
            Role::Refers => self.seen(self.text(name), name.scope, name.range.start, name.is_item),
            Role::Member | Role::Path | Role::Label => None,
        }
    }

    /// What `text` means at the place of `near`, a name of the file.
    pub fn visible(&self, text: &str, near: &Name) -> Option<Binding> {
        self.seen(text, near.scope, near.range.start, false)
    }

    /// Whether the name lives inside a function, a type or a block, so that nobody else can mean it.
    pub fn is_local(&self, binding: Binding) -> bool {
        !binding.imported
            && self.names.scopes.get(binding.scope).is_some_and(|scope| scope.kind != ScopeKind::Module)
    }

    fn seen(&self, text: &str, mut scope: usize, at: usize, items_only: bool) -> Option<Binding> {
        for _ in 0..DEEPEST {
            let declared = self.declared.get(&(scope, text)).map(Vec::as_slice).unwrap_or_default();
            let seen = declared.iter().filter(|name| name.from <= at && (!items_only || name.is_item));
            if let Some(latest) = seen.max_by_key(|name| name.from) {
                let imported = latest.role == Role::Imports;
                return Some(Binding { scope, from: latest.from, imported });
            }
            if scope == 0 {
                return None;
            }
            scope = self.names.scopes[scope].parent;
        }
        None
    }

    /// Every text that stands as a member, a label or behind a path.
    pub fn members(&self) -> HashSet<&'a str> {
        let member = |name: &&Name| matches!(name.role, Role::Member | Role::Path | Role::Label);
        self.names.names.iter().filter(member).map(|name| self.text(name)).collect()
    }
}
