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
/// How many times as probable a scope is that names a folder of all that is touched: what was committed last counts most, and
/// where little was learned, whatever that was called. By commits of two repositories: 2 to 7 scopes in 100 more are right where
/// the 5 to 50 commits before had taught (417 each), 3 to 5 where 200 had (100 each).
const PLACED: f64 = 7.0;

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
        let weighed =
            named.map(|(label, share)| (label, if is_place(label, paths) { PLACED * share } else { share }));
        let (best, _) = weighed.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0)))?;
        (1.0 - without >= USUAL).then(|| best.to_owned())
    }
}

/// Whether a scope names a folder, or several that lie in one another, in which all of these paths are.
fn is_place(scope: &str, paths: &[(String, Status)]) -> bool {
    let (first, inside) = (format!("{scope}/"), format!("/{scope}/"));
    paths.iter().all(|(path, _)| path.starts_with(&first) || path.contains(&inside))
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
        // The newest, of few.
        let few = ["all", "net/http", "net/http", "net/url", "net/http"];
        let few = few.map(|scope| example("src/net/http/x.rs", Some(scope)));
        let asked = |paths: &[&str]| {
            let asked: Vec<_> = paths.iter().map(|path| ((*path).to_owned(), Status::Modified)).collect();
            Scopes::learn(&few).of(&asked)
        };
        assert_eq!(asked(&["src/net/http/x.rs"]).as_deref(), Some("net/http"));
        assert_eq!(asked(&["src/net/http/x.rs", "src/other/x.rs"]).as_deref(), Some("all"));
        for (path, expected) in [
            ("net/http/x.rs", true),
            ("a/net/http/b/x.rs", true),
            ("net/http", false),
            ("net/https/x.rs", false),
            ("a.net/http/x.rs", false),
        ] {
            assert_eq!(is_place("net/http", &[(path.to_owned(), Status::Modified)]), expected, "{path}");
        }
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/hir/src/b.rs"]).as_deref(), Some("hir"));
        assert_eq!(fallback(&["crates/hir/src/a.rs", "crates/ide/src/b.rs"]), None);
    }
}
