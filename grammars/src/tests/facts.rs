//! What an outline says beside names: documentation, imports, hashes of bodies.

use crate::{Language, outline};

#[test]
fn documentation_is_found() {
    let cases = [
        (Language::Rust, "//! no\n/// One.\n/// Two.\n#[x]\npub fn a() {}", Some("/// One.\n/// Two.")),
        (Language::Rust, "/** One.\n * Two. */\nfn a() {}", Some("/** One.\n * Two. */")),
        (Language::Rust, "// no\nfn a() {}", None),
        (Language::Rust, "/// no\n\nfn a() {}", None),
        (Language::Rust, "/// no\nenum b { a }", None),
        (
            Language::Python,
            "def a():\n    # no\n    r'''One.\n    Two.'''\n    b()",
            Some("r'''One.\n    Two.'''"),
        ),
        (Language::Python, "class a(b):\n    'One \\' two.'", Some("'One \\' two.'")),
        (Language::Python, "def a(): return 'no'", None),
        (Language::TypeScript, "/** One. */\n@b\nexport class a {}", Some("/** One. */")),
        (Language::TypeScript, "/* no */\nexport class a {}", None),
        (Language::TypeScript, "let b; /** no */\nconst a = 1;", None),
    ];
    for (language, source, expected) in cases {
        let found = outline(language, source).definitions;
        let a = found.iter().find(|found| &source[found.name.clone()] == "a").unwrap();
        assert_eq!(a.documentation.clone().map(|range| &source[range]), expected, "{source}");
    }
}

#[test]
fn imports_are_found() {
    let cases: [(_, _, &[&str]); 3] = [
        (
            Language::Rust,
            "use a::{b, c};\nextern crate d;\nfn f() { use e; }",
            &["use a::{b, c};", "extern crate d;"],
        ),
        (
            Language::Python,
            "import a\nfrom b import (c,\n d)\nx = 1",
            &["import a", "from b import (c,\n d)"],
        ),
        (
            Language::TypeScript,
            "import { a } from 'a';\nimport b from 'b'\n",
            &["import { a } from 'a';", "import b from 'b'"],
        ),
    ];
    for (language, source, expected) in cases {
        let found: Vec<&str> =
            outline(language, source).imports.into_iter().map(|range| &source[range]).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn equal_bodies_have_equal_hashes() {
    let source = "fn a(x: u32) { x + 1 }\nfn b(x: u64) { x + 1 }\nfn c(x: u32) { x + 2 }\n";
    let hashes: Vec<u64> =
        outline(Language::Rust, source).definitions.iter().map(|found| found.body_hash).collect();
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[0], hashes[2]);
}
