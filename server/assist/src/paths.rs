//! What a path says of a file: tests, documentation, locks, configuration.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    Source,
    Test,
    Documentation,
    /// Written by a package manager.
    Lock,
    /// Names dependencies.
    Manifest,
    /// Of a service that builds and tests.
    Pipeline,
    Other,
}

const LOCKS: [&str; 12] = [
    "cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pipfile.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
    "bun.lockb",
];
const MANIFESTS: [&str; 9] = [
    "cargo.toml",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pipfile",
    "go.mod",
    "gemfile",
    "composer.json",
];
const PROSE: [&str; 6] = ["md", "rst", "adoc", "txt", "mdx", "ipynb"];
const SOURCES: [&str; 34] = [
    "rs", "py", "pyi", "ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts", "go", "java", "kt", "c", "h",
    "cc", "cpp", "hpp", "cs", "rb", "php", "swift", "scala", "sh", "lua", "zig", "vue", "svelte", "css",
    "scss", "html", "sql", "ex",
];

pub fn purpose(path: &str) -> Purpose {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let folder = |wanted: &[&str]| lower.split('/').rev().skip(1).any(|part| wanted.contains(&part));
    let stem = name.split('.').next().unwrap_or_default();
    if LOCKS.contains(&name) {
        Purpose::Lock
    } else if MANIFESTS.contains(&name) || stem.starts_with("requirements") && extension == "txt" {
        Purpose::Manifest
    } else if lower.starts_with(".github/") || lower.starts_with(".circleci/") || name == ".gitlab-ci.yml" {
        Purpose::Pipeline
    } else if folder(&["tests", "test", "__tests__", "spec", "testdata", "fixtures", "e2e"])
        || ["test_", "tests_"].iter().any(|start| stem.starts_with(start))
        || ["_test", "_tests", "_spec"].iter().any(|end| stem.ends_with(end))
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".vitest.")
        || ["tests.rs", "conftest.py"].contains(&name)
    {
        Purpose::Test
    } else if PROSE.contains(&extension) || folder(&["docs", "doc"]) || ["license", "readme"].contains(&stem)
    {
        Purpose::Documentation
    } else if SOURCES.contains(&extension) {
        Purpose::Source
    } else {
        Purpose::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_their_purpose() {
        let cases = [
            ("src/main.rs", Purpose::Source),
            ("Cargo.lock", Purpose::Lock),
            ("web/package.json", Purpose::Manifest),
            ("requirements-dev.txt", Purpose::Manifest),
            (".github/workflows/ci.yml", Purpose::Pipeline),
            ("tests/a.rs", Purpose::Test),
            ("src/a.test.ts", Purpose::Test),
            ("pkg/test_a.py", Purpose::Test),
            ("src/contest.rs", Purpose::Source),
            ("README.md", Purpose::Documentation),
            ("docs/conf.py", Purpose::Documentation),
            ("logo.svg", Purpose::Other),
        ];
        for (path, expected) in cases {
            assert_eq!(purpose(path), expected, "{path}");
        }
    }
}
