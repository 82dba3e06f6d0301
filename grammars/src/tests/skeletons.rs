//! Skeletons say what the whole file says.

use super::FIXTURES;
use crate::skeleton::Skeleton;
use crate::walk::walk;
use crate::{Language, PARSE_LIMIT, outline, outline_whole, parse_str, syntax_errors};
use proptest::prelude::*;

/// What is hard to cut: each literal that may hold brackets, each brace that holds no body.
const TRICKY: &[(&str, &str)] = &[
    ("tricky.rs", include_str!("../../rust/fixtures/tricky.rs")),
    ("tricky.py", include_str!("../../python/fixtures/tricky.py")),
    ("tricky.ts", include_str!("../../typescript/fixtures/tricky.ts")),
    ("tricky.tsx", include_str!("../../typescript/fixtures/tricky.tsx")),
    ("tricky.js", include_str!("../../javascript/fixtures/tricky.js")),
];

fn skeleton(language: Language, source: &str) -> Option<Skeleton> {
    language.spec().cutter.and_then(|cutter| Skeleton::cut(cutter, source))
}

#[test]
fn skeletons_say_what_the_whole_says() {
    let fixtures = FIXTURES.iter().map(|(name, source, _)| (name, source));
    for (name, source) in fixtures.chain(TRICKY.iter().map(|(name, source)| (name, source))) {
        let language = Language::from_path(name.as_ref()).unwrap();
        let Some(cutter) = language.spec().cutter else { continue };
        let whole = outline_whole(language, source, PARSE_LIMIT);
        let skeleton = Skeleton::cut(cutter, source).unwrap();
        let tree = parse_str(language, &skeleton.text, PARSE_LIMIT).unwrap();
        assert_eq!(syntax_errors(&tree), 0, "{name}:\n{}", skeleton.text);
        assert!(skeleton.text.len() < source.len(), "{name}");
        let ours = walk(language, &tree, source, Some(&skeleton));
        let names = |outline: &crate::Outline| -> Vec<String> {
            outline
                .definitions
                .iter()
                .map(|found| format!("{:?} {}", found.kind, &source[found.name.clone()]))
                .collect()
        };
        assert_eq!(names(&ours), names(&whole), "{name}");
        assert_eq!(ours, whole, "{name}");
    }
}

#[test]
fn bodies_are_left_out() {
    let cases = [
        (Language::Rust, "fn a(b: C) -> D { '{'; \"}\"; r#\"}\"# }", "fn a() {}"),
        (
            Language::Rust,
            "#[x]\nimpl<'a> A<'a> { /// d\n fn b(&self) { '\\'' } }",
            "\nimpl A<'a> { \n fn b() {} }",
        ),
        (Language::Rust, "const A: &[B] = &[B { c: 1 }];", "const A: T = 0;"),
        (Language::Rust, "x! { struct A { b: C } }", "x! {}"),
        (
            Language::Python,
            "def a(b: C = {}) -> D:\n    return 1\n# x\nA = [1]\n",
            "def a() -> D:0\n\nA = []\n",
        ),
        (
            Language::Python,
            "class A(B):\n  async def c(self): d()\n  e = f(1)\n",
            "class A():\n  async def c():0\n  e = f()\n",
        ),
        (Language::TypeScript, "class A { b(c: D): E { `}${`{`}`; /[}]/ } }", "class A { b() {} }"),
        (
            Language::TypeScript,
            "const a = { b() {} }\nclass C<D extends {}> { e = () => {f()} }",
            "const a = {}\nclass C<D extends {}> { e = () => {} }",
        ),
        (
            Language::Tsx,
            "function A() { return <p a='{'>don't {b}</p> }\nclass B {}",
            "function A() {}\nclass B {}",
        ),
    ];
    for (language, source, expected) in cases {
        assert_eq!(skeleton(language, source).unwrap().text, expected);
    }
}

#[test]
fn what_does_not_match_is_not_cut() {
    let cases = [
        (Language::Rust, "fn a() { ( }"),
        (Language::Rust, "fn a() { \"}"),
        (Language::Rust, "fn a() { /* }"),
        (Language::Python, "def a(:\n  '''\n"),
        (Language::TypeScript, "f(`${`);"),
    ];
    for (language, source) in cases {
        assert!(skeleton(language, source).is_none(), "{source}");
    }
}

const PIECES: &[&str] = &[
    "fn a() ",
    "impl B ",
    "struct C",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "\n",
    " ",
    "    ",
    "é",
    "'",
    "\"",
    "`",
    "${",
    "/",
    "//",
    "/*",
    "*/",
    "#",
    "=",
    ";",
    ":",
    ",",
    "class D ",
    "def e():",
    "async ",
    "'''",
    "\"\"\"",
    "\\",
    "r#\"",
    "\"#",
    "return 1",
    "=> ",
    "<p>",
    "</p>",
    "<q/>",
    "const f = ",
    "@g",
    "export ",
    "interface H ",
    "enum I ",
    "// x\n",
    "/** y */",
];

proptest! {
    /// Every byte of a skeleton stands where it says, but those that stand for a body.
    #[test]
    fn skeletons_map_back(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let source = pieces.concat();
        for language in Language::ALL {
            if let Some(skeleton) = skeleton(language, &source) {
                for (at, byte) in skeleton.text.bytes().enumerate() {
                    let own = source.as_bytes()[skeleton.offset(at)];
                    prop_assert!(own == byte || matches!(byte, b'0' | b')' | b'T'), "{language:?} {source:?}\n{:?}", skeleton.text);
                }
            }
            for found in outline(language, &source).definitions {
                prop_assert!(source.get(found.name.clone()).is_some_and(|name| !name.is_empty()));
                prop_assert!(source.get(found.item.clone()).is_some());
                prop_assert!(source.get(found.signature.clone()).is_some());
            }
        }
    }
}
