//! Which scope a change has: the one that most commits gave that touched the same folders.

use super::classify::Example;
use std::collections::HashMap;

#[derive(Debug, Clone, Default)]
pub struct Scopes {
    /// Folder or file to scope to weight.
    places: HashMap<String, HashMap<String, f64>>,
    /// How often commits of a place went without a scope.
    without: HashMap<String, f64>,
}

impl Scopes {
    pub fn learn(examples: &[Example]) -> Self {
        let mut scopes = Self::default();
        for example in examples {
            let mut places: Vec<String> = example.paths.iter().flat_map(|(path, _)| places(path)).collect();
            places.sort_unstable();
            places.dedup();
            for place in places {
                match &example.scope {
                    Some(scope) => {
                        *scopes.places.entry(place).or_default().entry(scope.clone()).or_default() += 1.0
                    }
                    None => *scopes.without.entry(place).or_default() += 1.0,
                }
            }
        }
        scopes
    }

    /// The scope for these paths; `None` where nothing was learned of them, or where most commits of the same
    /// places have none.
    pub fn of(&self, paths: &[&str]) -> Option<String> {
        let mut scores: HashMap<&str, f64> = HashMap::new();
        // The deepest place that is known says whether a scope is usual there.
        let known = |path: &&&str| {
            let of = |place: &String| {
                let with: f64 = self.places.get(place).map_or(0.0, |counts| counts.values().sum());
                let without = self.without.get(place).copied().unwrap_or(0.0);
                (with + without > 0.0).then_some(with >= without)
            };
            places(path).iter().rev().find_map(of)
        };
        let (usual, unusual): (Vec<bool>, Vec<bool>) =
            paths.iter().take(50).filter_map(|path| known(&path)).partition(|usual| *usual);
        if unusual.len() > usual.len() {
            return None;
        }
        for path in paths.iter().take(50) {
            for (depth, place) in places(path).into_iter().enumerate() {
                let Some(counts) = self.places.get(&place) else { continue };
                let all: f64 = counts.values().sum();
                for (scope, count) in counts {
                    // The deeper a place, the more it says.
                    let weight = (count / all) * (count / (count + 1.0)) * 3f64.powi(depth as i32);
                    *scores.entry(scope).or_default() += weight / paths.len() as f64;
                }
            }
        }
        let best = scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0)))?;
        Some(best.0.to_owned())
    }
}

/// A path's folders from the top, and itself.
fn places(path: &str) -> Vec<String> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end).map(str::to_owned)).collect()
}

/// What to call a place that has no scope yet: its package, else its first telling folder.
pub(crate) fn fallback(paths: &[&str]) -> Option<String> {
    const MUTE: [&str; 10] =
        ["src", "lib", "crates", "packages", "server", "app", "apps", "tests", "test", "source"];
    let name = |path: &&str| -> Option<String> {
        let folders: Vec<&str> = path.split('/').collect();
        let folders = folders.get(..folders.len() - 1)?;
        folders
            .iter()
            .find(|folder| !MUTE.contains(folder) && !folder.starts_with('.'))
            .map(|name| (*name).to_owned())
    };
    let mut names = paths.iter().map(name);
    let first = names.next()??;
    names.all(|name| name.as_ref() == Some(&first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_changes::Status;

    #[test]
    fn places_teach_scopes() {
        let example = |path: &str, scope: Option<&str>| Example {
            kind: "fix".into(),
            scope: scope.map(str::to_owned),
            paths: vec![(path.to_owned(), Status::Modified)],
        };
        let scopes = Scopes::learn(&[
            example("a/core/x.rs", Some("core")),
            example("a/core/y.rs", Some("core")),
            example("a/ui/x.ts", Some("ui")),
            example("b/z.rs", None),
        ]);
        let cases = [("a/core/new.rs", Some("core")), ("a/ui/new.ts", Some("ui")), ("c/new.rs", None)];
        for (path, expected) in cases {
            assert_eq!(scopes.of(&[path]).as_deref(), expected, "{path}");
        }
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/hir/src/b.rs"]).as_deref(), Some("hir"));
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/ide/src/b.rs"]), None);
    }
}
