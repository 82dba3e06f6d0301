//! What is said of changes that are easily confused; each case a pair of texts.

use crate::{Language, SymbolChange, Verdict, symbol_changes};

fn told(symbol: &SymbolChange) -> String {
    let verdict = match &symbol.verdict {
        Verdict::Renamed { from } => format!("renamed from {from}"),
        Verdict::Moved { from } => format!("moved from {from}"),
        Verdict::Split { from } => format!("split from {from}"),
        Verdict::Merged { into } => format!("merged into {into}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let name = if symbol.kind.is_some() { &symbol.path } else { "(top level)" };
    let aspects: String = symbol.aspects.iter().map(|aspect| format!(" {aspect:?}").to_lowercase()).collect();
    format!("{name} {verdict}{aspects}")
}

#[test]
fn changes_are_told_apart() {
    let cases: [(&str, Language, &str, &str, &[&str]); 24] = [
        ("equal", Language::Rust, "fn a() { 1 }\n", "fn a() { 1 }\n", &[]),
        ("layout", Language::Rust, "fn a() { 1 }\n", "fn a() {\n    1\n}\n", &["a changed whitespace"]),
        ("visibility", Language::Rust, "fn a() { 1 }\n", "pub fn a() { 1 }\n", &["a changed signature"]),
        (
            "signature and body",
            Language::Rust,
            "fn a() { 1 }\n",
            "fn a(b: u8) { b }\n",
            &["a changed signature body"],
        ),
        (
            "a constant's value",
            Language::Rust,
            "pub const A: usize = 6;\n",
            "pub const A: usize = 7;\n",
            &["A changed body"],
        ),
        (
            "a constant's type",
            Language::Rust,
            "const A: u8 = 6;\n",
            "const A: u16 = 6;\n",
            &["A changed signature"],
        ),
        (
            "a value behind an arrow",
            Language::TypeScript,
            "export const A: (a: B) => C = one;\n",
            "export const A: (a: B) => C = two;\n",
            &["A changed body"],
        ),
        ("a value of a module", Language::Python, "LIMIT = 6\n", "LIMIT = 7\n", &["LIMIT changed body"]),
        (
            "an attribute",
            Language::Rust,
            "struct A { b: u8 }\n",
            "#[derive(Debug)]\nstruct A { b: u8 }\n",
            &["A changed attributes"],
        ),
        (
            "documentation",
            Language::Rust,
            "/// One.\nfn a() { 1 }\n",
            "/// Two.\nfn a() { 1 }\n",
            &["a changed documentation"],
        ),
        (
            "an import",
            Language::Rust,
            "use a::b;\nfn a() {}\n",
            "use a::c;\nfn a() {}\n",
            &["(top level) changed body"],
        ),
        (
            "a recursive function's name",
            Language::Rust,
            "fn count(n: u8) -> u8 { if n == 0 { 0 } else { 1 + count(n - 1) } }\n",
            "fn tally(n: u8) -> u8 { if n == 0 { 0 } else { 1 + tally(n - 1) } }\n",
            &["tally renamed from count"],
        ),
        (
            "a type's name, with its members",
            Language::Rust,
            "struct Old { a: u8, b: u16, c: u32 }\nimpl Old { fn get(&self) -> u8 { self.a + 1 } fn put(&self) -> u8 { self.a } }\n",
            "struct New { a: u8, b: u16, c: u32 }\nimpl New { fn get(&self) -> u8 { self.a + 1 } fn put(&self) -> u8 { self.a } }\n",
            &["New renamed from Old", "New renamed from Old"],
        ),
        (
            "into another type",
            Language::Rust,
            "impl A { fn long(&self) -> u8 { self.one + self.two } }\nimpl B { fn b() {} }\n",
            "impl A { }\nimpl B { fn b() {} fn long(&self) -> u8 { self.one + self.two } }\n",
            &["B::long moved from A::long"],
        ),
        (
            "a field beside methods",
            Language::TypeScript,
            "class A {\n  x = 1;\n  m() { return 1; }\n}\n",
            "class A {\n  x = 2;\n  m() { return 1; }\n}\n",
            &["A changed body"],
        ),
        (
            "a method only",
            Language::TypeScript,
            "class A {\n  x = 1;\n  m() { return 1; }\n}\n",
            "class A {\n  x = 1;\n  m() { return 2; }\n}\n",
            &["A.m changed body"],
        ),
        (
            "what a line end means",
            Language::JavaScript,
            "function f() {\n  return 1;\n}\n",
            "function f() {\n  return\n  1;\n}\n",
            &["f changed body"],
        ),
        (
            "indentation that means something",
            Language::Python,
            "def f(x):\n    if x:\n        a()\n        b()\n",
            "def f(x):\n    if x:\n        a()\n    b()\n",
            &["f changed body"],
        ),
        (
            "indentation that means nothing",
            Language::Python,
            "def f(x):\n    if x:\n        a()\n",
            "def f(x):\n  if x:\n    a()\n",
            &["f changed whitespace"],
        ),
        (
            "white space in a string",
            Language::Python,
            "def f():\n    return 'a b'\n",
            "def f():\n    return 'a  b'\n",
            &["f changed body"],
        ),
        (
            "a documentation string",
            Language::Python,
            "def f():\n    '''One.'''\n    return 1\n",
            "def f():\n    '''Two.'''\n    return 1\n",
            &["f changed documentation"],
        ),
        (
            "a decorator",
            Language::Python,
            "def f():\n    return 1\n",
            "@cached\ndef f():\n    return 1\n",
            &["f changed attributes"],
        ),
        (
            "a first method before others",
            Language::Python,
            "class A:\n    def b(self):\n        return 1\n",
            "class A:\n    def a(self):\n        return 0\n\n    def b(self):\n        return 1\n",
            &["A.a added"],
        ),
        (
            "blank lines between",
            Language::Python,
            "def a(): 1\n\ndef b(): 2\n",
            "def a(): 1\n\n\n\ndef b(): 2\n",
            &[],
        ),
    ];
    for (name, language, old, new, expected) in cases {
        let found: Vec<String> =
            symbol_changes(language, old, new, &|| false).unwrap().iter().map(told).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_is_for_everybody() {
    let cases = [
        (Language::Rust, "pub fn a() {}\n", true),
        (Language::Rust, "pub(crate) fn a() {}\n", false),
        (Language::Rust, "fn a() {}\n", false),
        (Language::Python, "def a(): 1\n", true),
        (Language::Python, "def _a(): 1\n", false),
        (Language::TypeScript, "export function a() {}\n", true),
        (Language::TypeScript, "function a() {}\n", false),
        (Language::JavaScript, "export const a = 1;\n", true),
    ];
    for (language, source, expected) in cases {
        assert_eq!(symbol_changes(language, "", source, &|| false).unwrap()[0].public, expected, "{source}");
    }
}

#[test]
fn a_file_may_have_thousands_of_symbols() {
    let text = |value: &str| -> String {
        let one = |n: u32| format!("fn function_{n}() -> u32 {{\n    let a = {n};\n    a + {value}\n}}\n\n");
        (0..8_000).map(one).collect()
    };
    let start = std::time::Instant::now();
    let found = symbol_changes(Language::Rust, &text("1"), &text("2"), &|| false).unwrap();
    println!("{:?}", start.elapsed());
    assert_eq!(found.iter().filter(|symbol| symbol.verdict == Verdict::Changed).count(), 8_000);
}
