//! Edits that need the workspace around a file: better names wherever they are meant, and tests where a language keeps them.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail, and write the files that they need"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use trust_assist::actions::{ActionError, Wish, Work, act};
use trust_index::{Index, IndexOptions, Language};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, Event, Message, ModelCard};
use trust_tools::Disk;

struct Project {
    folder: tempfile::TempDir,
    index: Index,
    model: ScriptedModel,
}

type Files = BTreeMap<String, String>;

impl Project {
    fn new(files: &[(&str, &str)], replies: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let roots = vec![folder.path().canonicalize().unwrap()];
        let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(30)));
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 8192, fim: None };
        let text = |reply: &&str| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
        let model = ScriptedModel::new(card, "").with_turns(replies.iter().map(text));
        Self { folder, index, model }
    }

    /// The files that change, as they would be.
    fn act(&self, wish: &Wish, file: &str, at: &str) -> Result<Files, ActionError> {
        let root = self.folder.path().canonicalize().unwrap();
        let path = root.join(file);
        let text: Arc<str> = std::fs::read_to_string(&path).unwrap().into();
        let offset = text.find(at).unwrap();
        let work = Work {
            index: &self.index,
            documents: &Disk::new(vec![root]),
            path: &path,
            shown: file,
            language: Language::from_path(Path::new(file)).unwrap(),
            text: &text,
            version: None,
            selection: offset..offset,
            remark: "",
        };
        let made = act(wish, &work, &self.model, &CancelToken::new())?;
        for change in &made.changes {
            assert_eq!(change.before.is_some(), change.path.exists(), "{}", change.shown);
            assert!(change.path.ends_with(&change.shown), "{} {}", change.path.display(), change.shown);
        }
        Ok(made.changes.iter().map(|change| (change.shown.clone(), change.after())).collect())
    }

    fn asked(&self) -> Vec<String> {
        let turns = self.model.turns();
        turns.iter().map(|turn| turn.turn.messages.last().map(Message::text).unwrap().to_owned()).collect()
    }
}

fn refused(told: Result<Files, ActionError>, why: &str) {
    assert!(matches!(&told, Err(ActionError::Refused(told)) if told.contains(why)), "{told:?} {why}");
}

fn unusable(told: Result<Files, ActionError>, why: &str) {
    assert!(matches!(&told, Err(ActionError::Unusable(told)) if told.contains(why)), "{told:?} {why}");
}

const RUST: &str = "pub struct Point {\n    x: u32,\n}\n\npub fn f(a: u32) -> Point {\n    let x = a + 1;\n    println!(\"{x} {}\", x);\n    let other = |x: u32| x;\n    Point { x }\n}\n";

#[test]
fn a_local_name_is_put_wherever_it_is_meant() {
    let project = Project::new(&[("a.rs", RUST)], &["`sum`"]);
    let told = project.act(&Wish::Name, "a.rs", "x = a").unwrap();
    let expected = RUST
        .replace("let x = a", "let sum = a")
        .replace("{x} {}\", x", "{sum} {}\", sum")
        .replace("Point { x }", "Point { x: sum }");
    assert_eq!(told["a.rs"], expected);
    assert!(project.asked()[0].contains("local name `x`"), "{}", project.asked()[0]);
    // A name that is taken, is no name, or is written otherwise, goes back.
    let bad = [
        ("other", "`other` is taken"),
        ("a", "`a` is taken"),
        ("Sum", "not written as names of its kind"),
        ("fn", "means something else"),
        ("x", "is the name that it has"),
        ("two words", "not one name alone"),
        ("", "not one name alone"),
    ];
    for (bad, why) in bad {
        let project = Project::new(&[("a.rs", RUST)], &[bad, "sum"]);
        assert_eq!(project.act(&Wish::Name, "a.rs", "x = a").unwrap()["a.rs"], expected, "{bad}");
        assert!(project.asked()[1].contains(why), "{}", project.asked()[1]);
        unusable(Project::new(&[("a.rs", RUST)], &[bad; 3]).act(&Wish::Name, "a.rs", "x = a"), why);
    }
}

#[test]
fn parameters_that_callers_name_keep_their_name() {
    let python = "def area(w, h):\n    return w * h\n";
    let files = [("a.py", python), ("b.py", "from a import area\narea(1, h=2)\n")];
    refused(Project::new(&files, &[]).act(&Wish::Name, "a.py", "h):"), "b.py:2 passes `h` by its name");
    let told = Project::new(&files, &["width"]).act(&Wish::Name, "a.py", "w, h").unwrap();
    assert_eq!(told, Files::from([("a.py".into(), "def area(width, h):\n    return width * h\n".into())]));
    let script = "export function f({ a, b }: P) {\n  return { a, c: b };\n}\n";
    let told = Project::new(&[("a.ts", script)], &["first"]).act(&Wish::Name, "a.ts", "a, b").unwrap();
    assert_eq!(told["a.ts"], "export function f({ a: first, b }: P) {\n  return { a: first, c: b };\n}\n");
}

#[test]
fn a_function_is_named_anew_in_every_file_that_means_it() {
    let lib = "mod shapes;\nuse shapes::calc;\n\npub fn main() {\n    calc(1);\n    shapes::calc(2);\n    let v = V;\n    v.calc();\n}\n";
    let shapes = "pub fn calc(side: u32) -> u32 {\n    side * side\n}\n\nfn twice() -> u32 {\n    let calc = 1;\n    calc + super::shapes::calc(calc)\n}\n";
    let files =
        [("src/lib.rs", lib), ("src/shapes.rs", shapes), ("src/c.rs", "fn c() { other::Calc::calc(); }\n")];
    let project = Project::new(&files, &["twice", "square"]);
    let told = project.act(&Wish::Name, "src/shapes.rs", "calc(side").unwrap();
    let expected = Files::from([
        ("src/lib.rs".into(), lib.replace("calc", "square").replace("v.square", "v.calc")),
        (
            "src/shapes.rs".into(),
            shapes.replace("fn calc", "fn square").replace("shapes::calc(", "shapes::square("),
        ),
    ]);
    assert_eq!(told, expected);
    assert!(project.asked()[1].contains("`twice` is taken"));
    let python = "def calc(side):\n    return side * side\n";
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("b.py", "import shapes\nshapes.calc(1)\n")], "b.py:2 has one that may be another"),
        (&[("b.py", "def calc():\n    pass\n")], "other files of the workspace define a `calc`"),
        (&[("b.py", "from elsewhere import calc\ncalc(1)\n")], "b.py:1 has one that may be another"),
        (&[("b.py", "import calc\n")], "b.py:1 has one that may be another"),
        (&[("__init__.py", "from .shapes import calc\n__all__ = [\"calc\"]\n")], "spells it out in a string"),
        (&[], "is a class"),
    ];
    for (more, why) in cases {
        let text = if more.is_empty() { "class Calc:\n    def m(self):\n        pass\n" } else { python };
        let files: Vec<_> = more.iter().copied().chain([("shapes.py", text)]).collect();
        let told = Project::new(&files, &["square"]).act(&Wish::Name, "shapes.py", &text[..5]);
        refused(told, why);
    }
    let files = [("shapes.py", python), ("b.py", "from shapes import calc\nprint(calc(1), x.other)\n")];
    let told = Project::new(&files, &["square"]).act(&Wish::Name, "shapes.py", "def").unwrap();
    assert_eq!(told["b.py"], "from shapes import square\nprint(square(1), x.other)\n");
    refused(
        Project::new(&[("a.go", "package a\nfunc A() {}\n")], &[]).act(&Wish::Name, "a.go", "A"),
        "in go",
    );
}

#[test]
fn rust_has_its_tests_in_a_module() {
    let code = "pub fn add(a: u32) -> u32 {\n    a + 1\n}\n";
    let reply = "```rust\n#[test]\nfn adds_one() {\n    assert_eq!(add(1), 2);\n}\n```";
    let test = "    #[test]\n    fn adds_one() {\n        assert_eq!(add(1), 2);\n    }\n}\n";
    let made = format!("{code}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{test}");
    let told = Project::new(&[("a.rs", code)], &[reply]).act(&Wish::Test, "a.rs", "add").unwrap();
    assert_eq!(told["a.rs"], made);
    // Around which some write the module themselves.
    let wrapped = "```\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds_one() {\n        assert_eq!(add(1), 2);\n    }\n}\n```";
    let told = Project::new(&[("a.rs", code)], &[wrapped]).act(&Wish::Test, "a.rs", "add").unwrap();
    assert_eq!(told["a.rs"], made);
    // Into the module that is there, under a name that is free.
    let again = "```\nuse std::fmt;\n\n#[test]\nfn adds_more() {\n    assert!(add(2) > 2);\n}\n```";
    let project = Project::new(&[("a.rs", &made)], &[reply, again]);
    let told = project.act(&Wish::Test, "a.rs", "add").unwrap();
    let more = "    }\n\n    use std::fmt;\n\n    #[test]\n    fn adds_more() {\n        assert!(add(2) > 2);\n    }\n}\n";
    assert_eq!(told["a.rs"], format!("{}{more}", made.strip_suffix("    }\n}\n").unwrap()));
    assert!(project.asked()[0].contains("Tests that are there already begin so"));
    assert!(project.asked()[1].contains("there is a `adds_one` already"));
    // Into the file that the module is in.
    let split = format!("{code}\n#[cfg(test)]\nmod tests;\n");
    let files = [("src/a.rs", split.as_str()), ("src/a/tests.rs", "use super::*;\n")];
    let told = Project::new(&files, &[reply]).act(&Wish::Test, "src/a.rs", "add").unwrap();
    let expected = "use super::*;\n\n#[test]\nfn adds_one() {\n    assert_eq!(add(1), 2);\n}\n";
    assert_eq!(told, Files::from([("src/a/tests.rs".into(), expected.into())]));
    refused(Project::new(&files[..1], &[]).act(&Wish::Test, "src/a.rs", "add"), "`tests` is not there");
    refused(Project::new(&[("a.rs", &made)], &[]).act(&Wish::Test, "a.rs", "assert"), "a test stands there");
    for (bad, why) in [
        ("```\nfn adds() { add(1); }\n```", "holds no test"),
        ("```\n#[test]\nfn adds() { assert!(true); }\n```", "no test names `add`"),
        ("```\n#[test]\nfn adds() { add(1 }\n```", "syntax error"),
        ("No.", "no code between"),
    ] {
        unusable(Project::new(&[("a.rs", code)], &[bad; 3]).act(&Wish::Test, "a.rs", "add"), why);
    }
    let secret = "fn login() {\n    let password = \"q3mUX0vEuRt8kLwQ2nZc7YbJ5s\";\n}\n";
    let told = Project::new(&[("a.rs", secret)], &[reply]).act(&Wish::Test, "a.rs", "login");
    assert_eq!(told, Err(ActionError::Secret));
}

#[test]
fn python_has_its_tests_in_a_file() {
    let code = "class A:\n    def add(self, a):\n        return a + 1\n";
    let reply = "```python\nimport pytest\nfrom somewhere import A\n\ndef test_add():\n    assert A().add(1) == 2\n```";
    let test = "def test_add():\n    assert A().add(1) == 2\n";
    let files =
        [("src/pkg/__init__.py", ""), ("src/pkg/shapes.py", code), ("tests/test_other.py", "x = 1\n")];
    let told = Project::new(&files, &[reply]).act(&Wish::Test, "src/pkg/shapes.py", "a + 1").unwrap();
    let made = format!("from pkg.shapes import A\nimport pytest\n\n\n{test}");
    assert_eq!(told, Files::from([("tests/test_shapes.py".into(), made)]));
    // Beside it, where there is no folder of tests.
    let told = Project::new(&[("shapes.py", code)], &[reply]).act(&Wish::Test, "shapes.py", "add").unwrap();
    assert!(told["test_shapes.py"].starts_with("from shapes import A\nimport pytest\n"), "{told:?}");
    // Behind the tests that are there.
    let there = "\"\"\"Tests.\"\"\"\nimport pytest\n\n\ndef test_old():\n    pass\n";
    let files = [("shapes.py", code), ("deep/test_shapes.py", there)];
    let told = Project::new(&files, &[reply]).act(&Wish::Test, "shapes.py", "add").unwrap();
    let expected = there.replace("import pytest\n", "import pytest\nfrom shapes import A\n");
    assert_eq!(told["deep/test_shapes.py"], format!("{expected}\n\n{test}"));
    refused(Project::new(&files, &[]).act(&Wish::Test, "deep/test_shapes.py", "test_old"), "one of tests");
}

#[test]
fn scripts_have_their_tests_beside_them() {
    let code = "export function add(a: number) {\n  return a + 1;\n}\n\nfunction inner() {\n  return 1;\n}\n";
    let reply = "```ts\ntest(\"adds one\", () => {\n  expect(add(1)).toBe(2);\n});\n```";
    let test = "test(\"adds one\", () => {\n  expect(add(1)).toBe(2);\n});\n";
    let files = [("package.json", "{ \"devDependencies\": { \"vitest\": \"3\" } }"), ("src/shapes.ts", code)];
    let told = Project::new(&files, &[reply]).act(&Wish::Test, "src/shapes.ts", "a + 1").unwrap();
    let imports = "import { describe, expect, test } from \"vitest\";\nimport { add } from \"./shapes\";\n";
    assert_eq!(told, Files::from([("src/shapes.test.ts".into(), format!("{imports}\n{test}"))]));
    let told = Project::new(&files[1..], &[reply]).act(&Wish::Test, "src/shapes.ts", "add").unwrap();
    assert!(
        told["src/shapes.test.ts"].starts_with("import assert from \"node:assert/strict\";\n"),
        "{told:?}"
    );
    let there = "import { expect, test } from \"vitest\";\nimport { add } from \"../shapes\";\n\ntest(\"old\", () => {});\n";
    let with = [files[0], files[1], ("src/__tests__/shapes.spec.ts", there)];
    let told = Project::new(&with, &[reply]).act(&Wish::Test, "src/shapes.ts", "add").unwrap();
    assert_eq!(told["src/__tests__/shapes.spec.ts"], format!("{there}\n{test}"));
    refused(
        Project::new(&files, &[]).act(&Wish::Test, "src/shapes.ts", "return 1"),
        "`inner` is not exported",
    );
}
