//! What names mean, and what is called with which arguments.

mod locals;

use super::*;
use crate::parse_str;
use std::time::Duration;

fn tree(language: Language, source: &str) -> Tree {
    parse_str(language, source, Duration::from_secs(5)).unwrap()
}

/// Where the names are that mean the same as the one at `‸`, written with `[ ]` around each.
fn marked(language: Language, source: &str) -> String {
    let offset = source.find('‸').unwrap();
    let source = source.replace('‸', "");
    let found = names(language, &tree(language, &source), &source).unwrap();
    let resolver = found.resolver(&source);
    let at = found.at(offset).unwrap();
    let (text, binding) = (resolver.text(at), resolver.binding(at));
    let same = |name: &&Name| {
        resolver.text(name) == text
            && resolver.binding(name) == binding
            && (binding.is_some() || name.role == at.role)
    };
    let mut ranges: Vec<_> = found.names.iter().filter(same).map(|name| name.range.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let mut out = source.clone();
    for range in ranges.into_iter().rev() {
        out.insert(range.end, ']');
        out.insert(range.start, '[');
    }
    out
}

#[test]
fn names_of_one_thing_are_found() {
    use Language::{JavaScript, Python, Rust, TypeScript};
    let cases = [
        (
            Rust,
            "fn f(‸a: u8) { let b = a; g(|a| a); b.a(a) }",
            "fn f([a]: u8) { let b = [a]; g(|a| a); b.a([a]) }",
        ),
        (Rust, "fn f() { let ‸a = 1; let a = a + 1; a; }", "fn f() { let [a] = 1; let a = [a] + 1; a; }"),
        (Rust, "fn f() { let a = 1; let ‸a = a + 1; a; }", "fn f() { let a = 1; let [a] = a + 1; [a]; }"),
        (
            Rust,
            "fn f(‸n: u8) { println!(\"{n} {} {{n}}\", n); x.n; P { n }; P { n: n }; }",
            "fn f([n]: u8) { println!(\"{[n]} {} {{n}}\", [n]); x.n; P { [n] }; P { n: [n] }; }",
        ),
        (
            Rust,
            "fn ‸go() {} fn h() { go(); x.go(); m::go(); } mod m { fn go() {} }",
            "fn [go]() {} fn h() { [go](); x.go(); m::go(); } mod m { fn go() {} }",
        ),
        (
            Rust,
            "impl A { fn ‸go(&self) { self.go() } } fn go() {}",
            "impl A { fn [go](&self) { self.[go]() } } fn go() {}",
        ),
        (Rust, "use a::‸B; fn f(b: B) -> c::B {}", "use a::[B]; fn f(b: [B]) -> c::B {}"),
        (Rust, "fn f<‸T>(t: T) -> T {} struct T;", "fn f<[T]>(t: [T]) -> [T] {} struct T;"),
        (
            Rust,
            "fn f(o: O) { match o { Some(‸v) if v > 1 => v, None => v } }",
            "fn f(o: O) { match o { Some([v]) if [v] > 1 => [v], None => v } }",
        ),
        (Rust, "fn f() { if let Some(‸v) = v() { v } }", "fn f() { if let Some([v]) = v() { [v] } }"),
        (
            Rust,
            "fn f(‸m: u8) { m::go(); m!(m); m.m; 'm: loop { break 'm } #[m] let n = m; }",
            "fn f([m]: u8) { m::go(); m!([m]); [m].m; 'm: loop { break 'm } #[m] let n = [m]; }",
        ),
        (
            Rust,
            "fn f(v: V) { if let Some(‸v) = v && v > 1 { v } else { v } }",
            "fn f(v: V) { if let Some([v]) = v && [v] > 1 { [v] } else { v } }",
        ),
        (
            Python,
            "def f(p):\n    match p:\n        case P(x=‸x, y=[z, *_]) if x: return x.x\n        case C.x: pass\n",
            "def f(p):\n    match p:\n        case P(x=[x], y=[z, *_]) if [x]: return [x].x\n        case C.x: pass\n",
        ),
        (Python, "import ‸a.b\ndef f():\n    a.b(b)\n", "import [a].b\ndef f():\n    [a].b(b)\n"),
        (
            JavaScript,
            "let ‸a; for (a of a.b) { a } for (const a of b) { a }",
            "let [a]; for ([a] of [a].b) { [a] } for (const a of b) { a }",
        ),
        (
            Python,
            "def f(‸a, b=a):\n    c = a.a + g(a=a)\n    return [a for a in c]\n",
            "def f([a], b=a):\n    c = [a].a + g(a=[a])\n    return [a for a in c]\n",
        ),
        (
            Python,
            "‸n = 1\ndef f():\n    global n\n    n = 2\ndef g():\n    n = 3\n",
            "[n] = 1\ndef f():\n    global [n]\n    [n] = 2\ndef g():\n    n = 3\n",
        ),
        (
            Python,
            "class A:\n    def ‸go(self):\n        self.go()\n        go()\n",
            "class A:\n    def [go](self):\n        self.[go]()\n        go()\n",
        ),
        (Python, "from m import ‸x as y, x\nx(f'{x}')\n", "from m import [x] as y, x\nx(f'{x}')\n"),
        (Python, "from m import ‸x\nx(f'{x}')\n", "from m import [x]\n[x](f'{[x]}')\n"),
        (
            TypeScript,
            "function f(‸a: A) { const { b, a: c } = a; return { a, b: a.a }; }",
            "function f([a]: A) { const { b, a: c } = [a]; return { [a], b: [a].a }; }",
        ),
        (
            TypeScript,
            "import { x as ‸y } from 'm'; y(`${y}`); const f = (y) => y;",
            "import { x as [y] } from 'm'; [y](`${[y]}`); const f = (y) => y;",
        ),
        (
            JavaScript,
            "function f(‸a) { if (a) { var b = a; } let a2 = () => { const a = 1; return a; }; }",
            "function f([a]) { if ([a]) { var b = [a]; } let a2 = () => { const a = 1; return a; }; }",
        ),
        (
            JavaScript,
            "function f() { if (x) { var ‸b = 1; } return b; }",
            "function f() { if (x) { var [b] = 1; } return [b]; }",
        ),
    ];
    for (language, source, expected) in cases {
        assert_eq!(marked(language, source), expected, "{language:?} {source}");
    }
}

#[test]
fn parameters_and_calls() {
    let cases = [
        (Language::Rust, "fn f(&self, a: u8, (b, c): T) { x.f(1, g(2)); f(); A::f(3) }", vec![2, 0, 1], 2),
        (Language::Python, "def f(self, a, b=1, *c):\n    f(1); x.f(1, b=2)\n", vec![1, 2], 3),
        (Language::TypeScript, "function f(a: A, b?: B) { f(1, 2); new f(...x) }", vec![2, 1], 2),
        (Language::JavaScript, "function f(a, b = 1) { f(1, 2); }", vec![2], 2),
    ];
    for (language, source, counts, count) in cases {
        let tree = tree(language, source);
        let found: Vec<usize> =
            calls(language, &tree, source, "f").iter().map(|call| call.arguments.len()).collect();
        assert_eq!(found, counts, "{source}");
        let parameters = parameters_at(language, &tree, source, source.find('a').unwrap()).unwrap();
        assert_eq!((&source[parameters.function], parameters.parameters.len()), ("f", count), "{source}");
    }
}

#[test]
fn hostile_texts_end() {
    for source in ["fn f(".repeat(20_000), "{".repeat(50_000), "use a::{".repeat(20_000)] {
        let Some(tree) = parse_str(Language::Rust, &source, Duration::from_millis(500)) else { continue };
        let found = names(Language::Rust, &tree, &source).unwrap();
        let resolver = found.resolver(&source);
        let bound = found.names.iter().take(100).filter(|name| resolver.binding(name).is_some()).count();
        assert!(bound <= found.names.len());
    }
}
