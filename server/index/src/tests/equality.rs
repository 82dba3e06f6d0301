//! However an index came about, it answers as one that is built of the same content at once.

use super::Workspace;
use crate::Snapshot;
use crate::changes::Batch;
use crate::store::Store;
use crate::tests::workspace::{apply, changed, names};
use crate::view::View;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use trust_text::Text;

pub const NAMES: &[&str] = &["alpha", "beta", "gamma", "Delta", "area", "new"];
const FILES: &[&str] =
    &["a.rs", "b.py", "sub/c.ts", "sub/d.rs", "sub/deep/e.js", "ignored/f.rs", ".env.py", "g.log.rs"];
const RULES: &[&str] = &["", "ignored/\n*.log.rs\n", "sub/deep\n", "a.rs\n!a.rs\n", "*\n"];

/// All that a snapshot says, in an order that does not depend on file ids.
pub fn answers(snapshot: &Snapshot) -> Vec<String> {
    let reader = snapshot.reader();
    let mut said = names(snapshot);
    said.push(format!("{} files, {} symbols", snapshot.files(), snapshot.symbols()));
    for name in NAMES {
        let definitions = snapshot.definitions(name).into_iter().map(|symbol| {
            let file = snapshot.relative(symbol.file);
            let signature = reader.signature(&symbol);
            format!("{file}: {:?} {signature:?} {:?} {:?}", symbol.kind, symbol.range, symbol.container)
        });
        said.extend(definitions.collect::<BTreeSet<_>>());
        let places = reader.occurrences(name, usize::MAX);
        let places =
            places.into_iter().map(|(file, offset)| format!("{}:{offset} {name}", snapshot.relative(file)));
        said.extend(places.collect::<BTreeSet<_>>());
    }
    let query: Vec<(&str, f32)> =
        NAMES.iter().zip(1..).map(|(name, weight)| (*name, weight as f32)).collect();
    said.extend(snapshot.search(&query, None, 5).into_iter().map(|chunk| {
        format!("{} {:?} {:?} {}", snapshot.relative(chunk.file), chunk.lines, chunk.bytes, chunk.score)
    }));
    said
}

#[derive(Debug, Clone)]
enum Step {
    Write(usize, String),
    Remove(usize),
    Open(usize, String),
    Close(usize),
    Rules(usize),
    /// A directory vanishes, and only it is reported.
    RemoveTree,
    Many(usize),
    /// A fold begins, or the one that began takes effect.
    Fold,
    Settle,
}

fn source() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES);
    let item = (0..6, name(), name()).prop_map(|(kind, a, b)| match kind {
        0 => format!("fn {a}({b}: u32) {{ {a}(); }}\n"),
        1 => format!("class {a}:\n    def {b}(self): pass\n"),
        2 => format!("class {a} {{ {b}() {{}} }}\n"),
        3 => format!("impl {a} {{ fn {b}() {{}} }}\n"),
        4 => format!("const {a} = {b};\n{}", "\n".repeat(9)),
        _ => format!("// {a} ({b}\n"),
    });
    prop::collection::vec(item, 0..9).prop_map(|items| items.concat())
}

fn step() -> impl Strategy<Value = Step> {
    let file = || 0..FILES.len();
    prop_oneof![
        4 => (file(), source()).prop_map(|(file, text)| Step::Write(file, text)),
        2 => file().prop_map(Step::Remove),
        4 => (file(), source()).prop_map(|(file, text)| Step::Open(file, text)),
        2 => file().prop_map(Step::Close),
        1 => (0..RULES.len()).prop_map(Step::Rules),
        1 => Just(Step::RemoveTree),
        1 => (0usize..90).prop_map(Step::Many),
        3 => Just(Step::Fold),
        5 => Just(Step::Settle),
    ]
}

/// Takes the step on disk, and notes it in the batch.
fn take(workspace: &Workspace, step: &Step, batch: &mut Batch, open: &mut HashMap<usize, String>) {
    match step {
        Step::Write(file, text) => drop(batch.changed.insert(workspace.write(FILES[*file], text))),
        Step::Remove(file) => drop(batch.changed.insert(workspace.remove(FILES[*file]))),
        Step::Open(file, text) => {
            open.insert(*file, text.clone());
            batch.documents.insert(workspace.path(FILES[*file]), Some(Text::new(text)));
        }
        Step::Close(file) => {
            open.remove(file);
            batch.documents.insert(workspace.path(FILES[*file]), None);
        }
        Step::Rules(rules) => drop(batch.changed.insert(workspace.write(".gitignore", RULES[*rules]))),
        Step::RemoveTree => drop(batch.changed.insert(workspace.remove("sub"))),
        Step::Many(count) => {
            batch.changed.extend((0..*count).map(|file| {
                workspace.write(&format!("many/{file}.rs"), format!("fn alpha() {{ m{count}() }}"))
            }))
        }
        Step::Fold | Step::Settle => {}
    }
}

fn cold(workspace: &Workspace, open: &HashMap<usize, String>) -> Store {
    let mut store = workspace.store();
    let documents = open.iter().map(|(file, text)| (workspace.path(FILES[*file]), Some(Text::new(text))));
    apply(&mut store, Batch { documents: documents.collect(), ..Batch::default() });
    store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn changes_lead_where_a_build_does(steps in prop::collection::vec(step(), 1..40)) {
        let workspace = Workspace::new("== .gitignore\nignored/\n== a.rs\nfn alpha() {}\n== sub/d.rs\nfn beta() {}\n");
        let (mut store, mut open, mut batch) = (workspace.store(), HashMap::new(), Batch::default());
        let mut folding = None;
        for step in steps.iter().chain([&Step::Settle]) {
            take(&workspace, step, &mut batch, &mut open);
            match (step, folding.take()) {
                (Step::Settle, begun) => {
                    apply(&mut store, std::mem::take(&mut batch));
                    folding = begun;
                }
                (Step::Fold, None) => folding = Some(store.view()),
                (Step::Fold, Some(begun)) => drop(store.install(View::fold(begun))),
                (_, begun) => folding = begun,
            }
        }
        let warm = answers(&store.snapshot());
        prop_assert_eq!(&warm, &answers(&cold(&workspace, &open).snapshot()));
        if let Some(begun) = folding {
            store.install(begun.fold());
            prop_assert_eq!(&warm, &answers(&store.snapshot()));
        }
        prop_assert!(!warm.iter().any(|line| line.contains(".env")));
    }
}

#[test]
fn what_changes_during_a_fold_counts_after_it() {
    let workspace = Workspace::new("");
    let file = |n: usize| format!("{n}.rs");
    (0..200).for_each(|n| drop(workspace.write(&file(n), format!("fn alpha() {{ old{n}() }}"))));
    let mut store = workspace.store();
    for round in 0..6 {
        apply(
            &mut store,
            changed((0..70).map(|n| workspace.write(&file(n), format!("fn beta() {{ new{n}_{round}() }}")))),
        );
        let begun = store.start_fold().unwrap();
        assert!(begun.parts.len() >= 70);
        // Of the base and of the overlay: changed, gone, come back as it was; and new.
        let mut batch = changed(
            (60..80).map(|n| workspace.write(&file(n), format!("fn gamma() {{ late{n}_{round}() }}"))),
        );
        batch.changed.extend((10..14).chain([90 + round]).map(|n| workspace.remove(&file(n))));
        batch.changed.insert(workspace.write(&file(300 + round), "fn Delta() {}"));
        apply(&mut store, batch);
        apply(&mut store, changed([workspace.write("11.rs", format!("fn beta() {{ new11_{round}() }}"))]));
        let (before, removals) = (answers(&store.snapshot()), store.snapshot().removals());
        let folded = begun.fold();
        store.install(folded);
        assert_eq!(before, answers(&store.snapshot()));
        assert_eq!(before, answers(&workspace.store().snapshot()));
        assert_eq!((store.parts.len(), store.snapshot().removals()), (22, removals));
        assert!(store.start_fold().is_none());
    }
}

#[test]
fn a_fold_that_a_build_overtook_counts_for_nothing() {
    let workspace = Workspace::new("== a.rs\nfn alpha() {}\n== b.rs\nfn beta() {}\n");
    let mut store = workspace.store();
    apply(&mut store, changed([workspace.write("a.rs", "fn gamma() {}")]));
    let begun = store.view();
    workspace.remove("a.rs");
    (0..80).for_each(|n| drop(workspace.write(&format!("new/{n}.rs"), "fn area() {}")));
    store.rebuild(&std::sync::atomic::AtomicBool::new(false), &mut |_| {});
    store.install(begun.fold());
    assert_eq!(answers(&store.snapshot()), answers(&workspace.store().snapshot()));
}

#[test]
fn renames_deletions_and_links_are_followed() {
    let workspace = Workspace::new("== old/a.rs\nfn a() {}\n== old/b.rs\nfn b() {}\n== c.rs\nfn c() {}\n");
    workspace.add("== ../out.rs\nfn out() {}\n");
    let mut store = workspace.store();
    let mut check = |batch: Batch, expected: &[&str]| {
        apply(&mut store, batch);
        assert_eq!(names(&store.snapshot()), expected);
        assert_eq!(answers(&store.snapshot()), answers(&workspace.store().snapshot()));
    };
    check(changed(workspace.rename("old", "new")), &["c.rs", "new/a.rs", "new/b.rs"]);
    check(changed([workspace.remove("new")]), &["c.rs"]);
    workspace.remove("c.rs");
    workspace.link("c.rs", "../out.rs");
    check(changed([workspace.path("c.rs")]), &[]);
    workspace.remove("c.rs");
    check(changed([workspace.write("c.rs", "fn c() {}")]), &["c.rs"]);
    check(changed([workspace.write("c.rs", b"\0")]), &[]);
    check(changed([workspace.write("sub/d.rs", "fn d() {}")]), &["sub/d.rs"]);
    check(
        changed([workspace.write(".git/x.rs", ""), workspace.path(".git"), workspace.root()]),
        &["sub/d.rs"],
    );
    workspace.write("unreported.rs", "fn e() {}");
    check(changed([workspace.write(".git/HEAD", "ref: refs/heads/other")]), &["sub/d.rs", "unreported.rs"]);
    workspace.remove("unreported.rs");
    check(changed([workspace.path(".git/HEAD")]), &["sub/d.rs"]);
    check(changed([workspace.write("sub/.aiexclude", "")]), &[]);
    check(changed([workspace.remove("sub/.aiexclude")]), &["sub/d.rs"]);
}
