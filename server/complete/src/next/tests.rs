use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use trust_index::{Index, IndexOptions};

/// A project in which one document is open and edited.
struct Session {
    folder: tempfile::TempDir,
    index: Index,
    name: String,
    text: Text,
    log: EditLog,
    offset: usize,
    /// Other files that were edited.
    open: BTreeMap<PathBuf, Text>,
    at: Instant,
}

impl Session {
    /// `files`: name and text; the first is open.
    #[allow(clippy::disallowed_methods, reason = "a test writes the files it needs")]
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        let roots = vec![folder.path().to_path_buf()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(20)));
        let (name, text) = (files[0].0.to_owned(), Text::new(files[0].1));
        let open = BTreeMap::new();
        Self { folder, index, name, text, log: EditLog::default(), offset: 0, open, at: Instant::now() }
    }

    fn replace(&mut self, range: Range<usize>, new: &str) {
        self.at += Duration::from_secs(9);
        self.log.record(&self.text, Some(range.clone()), new, self.at);
        self.text.replace(range.clone(), new);
        self.offset = range.start + new.len();
    }

    /// The `nth` occurrence of `old` becomes `new`.
    fn edit(&mut self, old: &str, nth: usize, new: &str) {
        let text = self.text.to_string();
        let (start, _) = text.match_indices(old).nth(nth).unwrap();
        self.replace(start..start + old.len(), new);
    }

    fn next(&self) -> Option<NextEdit> {
        let path = self.folder.path().canonicalize().unwrap().join(&self.name);
        let cancel = CancelToken::new();
        let query = NextQuery {
            path: &path,
            language: Language::from_path(&path),
            text: &self.text,
            offset: self.offset,
            log: &self.log,
            open: &|path| self.open.get(path).cloned(),
            cancel: &cancel,
        };
        next_edit(&query, &self.index.snapshot())
    }

    fn accept(&mut self, edit: NextEdit) {
        match edit.path {
            None => self.replace(edit.range, &edit.new_text),
            Some(path) => {
                let mut text = edit.text;
                text.replace(edit.range, &edit.new_text);
                self.open.insert(path, text);
            }
        }
    }

    /// Accepts whatever is proposed; all texts afterwards, that of the document first.
    fn accept_all(&mut self) -> Vec<String> {
        for _ in 0..100 {
            let Some(edit) = self.next() else { break };
            self.accept(edit);
        }
        assert!(self.next().is_none(), "proposals without an end");
        std::iter::once(&self.text).chain(self.open.values()).map(Text::to_string).collect()
    }
}

/// Files, edits made (what, which occurrence of it, by what), and the texts once all proposals are accepted.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, usize, &'a str)], &'a [&'a str]);

fn check(cases: &[Case<'_>]) {
    for (files, edits, expected) in cases {
        let mut session = Session::new(files);
        edits.iter().for_each(|(old, nth, new)| session.edit(old, *nth, new));
        assert_eq!(session.accept_all(), *expected, "{files:?} {edits:?}");
    }
}

#[test]
fn a_renamed_name_is_followed_in_its_scope() {
    check(&[
        (
            &[("a.rs", "fn f(size: u8) -> u8 { let a = size + 1; a.size(size) }\nfn g(size: u8) {}\n")],
            &[("size", 0, "width")],
            &["fn f(width: u8) -> u8 { let a = width + 1; a.size(width) }\nfn g(size: u8) {}\n"],
        ),
        // At a use.
        (
            &[("a.rs", "fn f(size: u8) -> u8 { let a = size + 1; a }\n")],
            &[("size", 1, "width")],
            &["fn f(width: u8) -> u8 { let a = width + 1; a }\n"],
        ),
        // By its ending alone, in two goes.
        (
            &[("a.py", "def f(row_count):\n    return row_count + g(row_count=1)\n")],
            &[("count", 0, "numb"), ("row_numb", 0, "row_number")],
            &["def f(row_number):\n    return row_number + g(row_count=1)\n"],
        ),
        // A shorthand is one name for two things.
        (
            &[("a.ts", "function f(id: number) { return { id, other: id }; }\n")],
            &[("id", 0, "key")],
            &["function f(key: number) { return { id: key, other: key }; }\n"],
        ),
        // What looks alike and means something else stays.
        (
            &[("a.rs", "fn f(v: u8) {\n    { let v = 1; g(v); }\n    h(v, x.v);\n}\n")],
            &[("v", 0, "w")],
            &["fn f(w: u8) {\n    { let v = 1; g(v); }\n    h(w, x.v);\n}\n"],
        ),
        // Another thing of that name exists already, or the word is being typed, or is a keyword.
        (
            &[("a.rs", "fn f(a: u8, b: u8) { a + b }\n")],
            &[("a:", 0, "b:")],
            &["fn f(b: u8, b: u8) { a + b }\n"],
        ),
        (&[("a.rs", "fn f() { a(); }\n")], &[("a(", 0, "if(")], &["fn f() { if(); }\n"]),
        (&[("a.go", "func f(a int) { g(a) }\n")], &[("a", 0, "b")], &["func f(b int) { g(a) }\n"]),
    ]);
}

#[test]
fn an_item_is_followed_into_other_files() {
    check(&[
        (
            &[
                ("a.rs", "pub fn load(path: &str) {}\nfn g() { load(\"load\"); }\n"),
                (
                    "b.rs",
                    "use crate::a::load;\nfn h(x: X) { load(\"\"); x.load(); crate::a::load(\"\"); }\nfn i(load: u8) { load; }\n",
                ),
            ],
            &[("load", 0, "open")],
            &[
                "pub fn open(path: &str) {}\nfn g() { open(\"load\"); }\n",
                "use crate::a::open;\nfn h(x: X) { open(\"\"); x.load(); crate::a::open(\"\"); }\nfn i(load: u8) { load; }\n",
            ],
        ),
        // A field, by its only definition; a method of several types is left alone.
        (
            &[
                ("a.rs", "pub struct P { depth: u8 }\nfn f(depth: u8) -> P { P { depth } }\n"),
                ("b.rs", "fn g(p: P) -> u8 { let depth = 1; p.depth + depth }\n"),
            ],
            &[("depth", 0, "level")],
            &[
                "pub struct P { level: u8 }\nfn f(depth: u8) -> P { P { level: depth } }\n",
                "fn g(p: P) -> u8 { let depth = 1; p.level + depth }\n",
            ],
        ),
        (
            &[("a.rs", "impl A { fn go(&self) { self.go() } }\nimpl B { fn go(&self) {} }\n")],
            &[("go", 0, "run")],
            &["impl A { fn run(&self) { self.go() } }\nimpl B { fn go(&self) {} }\n"],
        ),
        // At a use, the definition in another file.
        (
            &[
                ("main.py", "import store\nfrom store import fetch\nfetch(1)\nstore.fetch(2)\n"),
                ("store.py", "def fetch(n):\n    return fetch(n - 1)\n"),
            ],
            &[("fetch(1)", 0, "retrieve(1)")],
            &[
                "import store\nfrom store import retrieve\nretrieve(1)\nstore.fetch(2)\n",
                "def retrieve(n):\n    return retrieve(n - 1)\n",
            ],
        ),
        (
            &[
                ("store.ts", "export class Store {}\n"),
                ("use.tsx", "import { Store } from './store';\nconst s = new Store();\n"),
            ],
            &[("Store", 0, "Shop")],
            &["export class Shop {}\n", "import { Shop } from './store';\nconst s = new Shop();\n"],
        ),
        // Two definitions: which one is meant takes types.
        (
            &[("a.rs", "pub fn load() {}\n"), ("b.rs", "pub fn load() {}\nfn g() { load() }\n")],
            &[("load", 0, "open")],
            &["pub fn open() {}\n"],
        ),
    ]);
}

#[test]
fn a_changed_signature_leads_to_the_calls() {
    check(&[
        (
            &[
                ("a.rs", "fn f(a: u8) {}\nfn g() { f(1); h(f(2)); }\n"),
                ("b.rs", "fn i() { super::f(3); f(1, 2, 3); }\n"),
            ],
            &[("a: u8", 0, "a: u8, depth: u8")],
            &[
                "fn f(a: u8, depth: u8) {}\nfn g() { f(1, depth); h(f(2, depth)); }\n",
                "fn i() { super::f(3, depth); f(1, 2, 3); }\n",
            ],
        ),
        (
            &[("a.py", "def f(a, b):\n    f(1, 2)\n    f(1, b=2)\n")],
            &[("a, ", 0, "")],
            &["def f(b):\n    f(2)\n    f(1, b=2)\n"],
        ),
        (&[("a.ts", "function f() {}\nf();\n")], &[("()", 0, "(a?: A)")], &["function f(a?: A) {}\nf();\n"]),
        (&[("a.ts", "function f() {}\nf();\n")], &[("()", 0, "(a: A)")], &["function f(a: A) {}\nf(a);\n"]),
    ]);
}

#[test]
fn an_edit_made_twice_is_made_again() {
    let unwraps = "fn f() {\n    let a = g(1).unwrap();\n    let b = g(2).unwrap();\n    let c = h(3).unwrap(); // h(4).unwrap()\n}\n";
    let asked = unwraps
        .replace("h(3).unwrap()", "h(3)?")
        .replace("g(1).unwrap()", "g(1)?")
        .replace("g(2).unwrap()", "g(2)?");
    check(&[
        (&[("a.rs", unwraps)], &[(".unwrap()", 0, "?"), (".unwrap()", 0, "?")], &[&asked]),
        (
            &[("a.py", "log(a)\nlog(b)\nlog(c)\nlog(d, 1)\nlag(e)\n")],
            &[("log(a", 0, "log(a, None"), ("log(b", 0, "log(b, None")],
            &["log(a, None)\nlog(b, None)\nlog(c, None)\nlog(d, 1)\nlag(e)\n"],
        ),
        // Once is not twice, and signs alone say nothing.
        (&[("a.rs", unwraps)], &[(".unwrap()", 0, "?")], &[&unwraps.replacen(".unwrap()", "?", 1)]),
        (&[("a.go", "a(1)\nb(2)\nc(3)\n")], &[("1", 0, "1,"), ("2", 0, "2,")], &["a(1,)\nb(2,)\nc(3)\n"]),
        // A key is nothing to edit.
        (
            &[("a.env", "KEY = a\nKEY = b\nKEY = c4f7a9d2e8b1c6f3a0d5\nKEY = d\n")],
            &[("KEY = a", 0, "export KEY = a"), ("KEY = b", 0, "export KEY = b")],
            &["export KEY = a\nexport KEY = b\nKEY = c4f7a9d2e8b1c6f3a0d5\nexport KEY = d\n"],
        ),
    ]);
}

#[test]
fn the_nearest_place_behind_the_cursor_comes_first() {
    let mut session = Session::new(&[("a.py", "def f(a):\n    a\n    a\n    a\n")]);
    let use_of = |nth: usize| 14 + 6 * nth;
    session.replace(use_of(1)..use_of(1) + 1, "b");
    let places: Vec<usize> = std::iter::from_fn(|| {
        let edit = session.next()?;
        let start = edit.range.start;
        assert_eq!(edit.why, "`a` was renamed to `b`");
        session.accept(edit);
        Some(start)
    })
    .collect();
    assert_eq!(places, [use_of(2), 6, use_of(0)]);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test writes the files it needs")]
fn what_is_excluded_meanwhile_gets_no_proposals() {
    let mut session = Session::new(&[("a.rs", "pub fn load() {}\n"), ("b.rs", "use crate::a::load;\n")]);
    session.edit("load", 0, "open");
    assert!(session.next().is_some_and(|edit| edit.path.is_some()));
    std::fs::write(session.folder.path().join(".trustignore"), "b.rs\n").unwrap();
    assert!(session.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn accepting_all_proposals_renames_a_variable_and_nothing_else(
        statements in prop::collection::vec(0usize..7, 1..9), at in 0usize..20,
    ) {
        const FORMS: [&str; 7] = [
            "    let other = @ + 1;", "    call(@, x.value);", "    { let value = 1; use_it(value); }",
            "    println!(\"{@} value\");", "    // value", "    items.iter().map(|value| value.value).sum::<u8>();",
            "    Some(P { value: @ });",
        ];
        let body: Vec<&str> = statements.iter().map(|form| FORMS[*form]).collect();
        let marked = format!("fn value() {{}}\nfn f(@: u8) {{\n{}\n}}\n", body.join("\n"));
        let places: Vec<usize> = marked.replace('@', "value@").match_indices("value@").map(|(i, _)| i).enumerate()
            .map(|(n, i)| i - n).collect();
        let mut session = Session::new(&[("a.rs", &marked.replace('@', "value"))]);
        let start = places[at % places.len()];
        session.replace(start..start + 5, "amount");
        prop_assert_eq!(session.accept_all(), vec![marked.replace('@', "amount")]);
    }
}
