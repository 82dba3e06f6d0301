//! Local names in their scopes. In a case `«x»` marks all places of one local name, `‹x›` names that are none.

use super::tree;
use crate::Language::{self, JavaScript, Python, Rust, Tsx, TypeScript};
use crate::names;
use std::ops::Range;

const CASES: &[(Language, &str)] = &[
    (Rust, "fn f(«a»: u8) -> u8 { ‹g›(«a») + s.‹a› + ‹a›::b() }\nfn h(a: u8) { a }"),
    (Rust, "fn f() { let a = 1; let «a» = a + 1; { let a = «a»; a; } «a» }"),
    (Rust, "fn f() { let «a» = 1; let a = «a» + 1; a }"),
    (Rust, "fn f(«a»: Option<u8>) { if let Some(a) = «a» { a } else { «a» } }"),
    (Rust, "fn f(a: Option<u8>) { if let Some(«a») = a && «a» > 1 { «a» } else { a } }"),
    (Rust, "fn f(«a»: &[u8]) { for a in «a» { a; } «a» }"),
    (Rust, "fn f(a: &[u8]) { for «a» in a { «a»; } a }"),
    (Rust, "fn f() { match x { A(«a») | B { «a», .. } if «a» > 1 => «a», C(a) => a, ‹D› => ‹a› } }"),
    (Rust, "fn f() { let g = |«a»: u8, b| «a» + b; g(‹a›) }"),
    (Rust, "fn f(«a»: u8) { println!(\"{}\", «a», b.‹a›); vec![«a»] }"),
    (Rust, "fn f() { fn «a»() { «a»() } «a»() }\nfn ‹b›() { ‹f›() }"),
    (Rust, "impl<«T»: A> B<«T»> { fn f(&self, t: «T») -> «T»::C { «T»::g::<«T»>() } }\nstruct S<T>(T);"),
    (Rust, "fn f<'a>(«a»: &'a u8) { let (mut b, c @ Some(_)) = d; S { «a», ‹e›: «a» } }"),
    (Rust, "fn f() { let («a», b) = x; while let Some(c) = «a».next() { «a»; } loop { «a» } }"),
    (Rust, "const ‹A›: u8 = 1;\nfn f() { const «B»: u8 = ‹A›; «B» }"),
    (Python, "def f(«a», b=‹a›, *c, d: ‹a› = 1):\n    «a» = «a» + b\n    ‹g›(a=«a»).‹a›\n    return «a»\n"),
    (Python, "‹a› = 1\ndef f():\n    global a\n    ‹a› = 2\n    b = ‹a›\n"),
    (Python, "def f():\n    «a» = 1\n    def g():\n        nonlocal «a»\n        «a» = 2\n    return «a»\n"),
    (Python, "def f(«a»):\n    return [a for a in «a»], lambda b: «a», «a»\n"),
    (Python, "def f(a):\n    return [«a» for «a» in a if «a»], a\n"),
    (Python, "def f(x):\n    return [b for «a» in x for b in «a»]\n"),
    (Python, "class ‹C›:\n    ‹a› = 1\n    def ‹m›(self, «a»):\n        return «a»\n"),
    (
        Python,
        "def f():\n    for «a», (b, *c) in x:\n        print(«a»)\n    with y as d:\n        d\n    return «a»\n",
    ),
    (Python, "def f():\n    if any((«a» := x) for x in y):\n        return «a»\n"),
    (
        Python,
        "def f():\n    def «a»():\n        «a»()\n    class B:\n        def ‹m›(self): «a»()\n    return «a»\n",
    ),
    (Python, "def f():\n    try:\n        pass\n    except E as «a»:\n        raise «a»\n"),
    (Python, "def f():\n    from x import ‹a›\n    ‹a›()\n"),
    (JavaScript, "function f(«a», {b, c: d = 1}, ...e) { return «a» + g.‹a› + {«a», ‹a›: 1}.x }"),
    (JavaScript, "function f() { let «a» = 1; { let a = 2; a } { var b = «a» } return b + «a» }"),
    (JavaScript, "function f() { if (x) { var «a» = 1 } return «a» }\nvar ‹b› = 1; ‹b›;"),
    (JavaScript, "const f = «a» => a2 => «a» + a2; const ‹g› = ‹f›"),
    (JavaScript, "function f() { for (const «a» of b(‹a›)) { «a» } try {} catch (e) { e } }"),
    (JavaScript, "function f(«a», b) { [«a», b] = [b, «a»]; class A { m(a) { return a } } }"),
    (JavaScript, "const f = function «a»() { «a»() }; ‹a›();"),
    (JavaScript, "function f() { function «a»() {} return <B c={«a»} /> }"),
    (TypeScript, "function f<T>(«a»: T, b?: T): «a» is T { return «a» }"),
    (TypeScript, "function f<«T»>(a: «T»): Array<«T»> { const b = a as «T»; }\ntype ‹U› = T"),
    (TypeScript, "class ‹A›<«T»> { ‹b›: «T»; m(c: «T») { return this.‹b› } }\nnew ‹A›()"),
    (TypeScript, "namespace N { export const ‹a› = 1; export function f(b: number) { return ‹a› } }"),
    (TypeScript, "const f = ({«a», b: [c]}: P) => { const d = «a»; return () => «a» }"),
    (Tsx, "function ‹F›({ «a» }: P) { return <b c={() => «a»}>{«a»}</b> }"),
];

/// The source without marks, and the places in each kind of them.
fn unmark(marked: &str) -> (String, [Vec<Range<usize>>; 2]) {
    let (mut source, mut places, mut start) = (String::new(), [Vec::new(), Vec::new()], 0);
    for character in marked.chars() {
        match character {
            '«' | '‹' => start = source.len(),
            '»' => places[0].push(start..source.len()),
            '›' => places[1].push(start..source.len()),
            other => source.push(other),
        }
    }
    (source, places)
}

#[test]
fn local_names_stay_in_their_scopes() {
    for (language, marked) in CASES {
        let (source, [uses, others]) = unmark(marked);
        let tree = tree(*language, &source);
        let found = names(*language, &tree, &source).unwrap();
        let resolver = found.resolver(&source);
        let at = |offset| found.local_at(&source, offset);
        for place in &uses {
            let found = [at(place.start), at(place.end)].map(|local| local.map(|local| local.uses));
            let expected = Some(uses.clone());
            assert_eq!(found, [expected.clone(), expected], "{marked}\n{}", tree.root_node().to_sexp());
        }
        for place in &uses {
            assert_eq!(resolver.local(place), Some(true), "{place:?} of {marked}");
        }
        for place in others {
            assert_eq!(resolver.local(&place), Some(false), "{place:?} of {marked}");
            assert_eq!(at(place.start), None, "{place:?} of {marked}\n{}", tree.root_node().to_sexp());
        }
    }
}

#[test]
fn deep_languages_have_scopes() {
    for language in Language::ALL {
        let deep = matches!(language, Rust | Python | TypeScript | Tsx | JavaScript);
        assert_eq!(names(language, &tree(language, ""), "").is_some(), deep, "{language:?}");
    }
}

#[test]
fn names_that_are_bound_again_have_several_definitions() {
    let source = "def f():\n    a = 1\n    a = 2\n    return a\n";
    let found = names(Python, &tree(Python, source), source).unwrap();
    let local = found.local_at(source, 13).unwrap();
    assert_eq!((local.definitions.len(), local.uses.len()), (2, 3));
}
