//! Which scope a change has: the most probable by what commits of such files were given (`learner.rs`).

use super::classify::Example;
use super::features::features;
use super::learner::Learner;
use trust_changes::Status;

/// A scope is given from this probability on that there is one: to leave out one that is usual is worse than to give one
/// that is right and not usual.
const USUAL: f64 = 0.4;
/// The label of commits without a scope.
const NONE: &str = "";

#[derive(Debug, Clone, Default)]
pub struct Scopes(Learner);

impl Scopes {
    /// From examples in the order in which a log has them: the newest first.
    pub fn learn(examples: &[Example]) -> Self {
        let mut learned = Learner::default();
        for example in examples.iter().rev() {
            learned.learn(&features(&example.paths), example.scope.as_deref().unwrap_or(NONE));
        }
        Self(learned)
    }

    /// The scope for these paths; `None` where nothing was learned, or where commits like this have none.
    pub fn of(&self, paths: &[(String, Status)]) -> Option<String> {
        let features = features(paths);
        let asked = self.0.ask(&features);
        let without = asked.iter().find(|(label, _)| *label == NONE).map_or(0.0, |(_, share)| *share);
        let named = asked.into_iter().filter(|(label, _)| *label != NONE);
        let (best, _) = named.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0)))?;
        (1.0 - without >= USUAL).then(|| best.to_owned())
    }
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

    #[test]
    fn places_teach_scopes() {
        let example = |path: &str, scope: Option<&str>| Example {
            kind: "fix".into(),
            scope: scope.map(str::to_owned),
            paths: vec![(path.to_owned(), Status::Modified)],
        };
        let one = [
            example("a/core/x.rs", Some("core")),
            example("a/core/y.rs", Some("core")),
            example("a/ui/x.ts", Some("ui")),
            example("b/z.md", None),
        ];
        let scopes = Scopes::learn(&vec![one; 10].concat());
        let cases = [("a/core/new.rs", Some("core")), ("a/ui/new.ts", Some("ui")), ("b/new.md", None)];
        for (path, expected) in cases {
            let asked = [(path.to_owned(), Status::Modified)];
            assert_eq!(scopes.of(&asked).as_deref(), expected, "{path}");
        }
        assert_eq!(Scopes::default().of(&[]), None);
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/hir/src/b.rs"]).as_deref(), Some("hir"));
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/ide/src/b.rs"]), None);
    }
}
