//! Local names: what a variable, a parameter or a type parameter is called, and where it is used.

use super::{Names, Resolver, Role};
use std::ops::Range;

/// Uses of one name that are looked at.
const USES: usize = 20_000;

/// One local name; ranges are bytes of the source, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// More than one where a name is bound again and again, as in Python.
    pub definitions: Vec<Range<usize>>,
    /// Definitions too.
    pub uses: Vec<Range<usize>>,
}

impl Names {
    /// The local name of `source` at `offset`, in it or just behind it; `None` for names that are not local.
    pub fn local_at(&self, source: &str, offset: usize) -> Option<Local> {
        let name = self.at(offset)?;
        let resolver = self.resolver(source);
        let binding = resolver.binding(name).filter(|binding| resolver.is_local(*binding))?;
        let text = resolver.text(name);
        let named = self.names.iter().filter(|name| resolver.text(name) == text).take(USES);
        let same = named.filter(|name| resolver.binding(name) == Some(binding));
        let mut local = Local { definitions: Vec::new(), uses: Vec::new() };
        for name in same {
            if name.role == Role::Declares {
                local.definitions.push(name.range.clone());
            }
            local.uses.push(name.range.clone());
        }
        Some(local)
    }
}

impl Resolver<'_> {
    /// Whether the name at exactly `range` is local; `None` where no name stands, as in comments and strings.
    pub fn local(&self, range: &Range<usize>) -> Option<bool> {
        let names = &self.names().names;
        let at = names.binary_search_by_key(&range.start, |name| name.range.start).ok()?;
        let name = names.get(at).filter(|name| name.range == *range)?;
        Some(self.binding(name).is_some_and(|binding| self.is_local(binding)))
    }
}
