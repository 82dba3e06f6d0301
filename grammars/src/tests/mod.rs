//! Definitions of the fixtures in each language's folder, and of files made to do harm.
//!
//! A fixture `x.ext` is a source; `x.ext.definitions` beside it lists what it defines: two spaces for each
//! level, kind, name, and the signature with its white space folded.

use crate::outline::outline_within;
use crate::{Definition, Language, Locals, outline, outline_of, parse_str};
mod facts;
mod locals;
mod skeletons;

use std::fmt::Write;
use std::time::{Duration, Instant};

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

/// Bytes of a fixed sequence, as text.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    let bytes: Vec<u8> = (0..length).map(|_| next()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Shorter than the product's, since here many parses run into it.
const LIMIT: Duration = Duration::from_millis(200);

#[test]
fn hostile_files_take_no_longer_than_the_limit() {
    let object: String =
        (0..60_000).fold("const x = {".to_owned(), |text, i| text + &format!("k{i}: [1, 2],"));
    let cases = [
        ("unclosed parentheses", "(".repeat(200_000)),
        ("half items", "fn a(){ x[".repeat(50_000)),
        ("noise", noise(500_000)),
        ("one line", object + "};"),
        ("nested modules", "mod a { ".repeat(40_000)),
        ("nested classes", "class A { m = ".repeat(40_000)),
        ("nested brackets", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("nested blocks", (0..1_000).map(|depth| format!("{}class A:\n", " ".repeat(depth))).collect()),
        ("nested elements", "<a>".repeat(100_000)),
        ("nested impls", "impl A for B { ".repeat(40_000)),
        ("errors side by side", ") fn ( ".repeat(80_000)),
        ("one long name", "fn ".to_owned() + &"a".repeat(500_000) + "() {}"),
        ("elements that never end", "x = <a b>".repeat(60_000)),
        ("apostrophes", "x = 'a".repeat(80_000)),
        ("comment ends", "*/\nfn a() {}\n".repeat(30_000)),
        ("comments", "//\n".repeat(150_000)),
        ("templates", "`${".repeat(100_000)),
        ("empty", String::new()),
    ];
    for (name, source) in &cases {
        for language in Language::ALL {
            let started = Instant::now();
            let tree = parse_str(language, source, LIMIT);
            let parsed = started.elapsed();
            let found =
                tree.as_ref().map(|tree| outline_of(language, tree, source).definitions).unwrap_or_default();
            let errors = tree.as_ref().map(crate::syntax_errors);
            let names = crate::identifiers(source).count();
            let middle = source.floor_char_boundary(source.len() / 2);
            let scopes = tree.as_ref().and_then(|tree| Locals::around(language, tree, source, middle));
            scopes.map(|scopes| (0..8).filter(|more| scopes.at(source, middle + more).is_some()).count());
            let walked = started.elapsed() - parsed;
            let started = Instant::now();
            let outlined = outline_within(language, source, LIMIT).definitions.len();
            let told = format!(
                "{name}, {language:?}: parsed in {parsed:?}, walked in {walked:?}, {} found, {errors:?} errors, \
                 {names} names; {outlined} found by skeleton in {:?}",
                found.len(),
                started.elapsed(),
            );
            println!("{told}");
            assert!(parsed < 10 * LIMIT && walked < 10 * LIMIT && started.elapsed() < 10 * LIMIT, "{told}");
            assert!(found.iter().all(|d| !d.name.is_empty()));
        }
    }
}
