//! Local names: where a variable, a parameter or a type parameter is defined, and where it is used. Each language
//! says in its `locals.scm`, by these captures, what its nodes mean:
//!
//! - `scope`: names defined in it end with it; `scope.function`: a function's, where hoisted names go;
//!   `scope.members`: names defined right in it are members, which are no locals, but for `type`.
//! - `local`: a definition in the innermost scope; `local.outer`: in the one around that; `local.function`: in
//!   the function; `type`: a type parameter.
//! - `after`: what is defined in it is seen only after it. `apart`: what is in it does not see the scope around
//!   it. `assigned`: nothing in it defines. `free`: in its scope the name is that of a scope farther out.
//! - `reference`: a use, unless the node is `other` too.

mod scopes;

use crate::Language;
use scopes::{Kind, Scopes};
use std::collections::HashSet;
use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tree_sitter::{Query, QueryCursor, QueryCursorOptions, QueryCursorState, StreamingIterator, Tree};

/// How long a query may run.
const LIMIT: Duration = Duration::from_millis(500);
/// Uses of one name that are looked at.
const USES: usize = 20_000;

/// A language's query, made on first use.
#[derive(Debug)]
pub(crate) struct LocalsQuery {
    sources: &'static [&'static str],
    query: OnceLock<Option<Query>>,
}

impl LocalsQuery {
    /// Without sources the language's local names are not known.
    pub const fn new(sources: &'static [&'static str]) -> Self {
        Self { sources, query: OnceLock::new() }
    }

    pub fn get(&self, language: Language) -> Option<&Query> {
        let make = || {
            (!self.sources.is_empty())
                .then(|| Query::new(&language.grammar(), &self.sources.concat()).ok())?
        };
        self.query.get_or_init(make).as_ref()
    }
}

/// One local name; ranges are bytes of the source, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// More than one where a name is bound again and again, as in Python.
    pub definitions: Vec<Range<usize>>,
    /// Definitions too.
    pub uses: Vec<Range<usize>>,
}

/// The local names inside one item: an outermost function, class or impl block.
#[derive(Debug)]
pub struct Locals {
    scopes: Scopes,
    definitions: Vec<Definition>,
    references: Vec<Range<usize>>,
    /// Scopes in which a name belongs to a scope farther out.
    free: Vec<(usize, Range<usize>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Definition {
    name: Range<usize>,
    scope: usize,
    /// Where it begins to be seen.
    from: usize,
}

impl Locals {
    /// Those of the item around `offset`; `None` where there is none, or the language's scopes are not known.
    /// `tree` was parsed from `source`.
    pub fn around(language: Language, tree: &Tree, source: &str, offset: usize) -> Option<Self> {
        let query = language.spec().locals.get(language)?;
        let mut outermost: Option<Range<usize>> = None;
        captures(query, tree, source, offset.saturating_sub(1)..offset + 1, |name, range| {
            let larger = outermost.as_ref().is_none_or(|known| range.len() > known.len());
            if name.starts_with("scope") && range.start <= offset && offset <= range.end && larger {
                outermost = Some(range);
            }
        })?;
        Self::within(query, tree, source, outermost?)
    }

    fn within(query: &Query, tree: &Tree, source: &str, item: Range<usize>) -> Option<Self> {
        let (mut scopes, mut found, mut free) = (Vec::new(), Vec::new(), Vec::new());
        let (mut references, mut others) = (Vec::new(), HashSet::new());
        captures(query, tree, source, item.clone(), |name, range| {
            if range.start < item.start || range.end > item.end {
                return;
            }
            match name {
                "scope" => scopes.push((range, Kind::Block)),
                "scope.function" => scopes.push((range, Kind::Function)),
                "scope.members" => scopes.push((range, Kind::Members)),
                "after" => scopes.push((range, Kind::After)),
                "apart" => scopes.push((range, Kind::Apart)),
                "assigned" => scopes.push((range, Kind::Assigned)),
                "free" => free.push(range),
                "reference" => references.push(range),
                "other" => drop(others.insert((range.start, range.end))),
                _ => found.push((range, name)),
            }
        })?;
        let scopes = Scopes::new(scopes);
        references.retain(|range| !others.contains(&(range.start, range.end)));
        let free =
            free.into_iter().filter_map(|name| Some((scopes.target(&name, "local")?.0, name))).collect();
        let definition = |(name, capture): (Range<usize>, &str)| {
            let (scope, from) = scopes.target(&name, capture)?;
            Some(Definition { name, scope, from })
        };
        let definitions = found.into_iter().filter_map(definition).collect();
        Some(Self { scopes, definitions, references, free })
    }

    /// Whether this is about `offset` too.
    pub fn covers(&self, offset: usize) -> bool {
        self.scopes.range().is_some_and(|range| range.start <= offset && offset <= range.end)
    }

    /// The local name at `offset`, in it or just behind it; `None` for names that are not local.
    pub fn at(&self, source: &str, offset: usize) -> Option<Local> {
        let names = || self.definitions.iter().map(|found| &found.name).chain(&self.references);
        let name = names().find(|range| range.start <= offset && offset < range.end);
        let name = name.or_else(|| names().find(|range| range.end == offset))?.clone();
        let text = source.get(name.clone())?;
        let same = |range: &Range<usize>| source.get(range.clone()) == Some(text);
        let named: Vec<&Definition> = self.definitions.iter().filter(|found| same(&found.name)).collect();
        let free: Vec<usize> =
            self.free.iter().filter(|(_, name)| same(name)).map(|(scope, _)| *scope).collect();
        let (scope, from) = self.resolve(&named, &free, &name)?;
        let of_it = |range: &Range<usize>| self.resolve(&named, &free, range) == Some((scope, from));
        let sorted = |mut ranges: Vec<Range<usize>>| {
            ranges.sort_unstable_by_key(|range| (range.start, range.end));
            ranges.dedup();
            ranges
        };
        let definitions = sorted(
            named
                .iter()
                .filter(|found| (found.scope, found.from) == (scope, from))
                .map(|found| found.name.clone())
                .collect(),
        );
        let used = self.references.iter().filter(|range| same(range)).take(USES).filter(|range| of_it(range));
        let uses = sorted(used.cloned().chain(definitions.iter().cloned()).collect());
        Some(Local { definitions, uses })
    }

    /// The definition that counts for `name`, one of those `named` the same: its scope and its beginning.
    fn resolve(&self, named: &[&Definition], free: &[usize], name: &Range<usize>) -> Option<(usize, usize)> {
        let bound = named.iter().find(|found| found.name == *name && !free.contains(&found.scope));
        if let Some(itself) = bound {
            return Some((itself.scope, itself.from));
        }
        self.scopes.visible(name).filter(|scope| !free.contains(scope)).find_map(|scope| {
            let seen = named.iter().filter(|found| found.scope == scope && found.from <= name.start);
            seen.map(|found| (scope, found.from)).max_by_key(|(_, from)| *from)
        })
    }
}

/// Calls `take` with each capture that touches `bytes`; `None` if that takes too long.
fn captures<'q>(
    query: &'q Query,
    tree: &Tree,
    source: &str,
    bytes: Range<usize>,
    mut take: impl FnMut(&'q str, Range<usize>),
) -> Option<()> {
    let started = Instant::now();
    let mut late = false;
    let mut progress = |_: &QueryCursorState| {
        late = started.elapsed() > LIMIT;
        if late { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(bytes);
    let options = QueryCursorOptions::new().progress_callback(&mut progress);
    let mut matches = cursor.matches_with_options(query, tree.root_node(), source.as_bytes(), options);
    while let Some(found) = matches.next() {
        for capture in found.captures() {
            take(names.get(capture.index as usize).copied().unwrap_or_default(), capture.node.byte_range());
        }
    }
    drop(matches);
    (!late).then_some(())
}
