//! What the reading tools say, and what they do not.

use super::Fixture;
use serde_json::json;

const LIB: &str = "/// Says.\npub fn salute(name: &str) {\n    let n = name;\n}\n\npub struct Salutation {\n    words: u8,\n}\n\nimpl Salutation {\n    fn new() -> Self {\n        todo()\n    }\n}\n";

fn project() -> Fixture {
    Fixture::with(&[
        ("src/lib.rs", LIB),
        (
            "src/main.rs",
            "fn main() {\n    // salute\n    salute(\"you\");\n    let s = Salutation::new();\n}\n\nstruct Other;\n\nimpl Other {\n    fn new() {}\n}\n",
        ),
        ("broken.py", "def a(:\n    pass\n"),
        ("notes.txt", "one\r\ntwo\r\n"),
        ("empty.rs", ""),
        (".trustignore", "hidden.rs\n"),
        ("hidden.rs", "fn salute_canary() {}\n"),
        (".env", "CANARY=1\n"),
        ("keys.rs", "const TOKEN: &str = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\";\nfn after() {}\n"),
        ("../outside.rs", "fn outside_canary() {}\n"),
        (".git/config", "[core]\n"),
    ])
}

#[test]
fn reading_tools_say_what_is_there() {
    let project = project();
    let cases = [
        ("read_file", json!({"path": "notes.txt"}), "notes.txt: 2 lines, hash "),
        ("read_file", json!({"path": "notes.txt"}), "1\tone\n2\ttwo\n"),
        ("read_file", json!({"path": "src/lib.rs", "first_line": 2, "last_line": 3}), "lines 2 to 3 of 14"),
        ("read_file", json!({"path": "src/lib.rs", "first_line": 13, "last_line": 99}), "13\t    }\n14\t}\n"),
        ("read_file", json!({"path": "empty.rs", "first_line": null}), "empty.rs: empty, hash "),
        (
            "outline",
            json!({"path": "src/lib.rs"}),
            "src/lib.rs: 14 lines, rust\n2-4\tpub fn salute(name: &str)\n",
        ),
        ("outline", json!({"path": "src/lib.rs"}), "10-14\timpl Salutation\n11-13\t  fn new() -> Self\n"),
        ("symbol_source", json!({"symbol": "salute"}), "lines 1 to 4 of 14, hash of these "),
        (
            "symbol_source",
            json!({"symbol": "Salutation::new"}),
            "11\t    fn new() -> Self {\n12\t        todo()\n",
        ),
        ("symbol_source", json!({"symbol": "new", "path": "src/main.rs"}), "10\t    fn new() {}\n"),
        ("find_symbol", json!({"name": "salut"}), "src/lib.rs:2: function: pub fn salute(name: &str)\n"),
        ("find_symbol", json!({"name": "words"}), "field in Salutation: words: u8\n"),
        ("find_symbol", json!({"name": "zzzz"}), "nothing is called `zzzz`"),
        (
            "references",
            json!({"symbol": "salute"}),
            "src/lib.rs:2: pub fn salute(name: &str) {\nsrc/main.rs:3: salute(\"you\");\n",
        ),
        (
            "references",
            json!({"symbol": "name", "path": "src/lib.rs", "line": 3}),
            "src/lib.rs:3: let n = name;\n",
        ),
        ("references", json!({"symbol": "salute", "limit": 1}), "the first 1; there may be more\n"),
        ("search_text", json!({"text": "salute(\"y"}), "src/main.rs:3: salute(\"you\");\n"),
        (
            "search_text",
            json!({"text": "alut", "path": "main"}),
            "src/main.rs:2: // salute\nsrc/main.rs:3: salute",
        ),
        (
            "search_text",
            json!({"text": "main salute"}),
            "no line holds this text; these speak of the same names:\nsrc/main.rs:1: fn main() {\n",
        ),
        ("search_text", json!({"text": "zzzz"}), "no line holds this text\n"),
        ("repository_map", json!({"tokens": 100}), "src/lib.rs:\n  pub fn salute(name: &str)\n"),
        ("diagnostics", json!({"path": "src/lib.rs"}), "src/lib.rs: no syntax errors\n"),
        ("diagnostics", json!({"path": "broken.py"}), "broken.py: line 1, column "),
    ];
    for (name, arguments, expected) in cases {
        let said = project.said(name, arguments.clone());
        assert!(said.contains(expected), "{name} {arguments}:\n{said}");
    }
}

#[test]
fn what_cannot_be_said_is_explained() {
    let project = project();
    let cases = [
        (
            "read_file",
            json!({"path": "src/lip.rs"}),
            "there is no file `src/lip.rs`; did you mean `src/lib.rs`?",
        ),
        ("read_file", json!({"path": "lib.rs"}), "did you mean `src/lib.rs`?"),
        ("read_file", json!({"path": ""}), "a path is needed"),
        ("read_file", json!({"path": "notes.txt", "first_line": 9}), "`notes.txt` has 2 lines"),
        ("read_file", json!({"path": "notes.txt", "first_line": 2, "last_line": 1}), "is before"),
        ("read_file", json!({"path": "src"}), "a binary file"),
        ("outline", json!({"path": "notes.txt"}), "in no language"),
        ("diagnostics", json!({"path": "notes.txt"}), "in no language"),
        (
            "symbol_source",
            json!({"symbol": "new"}),
            "in 2 files; say which by `path`: src/lib.rs, src/main.rs",
        ),
        ("symbol_source", json!({"symbol": "salut"}), "defines `salut`; there are salute"),
        ("symbol_source", json!({"symbol": "salutes", "path": "src/lib.rs"}), "did you mean `salute`?"),
        ("references", json!({"symbol": "zzzz"}), "stands nowhere"),
        ("references", json!({"symbol": "salute", "path": "src/lib.rs", "line": 3}), "not stand in line 3"),
        ("search_text", json!({"text": "a\nb"}), "in one line"),
    ];
    for (name, arguments, expected) in cases {
        let said = project.said(name, arguments.clone());
        assert!(said.starts_with("error: ") && said.contains(expected), "{name} {arguments}:\n{said}");
    }
}

#[test]
fn nothing_excluded_secret_or_outside_is_said() {
    let project = project();
    #[cfg(unix)]
    for (link, target) in [("link.rs", "../outside.rs"), ("plain.txt", ".env"), ("l.rs", "hidden.rs")] {
        std::os::unix::fs::symlink(target, project.path(link)).unwrap();
    }
    let outside = project.path("../outside.rs").to_string_lossy().into_owned();
    let sibling = format!("{}-evil/x.rs", project.path("").to_string_lossy().trim_end_matches('/'));
    let paths = [
        "hidden.rs",
        "src/../hidden.rs",
        ".env",
        "../outside.rs",
        &outside,
        "link.rs",
        "plain.txt",
        "l.rs",
        ".git/config",
        ".GIT/config",
        "/etc/passwd",
        "/dev/zero",
        &sibling,
        "a\0b",
    ];
    for path in paths {
        for name in ["read_file", "outline", "diagnostics"] {
            let said = project.said(name, json!({"path": path}));
            assert!(
                said.starts_with("error: ") && !said.contains("fn ") && !said.contains("CANARY"),
                "{path}: {said}"
            );
        }
        let said = project.said("symbol_source", json!({"symbol": "salute_canary", "path": path}));
        assert!(said.starts_with("error: "), "{path}: {said}");
    }
    for (name, arguments) in [
        ("find_symbol", json!({"name": "canary"})),
        ("search_text", json!({"text": "canary"})),
        ("search_text", json!({"text": "CANARY"})),
        ("references", json!({"symbol": "salute_canary"})),
        ("read_file", json!({"path": "keys.rs"})),
        ("search_text", json!({"text": "TOKEN"})),
        ("search_text", json!({"text": "ghp_16C7"})),
    ] {
        let said = project.said(name, arguments.clone());
        let leaks = ["fn salute_canary", "fn outside_canary", "CANARY=1", "16C7e42F"];
        assert!(!leaks.iter().any(|leak| said.contains(leak)), "{name} {arguments}: {said}");
    }
}

#[test]
fn what_is_too_long_is_cut_and_counted() {
    let long: String = (0..5000).map(|at| format!("fn function_{at}() {{}}\n")).collect();
    let project = Fixture::with(&[("long.rs", &long)]);
    for (name, arguments, told) in [
        ("read_file", json!({"path": "long.rs"}), "more lines; go on with first_line "),
        ("outline", json!({"path": "long.rs"}), " more lines\n"),
        ("search_text", json!({"text": "function_", "limit": 500}), " more lines; search for a longer text"),
    ] {
        let said = project.said(name, arguments);
        assert!(
            said.len() <= 17 << 10 && said.contains(told),
            "{name}: {} {}",
            said.len(),
            &said[said.len() - 99..]
        );
    }
    let said = project.said("read_file", json!({"path": "long.rs"}));
    let next: usize = said.rsplit(' ').next().unwrap().trim().parse().unwrap();
    let header = said.lines().next().unwrap();
    assert!(header.contains(&format!("lines 1 to {} of 5000", next - 1)), "{header}");
    assert!(said.contains(&format!("... {} more lines", 5000 - (next - 1))));
    let rest = project.said("read_file", json!({"path": "long.rs", "first_line": next, "last_line": next}));
    assert!(rest.contains(&format!("{next}\tfn function_{}()", next - 1)), "{rest}");
}
