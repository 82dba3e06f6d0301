//! The scopes of one item, each inside the next: which of them a definition goes to, and which a use sees.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    // No scopes of their own; of nodes with the same bytes they are the outer.
    Apart,
    After,
    Assigned,
    Members,
    Function,
    Block,
}

#[derive(Debug)]
struct Scope {
    range: Range<usize>,
    kind: Kind,
    parent: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Scopes(Vec<Scope>);

impl Scopes {
    /// Of nodes of one tree, in any order.
    pub fn new(mut nodes: Vec<(Range<usize>, Kind)>) -> Self {
        nodes.sort_unstable_by_key(|(range, kind)| (range.start, usize::MAX - range.end, *kind));
        nodes.dedup();
        let mut scopes: Vec<Scope> = Vec::with_capacity(nodes.len());
        let mut open: Vec<usize> = Vec::new();
        for (range, kind) in nodes {
            while open.last().is_some_and(|last| scopes[*last].range.end < range.end) {
                open.pop();
            }
            let parent = open.last().copied();
            let same = |parent: &Scope| parent.kind == Kind::Members && parent.range == range;
            if kind == Kind::Block && parent.is_some_and(|parent| same(&scopes[parent])) {
                continue;
            }
            open.push(scopes.len());
            scopes.push(Scope { range, kind, parent });
        }
        Self(scopes)
    }

    pub fn range(&self) -> Option<Range<usize>> {
        self.0.first().map(|scope| scope.range.clone())
    }

    /// The scopes that hold `name`, the innermost first.
    fn around(&self, name: &Range<usize>) -> impl Iterator<Item = (usize, &Scope)> {
        let before = self.0.partition_point(|scope| scope.range.start <= name.start);
        let holds = |at: &usize| self.0[*at].range.end >= name.end;
        let mut first = before.checked_sub(1);
        while let Some(at) = first.filter(|at| !holds(at)) {
            first = self.0[at].parent;
        }
        std::iter::successors(first, |at| self.0[*at].parent).map(|at| (at, &self.0[at]))
    }

    /// The scope that a definition goes to, and from where on it is seen. `None` where it is no local name.
    pub fn target(&self, name: &Range<usize>, capture: &str) -> Option<(usize, usize)> {
        let mut skip = capture == "local.outer";
        let mut from = None;
        for (at, scope) in self.around(name) {
            match scope.kind {
                Kind::After => drop(from.get_or_insert(scope.range.end)),
                Kind::Assigned => return None,
                Kind::Apart => skip = true,
                _ if skip => skip = false,
                Kind::Members if capture != "type" => return None,
                Kind::Block if capture == "local.function" => {}
                Kind::Members | Kind::Function | Kind::Block => {
                    return Some((at, from.unwrap_or(scope.range.start)));
                }
            }
        }
        None
    }

    /// The scopes whose definitions a use sees, the innermost first.
    pub fn visible(&self, name: &Range<usize>) -> impl Iterator<Item = usize> {
        let mut skip = false;
        self.around(name).filter_map(move |(at, scope)| match scope.kind {
            Kind::After | Kind::Assigned => None,
            Kind::Apart => {
                skip = true;
                None
            }
            _ => (!std::mem::take(&mut skip)).then_some(at),
        })
    }
}
