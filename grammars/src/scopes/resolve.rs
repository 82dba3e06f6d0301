//! From a name to its declaration.

use super::{Binding, Name, Names, Role};
use std::collections::{HashMap, HashSet};

/// The declarations of one text, by scope and name.
pub struct Resolver<'a> {
    names: &'a Names,
    source: &'a str,
    declared: HashMap<(usize, &'a str), Vec<(usize, bool)>>,
}

impl Names {
    /// Ready to answer what the names of `source`, which they are of, mean.
    pub fn resolver<'a>(&'a self, source: &'a str) -> Resolver<'a> {
        let mut declared: HashMap<(usize, &str), Vec<(usize, bool)>> = HashMap::new();
        for name in &self.names {
            let imported = name.role == Role::Imports;
            if imported || name.role == Role::Declares {
                let text = &source[name.range.clone()];
                declared.entry((name.scope, text)).or_default().push((name.from, imported));
            }
        }
        Resolver { names: self, source, declared }
    }

    /// The name that holds `offset`, or ends there.
    pub fn at(&self, offset: usize) -> Option<&Name> {
        self.names.iter().find(|name| name.range.start <= offset && offset <= name.range.end)
    }
}

impl<'a> Resolver<'a> {
    pub fn text(&self, name: &Name) -> &'a str {
        &self.source[name.range.clone()]
    }

    /// The declaration that `name` means; `None` for members, paths, labels, and what is declared nowhere here.
    pub fn binding(&self, name: &Name) -> Option<Binding> {
        if !matches!(name.role, Role::Declares | Role::Imports | Role::Refers) {
            return None;
        }
        let at = match name.role {
            Role::Refers => name.range.start,
            _ => usize::MAX,
        };
        if name.role != Role::Refers && name.from > 0 {
            return Some(Binding { scope: name.scope, from: name.from, imported: false });
        }
        self.seen(self.text(name), name.scope, at)
    }

    /// What `text` means at the place of `near`, a name of the file.
    pub fn visible(&self, text: &str, near: &Name) -> Option<Binding> {
        self.seen(text, near.scope, near.range.start)
    }

    fn seen(&self, text: &str, mut scope: usize, at: usize) -> Option<Binding> {
        loop {
            let declared = self.declared.get(&(scope, text)).map(Vec::as_slice).unwrap_or_default();
            let latest = declared.iter().filter(|(from, _)| *from <= at || at == usize::MAX && *from == 0);
            if let Some((from, imported)) = latest.max_by_key(|(from, _)| *from) {
                return Some(Binding { scope, from: *from, imported: *imported });
            }
            if scope == 0 {
                return None;
            }
            scope = self.names.scopes[scope].parent;
        }
    }

    /// Every text that stands as a member, a label or behind a path.
    pub fn members(&self) -> HashSet<&'a str> {
        let member = |name: &&Name| matches!(name.role, Role::Member | Role::Path | Role::Label);
        self.names.names.iter().filter(member).map(|name| self.text(name)).collect()
    }
}
