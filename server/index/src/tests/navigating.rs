//! Definitions and uses of the name at a place. `‸` marks the place.

use super::Workspace;
use crate::{Language, Place, Reader, Snapshot};

const CODE: &str = "
== src/shape.rs
/// Has sides.
pub struct Shape {
    sides: u32,
}
impl Shape {
    pub fn new(sides: u32) -> Self { Self { sides } }
    pub fn grow(&mut self) { self.sides += 1 }
}
== src/circle.rs
pub struct Circle;
impl Circle {
    pub fn new() -> Self { Circle }
}
pub fn area() {}
== src/deep/other.rs
pub fn area() {}
pub fn far() { let area = 1; area; }
== src/helper.ts
export function area() {}
== src/main.rs
use crate::deep::other::far;
mod shape;
// Shape in a comment
fn main() {
    let shape = Shape::new(3);
}
== secret.rs
pub fn area() {}
== .gitignore
secret.rs
";

fn place(workspace: &Workspace, path: &str, marked: &str) -> Place {
    let offset = marked.find('‸').unwrap();
    let text = marked.replace('‸', "").into();
    Place { path: workspace.path(path), language: Language::from_path(path.as_ref()), text, offset }
}

fn definitions(reader: &Reader<&Snapshot>, place: &Place) -> Vec<String> {
    let found = reader.definitions_at(place, 9);
    let root = place.path.ancestors().find(|path| path.ends_with("root")).unwrap();
    let told = found.iter().map(|target| {
        let path = target.path.strip_prefix(root).unwrap().display();
        format!("{path}: {}", &target.text[target.signature.clone()])
    });
    told.collect()
}

#[test]
fn definitions_come_in_the_order_of_their_nearness() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    let cases: [(&str, &str, &[&str]); 14] = [
        ("src/main.rs", "fn main() { let a = 1; ‸a }", &["src/main.rs: fn main() { let a = 1; a }"]),
        ("src/main.rs", "fn main() { Shape::n‸ew(1) }", &["src/shape.rs: pub fn new(sides: u32) -> Self"]),
        ("src/main.rs", "fn main() { Circle::new‸() }", &["src/circle.rs: pub fn new() -> Self"]),
        (
            "src/main.rs",
            "use crate::deep::other;\nfn main() { ‸area() }",
            &["src/deep/other.rs: pub fn area()", "src/circle.rs: pub fn area()"],
        ),
        (
            "src/main.rs",
            "fn main() { area‸() }",
            &["src/circle.rs: pub fn area()", "src/deep/other.rs: pub fn area()"],
        ),
        (
            "src/main.rs",
            "fn area() {}\nfn main() { ‸area() }",
            &["src/main.rs: fn area()", "src/circle.rs: pub fn area()", "src/deep/other.rs: pub fn area()"],
        ),
        ("src/main.rs", "fn ‸area() {}", &["src/main.rs: fn area()"]),
        (
            "src/main.rs",
            "fn main() { deep::other::area‸() }",
            &["src/deep/other.rs: pub fn area()", "src/circle.rs: pub fn area()"],
        ),
        ("src/a.ts", "area‸()", &["src/helper.ts: function area()"]),
        ("src/main.rs", "fn main() { ‸let a = 1; }", &[]),
        ("src/main.rs", "fn main() { let a =‸ 1; }", &[]),
        ("src/main.rs", "‸", &[]),
        ("src/main.rs", "nothing‸", &[]),
        (
            "src/shape.rs",
            "struct Shape { sides: u32 }\nimpl Shape { fn f(&self) { self.‸sides } }\nstruct B { sides: u8 }",
            &["src/shape.rs: sides: u32"],
        ),
    ];
    for (path, marked, expected) in cases {
        let place = place(&workspace, path, marked);
        let found = definitions(&snapshot.reader(), &place);
        assert_eq!(found, expected, "{marked}");
    }
}

#[test]
fn uses_are_code_that_is_not_local() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    let cases: [(&str, bool, &[(&str, usize)]); 6] = [
        ("fn main() { let sides = 1; ‸sides }", true, &[("main.rs", 2)]),
        ("fn main() { let sides = 1; ‸sides }", false, &[("main.rs", 1)]),
        (
            "fn main() { ‸area(); let a = \"area\"; } // area",
            true,
            &[("main.rs", 1), ("circle.rs", 1), ("other.rs", 1)],
        ),
        ("fn main() { area‸() }", false, &[("main.rs", 1)]),
        ("type A = ‸Shape;", false, &[("main.rs", 1), ("shape.rs", 1)]),
        ("fn main() { if‸ }", true, &[]),
    ];
    for (marked, declarations, expected) in cases {
        let place = place(&workspace, "src/main.rs", marked);
        let found = snapshot.reader().references_at(&place, declarations, 99, &|| false);
        let counts: Vec<(&str, usize)> = found
            .iter()
            .map(|uses| (uses.path.file_name().unwrap().to_str().unwrap(), uses.ranges.len()))
            .collect();
        assert_eq!(counts, expected, "{marked}: {found:?}");
    }
    let place = place(&workspace, "src/main.rs", "fn main() { ‸area() }");
    let count = |limit, stop| -> usize {
        let found = snapshot.reader().references_at(&place, true, limit, &move || stop);
        found.iter().map(|uses| uses.ranges.len()).sum()
    };
    assert_eq!((count(2, false), count(0, false), count(9, true)), (2, 0, 1));
}

#[test]
fn what_is_excluded_since_is_no_answer() {
    let workspace = Workspace::new(CODE);
    let snapshot = workspace.store().snapshot();
    workspace.write(".gitignore", "circle.rs\nsecret.rs\n");
    let place = place(&workspace, "src/main.rs", "fn main() { ‸area() }");
    assert_eq!(definitions(&snapshot.reader(), &place), ["src/deep/other.rs: pub fn area()"]);
    let found = snapshot.reader().references_at(&place, true, 99, &|| false);
    assert!(found.iter().all(|uses| !uses.path.ends_with("circle.rs")), "{found:?}");
}
