//! Definitions of the fixtures in each language's folder.
//!
//! A fixture `x.ext` is a source; `x.ext.definitions` beside it lists what it defines: two spaces for each
//! level, kind, name, and the signature with its white space folded.

use crate::{Definition, Language, outline};
mod facts;
mod hostile;
mod skeletons;

use std::fmt::Write;

const FIXTURES: &[(&str, &str, &str)] = &[
    (
        "items.rs",
        include_str!("../../rust/fixtures/items.rs"),
        include_str!("../../rust/fixtures/items.rs.definitions"),
    ),
    (
        "items.py",
        include_str!("../../python/fixtures/items.py"),
        include_str!("../../python/fixtures/items.py.definitions"),
    ),
    (
        "items.ts",
        include_str!("../../typescript/fixtures/items.ts"),
        include_str!("../../typescript/fixtures/items.ts.definitions"),
    ),
    (
        "component.tsx",
        include_str!("../../typescript/fixtures/component.tsx"),
        include_str!("../../typescript/fixtures/component.tsx.definitions"),
    ),
    (
        "items.js",
        include_str!("../../javascript/fixtures/items.js"),
        include_str!("../../javascript/fixtures/items.js.definitions"),
    ),
    (
        "items.go",
        include_str!("../../go/fixtures/items.go"),
        include_str!("../../go/fixtures/items.go.definitions"),
    ),
    (
        "items.java",
        include_str!("../../java/fixtures/items.java"),
        include_str!("../../java/fixtures/items.java.definitions"),
    ),
    (
        "items.c",
        include_str!("../../c/fixtures/items.c"),
        include_str!("../../c/fixtures/items.c.definitions"),
    ),
    (
        "items.cpp",
        include_str!("../../cpp/fixtures/items.cpp"),
        include_str!("../../cpp/fixtures/items.cpp.definitions"),
    ),
    (
        "items.cs",
        include_str!("../../csharp/fixtures/items.cs"),
        include_str!("../../csharp/fixtures/items.cs.definitions"),
    ),
    (
        "items.rb",
        include_str!("../../ruby/fixtures/items.rb"),
        include_str!("../../ruby/fixtures/items.rb.definitions"),
    ),
    (
        "items.php",
        include_str!("../../php/fixtures/items.php"),
        include_str!("../../php/fixtures/items.php.definitions"),
    ),
    (
        "items.sh",
        include_str!("../../bash/fixtures/items.sh"),
        include_str!("../../bash/fixtures/items.sh.definitions"),
    ),
    (
        "items.lua",
        include_str!("../../lua/fixtures/items.lua"),
        include_str!("../../lua/fixtures/items.lua.definitions"),
    ),
    (
        "items.kt",
        include_str!("../../kotlin/fixtures/items.kt"),
        include_str!("../../kotlin/fixtures/items.kt.definitions"),
    ),
];

fn listing(source: &str, found: &[Definition]) -> String {
    let mut text = String::new();
    for definition in found {
        let mut depth = 0;
        let mut at = definition.parent;
        while let Some(parent) = at {
            depth += 1;
            at = found[parent].parent;
        }
        let signature: Vec<&str> = source[definition.signature.clone()].split_whitespace().collect();
        let name = &source[definition.name.clone()];
        writeln!(
            text,
            "{:indent$}{:?} {name} | {}",
            "",
            definition.kind,
            signature.join(" "),
            indent = depth * 2
        )
        .unwrap();
    }
    text
}

#[test]
fn fixtures_define_what_their_lists_say() {
    for (name, source, expected) in FIXTURES {
        let language = Language::from_path(name.as_ref()).unwrap();
        let found = listing(source, &outline(language, source).definitions);
        assert_eq!(found, *expected, "{name} defines\n{found}");
    }
}

#[test]
fn ranges_are_in_order() {
    for (name, source, _) in FIXTURES {
        let language = Language::from_path(name.as_ref()).unwrap();
        let found = outline(language, source).definitions;
        for (index, definition) in found.iter().enumerate() {
            let Definition { name, item, signature, parent, .. } = definition;
            assert!(item.start <= signature.start && signature.end <= item.end, "{definition:?}");
            assert!(signature.start <= name.start && name.end <= signature.end, "{definition:?}");
            assert!(parent.is_none_or(|parent| parent < index && found[parent].item.end >= item.end));
        }
    }
}

#[test]
fn broken_files_still_define() {
    let cases = [
        (Language::Rust, "fn a() {\nfn b() {}\nstruct C;", "b"),
        (Language::Rust, "fn whole() {}\nfn () {}\nstruct {}\nimpl {}", "whole"),
        (Language::Python, "def a(:\n  pass\nclass B:\n  def c(self): pass\n", "B"),
        (Language::TypeScript, "class A { m( {} }\nfunction whole() {}", "whole"),
        (Language::JavaScript, "function f() {} }}} const g = (", "f"),
    ];
    for (language, source, name) in cases {
        let found = outline(language, source).definitions;
        assert!(
            found.iter().any(|d| &source[d.name.clone()] == name),
            "{source}\n{}",
            listing(source, &found)
        );
        assert!(found.iter().all(|d| !d.name.is_empty()));
    }
}
