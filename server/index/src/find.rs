//! Symbols whose names are like what somebody typed.

use crate::snapshot::symbol;
use crate::{FileId, Snapshot, Symbol};
use trust_grammars::DefinitionKind;

/// How a name fits, the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Same,
    SameButForCase,
    Begins,
    Holds,
    /// Its letters come in this order.
    Spells,
}

impl Snapshot {
    /// Symbols whose names fit `query`, best first, at most `limit`: the same, beginning with it, holding it, or
    /// spelling it with letters left out; case does not count. One look at each name that is defined.
    pub fn symbols_like(&self, query: &str, limit: usize) -> Vec<Symbol<'_>> {
        self.symbols_like_in(query, limit, |_| true)
    }

    /// The same, of the files that `wanted` lets through.
    pub fn symbols_like_in(
        &self,
        query: &str,
        limit: usize,
        wanted: impl Fn(FileId) -> bool,
    ) -> Vec<Symbol<'_>> {
        let small = query.to_lowercase();
        if small.is_empty() || limit == 0 {
            return Vec::new();
        }
        let mut found: Vec<(Fit, Symbol<'_>)> = Vec::new();
        for (first, segment) in self.segments() {
            let mut last: Option<(u32, Option<Fit>)> = None;
            for (file, row) in segment.named_rows() {
                let fit = match last {
                    Some((name, fit)) if name == row.name => fit,
                    _ => fit(segment.names.get(row.name), query, &small),
                };
                last = Some((row.name, fit));
                if let Some(fit) =
                    fit.filter(|_| self.is_alive(first + file) && wanted(FileId((first + file) as u32)))
                {
                    found.push((fit, symbol(first, segment, file, row)));
                }
            }
        }
        let is_member = |kind| matches!(kind, DefinitionKind::Field | DefinitionKind::Variant);
        found.sort_by(|(a_fit, a), (b_fit, b)| {
            let order = (a_fit, is_member(a.kind), a.name.len(), a.name);
            let other = (b_fit, is_member(b.kind), b.name.len(), b.name);
            let place = || (self.path(a.file), a.range.start).cmp(&(self.path(b.file), b.range.start));
            order.cmp(&other).then_with(place)
        });
        found.truncate(limit);
        found.into_iter().map(|(_, symbol)| symbol).collect()
    }
}

fn fit(name: &str, query: &str, small: &str) -> Option<Fit> {
    if name == query {
        return Some(Fit::Same);
    }
    let lower = name.to_lowercase();
    if lower == small {
        Some(Fit::SameButForCase)
    } else if lower.starts_with(small) {
        Some(Fit::Begins)
    } else if lower.contains(small) {
        Some(Fit::Holds)
    } else {
        let mut letters = lower.chars();
        small.chars().all(|wanted| letters.any(|letter| letter == wanted)).then_some(Fit::Spells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_in_ways() {
        let cases = [
            ("new", "new", Some(Fit::Same)),
            ("New", "new", Some(Fit::SameButForCase)),
            ("newer", "NEW", Some(Fit::Begins)),
            ("renew", "new", Some(Fit::Holds)),
            ("node_wide", "ndw", Some(Fit::Spells)),
            ("wend", "new", None),
        ];
        for (name, query, expected) in cases {
            assert_eq!(fit(name, query, &query.to_lowercase()), expected, "{name} {query}");
        }
    }
}
