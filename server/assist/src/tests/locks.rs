//! Locks: which of them a change of a manifest leaves behind.

use super::Sandbox;
use super::review::{reviewed, told};
use crate::review::Options;

/// What a lock says, and whether it was to change with the manifest.
#[test]
fn a_lock_is_judged_by_what_it_holds() {
    let package = |more: &str| {
        format!(
            "{{\n  \"devDependencies\": {{\n    \"a\": \"1.0.0\"\n  }},\n  \"peerDependencies\": {{\n    \"p\": \"1.0.0\"\n  }},\n{more}}}\n"
        )
    };
    let manager = |version: &str| package(&format!("  \"packageManager\": \"pnpm@{version}\"\n"));
    let lock = "importers:\n  packages/in:\n    devDependencies: {}\n";
    let cases = [
        ("package.json", package(""), package("").replace("\"a\": \"1.0.0", "\"a\": \"1.0.1"), true),
        ("package.json", package(""), package("").replace("\"p\": \"1.0.0", "\"p\": \"1.0.1"), false),
        ("package.json", manager("10.1.0"), manager("10.2.0"), false),
        ("packages/in/package.json", package(""), package("").replace("\"a\": \"1", "\"a\": \"2"), true),
        ("packages/out/package.json", package(""), package("").replace("\"a\": \"1", "\"a\": \"2"), false),
    ];
    for (path, old, new, found) in cases {
        let sandbox = Sandbox::with(&[(path, old.as_str()), ("pnpm-lock.yaml", lock)]);
        sandbox.write(&[(path, new.as_str())]);
        let review = reviewed(&sandbox, &Options::default());
        assert_eq!(!review.findings.is_empty(), found, "{path} {new}: {:?}", review.findings);
    }
}

#[test]
fn a_lock_is_out_of_step_where_there_was_one_and_packages_are_not_released_together() {
    let manifest = |version: &str, parser: &str, rollup: &str| {
        format!(
            "{{\n  \"name\": \"a\",\n  \"version\": \"{version}\",\n  \"dependencies\": {{\n    \"@us/parser\": \"{parser}\",\n    \
             \"rollup\": \"^{rollup}\"\n  }}\n}}\n"
        )
    };
    let before = manifest("8.53.1", "8.53.1", "4.1.0");
    for (lock, after, expected) in [
        ("pnpm-lock.yaml", manifest("8.54.0", "8.54.0", "4.1.0"), false),
        ("pnpm-lock.yaml", manifest("8.54.0", "8.54.0", "4.2.0"), true),
        ("pnpm-lock.yaml", manifest("8.54.0", "9.0.0", "4.1.0"), true),
        ("pnpm-lock.yaml", manifest("8.53.1", "8.54.0", "4.1.0"), true),
        ("notes.txt", manifest("8.53.1", "8.54.0", "4.1.0"), false),
    ] {
        let sandbox = Sandbox::with(&[("package.json", before.as_str()), (lock, "x\n")]);
        sandbox.write(&[("package.json", after.as_str())]);
        let told = told(&reviewed(&sandbox, &Options::default())).join(" ");
        assert_eq!(told.contains("lock-out-of-step"), expected, "{lock} {after}: {told}");
    }
    // One that came with the change holds nothing that it could have held before.
    let sandbox = Sandbox::with(&[("package.json", before.as_str()), ("yarn.lock", "x\n")]);
    sandbox.write(&[
        ("package.json", manifest("8.53.1", "8.54.0", "4.2.0").as_str()),
        ("yarn.lock", "y\n"),
        ("pnpm-lock.yaml", "x\n"),
    ]);
    assert_eq!(told(&reviewed(&sandbox, &Options::default())).len(), 0);
}
