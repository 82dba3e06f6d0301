//! What snapshots answer.

use super::Workspace;
use crate::store::Limits;
use crate::tests::workspace::{apply, changed, names};
use crate::{DefinitionKind, FileId, Language};

const CODE: &str = "
== src/shape.rs
pub struct Shape {
    sides: u32,
}
impl Shape {
    /// How many sides a shape has.
    pub fn sides(&self) -> u32 { self.sides }
}
== src/main.rs
mod shape;
fn main() {
    let shape = Shape { sides: 3 };
    println!(\"{}\", shape.sides());
}
== app.py
class Shape:
    def area(self):
        return 0
";

#[test]
fn definitions_are_found_by_name() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    let reader = snapshot.reader();
    let mut found: Vec<(String, DefinitionKind, String, Option<&str>)> =
        ["Shape", "sides", "area", "nothing"]
            .into_iter()
            .flat_map(|name| snapshot.definitions(name))
            .map(|symbol| {
                let signature = reader.signature(&symbol).unwrap();
                (snapshot.relative(symbol.file), symbol.kind, signature, symbol.container)
            })
            .collect();
    found.sort();
    let expected = [
        ("app.py", DefinitionKind::Method, "def area(self):", Some("Shape")),
        ("app.py", DefinitionKind::Class, "class Shape:", None),
        ("src/shape.rs", DefinitionKind::Method, "pub fn sides(&self) -> u32", Some("Shape")),
        ("src/shape.rs", DefinitionKind::Struct, "pub struct Shape", None),
        ("src/shape.rs", DefinitionKind::Field, "sides: u32", Some("Shape")),
    ];
    let found: Vec<_> = found.iter().map(|(a, b, c, d)| (a.as_str(), *b, c.as_str(), *d)).collect();
    assert_eq!(found, expected);
}

#[test]
fn files_are_found_by_path() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    let file = snapshot.file(&workspace.path("src/shape.rs")).unwrap();
    assert_eq!(snapshot.relative(file), "src/shape.rs");
    assert_eq!(snapshot.path(file), workspace.path("src/shape.rs"));
    assert_eq!(snapshot.language(file), Some(Language::Rust));
    assert!(snapshot.reader().text(file).unwrap().starts_with("pub struct"));
    let kinds: Vec<DefinitionKind> = snapshot.definitions_in(file).iter().map(|symbol| symbol.kind).collect();
    assert_eq!(
        kinds,
        [DefinitionKind::Struct, DefinitionKind::Field, DefinitionKind::Impl, DefinitionKind::Method]
    );
    assert_eq!(snapshot.file(&workspace.path("src/none.rs")), None);
}

#[test]
fn an_id_of_another_snapshot_does_no_harm() {
    let snapshot = Workspace::new(CODE).store().snapshot();
    let file = FileId(900);
    assert_eq!(snapshot.reader().text(file), None);
    assert_eq!(snapshot.relative(file), "");
    assert!(snapshot.definitions_in(file).is_empty());
    assert_eq!(snapshot.search(&[("Shape", 1.0)], Some(file), 9).len(), 3);
}

#[test]
fn occurrences_are_whole_identifiers() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    let reader = snapshot.reader();
    let places = reader.occurrences("sides", 99);
    assert_eq!(places.len(), 6);
    for (file, offset) in &places {
        assert!(reader.text(*file).unwrap()[*offset..].starts_with("sides"));
    }
    assert_eq!(reader.occurrences("sides", 2).len(), 2);
    assert_eq!(reader.occurrences("side", 99).len(), 0);
    assert_eq!(reader.occurrences("", 99).len(), 0);
    assert_eq!(reader.occurrences("sides", 0).len(), 0);
}

#[test]
fn chunks_that_hold_rare_names_come_first() {
    let workspace = Workspace::new("");
    let filler = "let common = common + other;\n".repeat(45);
    workspace.write("a.rs", format!("{filler}let rare = needle;\n{filler}"));
    workspace.write("b.rs", &filler);
    workspace.write("empty.rs", "");
    let snapshot = workspace.store().snapshot();
    let found = snapshot.search(&[("common", 1.0), ("needle", 1.0)], None, 3);
    let a = snapshot.file(&workspace.path("a.rs")).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!((found[0].file, found[0].lines.clone()), (a, 40..60));
    assert!(snapshot.reader().text(a).unwrap()[found[0].bytes.clone()].contains("needle"));
    assert!(found[0].score > found[1].score);
    let last = snapshot
        .search(&[("common", 1.0)], None, 99)
        .into_iter()
        .find(|c| c.file == a && c.lines.start == 80);
    assert_eq!(last.unwrap().lines, 80..91);
    let weighted = snapshot.search(&[("common", 1.0), ("needle", 0.0), ("x", f32::NAN)], None, 1);
    assert!(weighted[0].score < found[0].score);
    assert!(snapshot.search(&[("needle", 1.0)], Some(a), 3).is_empty());
    assert!(snapshot.search(&[], None, 3).is_empty());
    assert!(snapshot.search(&[("common", 1.0)], None, 0).is_empty());
}

#[test]
fn an_empty_workspace_answers() {
    let snapshot = Workspace::new("").store().snapshot();
    assert_eq!((snapshot.files(), snapshot.symbols()), (0, 0));
    assert!(snapshot.search(&[("a", 1.0)], None, 3).is_empty());
    assert!(snapshot.definitions("a").is_empty());
}

#[test]
fn long_signatures_are_cut() {
    let workspace = Workspace::new("");
    let arguments: String = (0..200).map(|n| format!("    größe{n}: u32,\n")).collect();
    workspace.write("a.rs", format!("fn many(\n{arguments}) {{}}"));
    let snapshot = workspace.store().snapshot();
    let signature = snapshot.reader().signature(&snapshot.definitions("many")[0]).unwrap();
    assert!((390..=400).contains(&signature.len()));
}

#[test]
fn limits_cut() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== b.rs\nfn b() {}\n== c.rs\nfn c() {}\n");
    let mut store = workspace.limited_store(Limits { files: 2, bytes: 1_000, ..Limits::default() });
    assert_eq!((names(&store.snapshot()), store.cut), (vec!["a.rs".into(), "b.rs".into()], true));
    apply(&mut store, changed([workspace.path("c.rs")]));
    assert_eq!(store.snapshot().files(), 2);
    let mut store = workspace.limited_store(Limits { files: 9, bytes: 15, ..Limits::default() });
    assert_eq!((names(&store.snapshot()), store.cut), (vec!["a.rs".to_owned()], true));
    assert!(!workspace.store().cut);
}

#[test]
fn what_changed_or_is_excluded_since_is_not_quoted() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== b.rs\nfn b() {}\n== c.rs\nfn c() {}\n");
    let snapshot = workspace.store().snapshot();
    let text = |path: &str| {
        let file = snapshot.file(&workspace.path(path)).unwrap();
        snapshot.reader().text(file).map(|text| text.to_string())
    };
    assert_eq!(text("a.rs").as_deref(), Some("fn a() {}\n"));
    workspace.write("a.rs", "fn newer() {}");
    workspace.write("b.rs", "fn newer() {}");
    workspace.write(".gitignore", "c.rs\n");
    // The text of a is remembered, and still the one that was indexed.
    assert_eq!(text("a.rs").as_deref(), Some("fn a() {}\n"));
    assert_eq!((text("b.rs"), text("c.rs")), (None, None));
    workspace.write(".gitignore", "a.rs\n");
    assert_eq!(text("a.rs"), None);
}

#[test]
fn documentation_and_imports_are_kept() {
    let workspace = Workspace::new("== a.rs\nuse std::fmt;\n/// Says.\nfn say() {}\n");
    let snapshot = workspace.store().snapshot();
    let symbol = &snapshot.definitions("say")[0];
    let reader = snapshot.reader();
    assert_eq!(reader.slice(symbol.file, symbol.documentation.clone().unwrap()).unwrap(), "/// Says.");
    assert_eq!(snapshot.imports_in(symbol.file), vec![0..13]);
}

#[test]
fn symbols_are_found_by_parts_of_their_names() {
    let workspace = Workspace::new(
        "== a.rs\nstruct NodeTree { node: u8 }\nfn node() {}\nfn renode() {}\n== b.py\ndef Node(): pass\n",
    );
    let snapshot = workspace.store().snapshot();
    let names = |query: &str| -> Vec<&str> {
        snapshot.symbols_like(query, 9).iter().map(|symbol| symbol.name).collect()
    };
    assert_eq!(names("node"), ["node", "node", "Node", "NodeTree", "renode"]);
    assert_eq!(names("ntr"), ["NodeTree"]);
    assert!(names("").is_empty() && names("zzz").is_empty());
}

#[test]
fn what_many_files_use_is_important() {
    let workspace = Workspace::new("== hub.rs\nfn everybody() {}\nfn nobody() {}\n");
    (0..5).for_each(|file| {
        drop(workspace.write(&format!("{file}.rs"), format!("fn user{file}() {{ everybody(); }}")))
    });
    workspace.write("last.rs", "fn last() { user0(); }");
    let snapshot = workspace.store().snapshot();
    let names: Vec<&str> = snapshot.important_symbols(&[], 9).iter().map(|symbol| symbol.name).collect();
    assert_eq!(names, ["everybody", "user0"]);
    let focus = snapshot.file(&workspace.path("last.rs")).unwrap();
    assert_eq!(snapshot.important_symbols(&[focus], 1)[0].name, "user0");
}

#[test]
fn what_is_made_for_tests_and_common_words_are_not() {
    let workspace = Workspace::new(
        "== core.rs\nfn compute_total() {}\nfn data() {}\n== tests/fixtures/made.rs\nfn made_for_tests() {}\n",
    );
    for file in 0..9 {
        let calls = if file % 2 == 0 { "compute_total();" } else { "" };
        let text = format!("fn user{file}() {{ made_for_tests(); data(); {calls} }}");
        workspace.write(&format!("{file}.rs"), text);
    }
    let snapshot = workspace.store().snapshot();
    let names: Vec<&str> = snapshot.important_symbols(&[], 3).iter().map(|symbol| symbol.name).collect();
    assert_eq!(names[0], "compute_total", "{names:?}");
    assert_eq!(names.len(), 3);
}

#[test]
fn what_programs_wrote_is_told_apart() {
    let workspace = Workspace::new(
        "== a.rs\n// @generated by a program\nfn a() {}\n== b.py\n# Code generated by x. DO NOT EDIT.\nb = 1\n\
         == c.ts\nconst marker = '@generated';\n== d.ts\n/**\n * @generated\n */\nclass D {}\n",
    );
    let snapshot = workspace.store().snapshot();
    for (name, expected) in [("a.rs", true), ("b.py", true), ("c.ts", false), ("d.ts", true)] {
        let file = snapshot.file(&workspace.path(name)).unwrap();
        assert_eq!(snapshot.is_generated(file), expected, "{name}");
    }
    assert_eq!(snapshot.definitions("a").len(), 1);
}
