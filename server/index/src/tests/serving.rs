//! The index and its thread.

use super::Workspace;
use crate::store::MAX_OVERLAY;
use crate::tests::workspace::names;
use crate::{Index, IndexOptions, IndexState, Phase};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trust_text::Text;

const PATIENCE: Duration = Duration::from_secs(20);

fn start(roots: Vec<PathBuf>) -> Index {
    Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| {}) })
}

#[test]
fn states_lead_to_ready() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== b.rs\nfn b() {}\n");
    let told: Arc<Mutex<Vec<IndexState>>> = Arc::default();
    let teller = Arc::clone(&told);
    let on_state = Box::new(move |state| teller.lock().unwrap().push(state));
    let index = Index::start(IndexOptions { roots: vec![workspace.root()], cache: None, on_state });
    assert!(index.wait_ready(PATIENCE));
    assert_eq!(
        index.state(),
        IndexState { phase: Phase::Ready, files: 2, symbols: 2, total: 2, ..Default::default() }
    );
    // The last state is told after those who wait are woken.
    let start = Instant::now();
    while told.lock().unwrap().len() < 3 && start.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    let phases: Vec<Phase> = told.lock().unwrap().iter().map(|state| state.phase).collect();
    assert_eq!(phases, [Phase::Walking, Phase::Indexing, Phase::Ready]);
}

#[test]
fn documents_override_files() {
    let workspace = Workspace::new("== a.rs\nfn on_disk() {}\n== .gitignore\nno.rs\n");
    let index = start(vec![workspace.root()]);
    let path = workspace.path("a.rs");
    let has = |name: &str| {
        assert!(index.wait_ready(PATIENCE));
        !index.snapshot().definitions(name).is_empty()
    };
    assert!(has("on_disk"));
    for version in 0..50 {
        index.set_open(&path, Text::new(&format!("fn version_{version}() {{}}")));
    }
    assert!(has("version_49") && !has("on_disk") && !has("version_48"));
    workspace.write("a.rs", "fn newer() {}");
    index.files_changed(vec![path.clone()]);
    assert!(has("version_49") && !has("newer"));
    index.set_closed(&path);
    assert!(has("newer") && !has("version_49"));
    index.set_open(&workspace.path("unsaved.rs"), Text::new("fn unsaved() {}"));
    index.set_open(&workspace.path("no.rs"), Text::new("fn never() {}"));
    index.set_open(&workspace.path(".env.rs"), Text::new("fn never() {}"));
    index.set_open(&workspace.path("../outside.rs"), Text::new("fn never() {}"));
    assert!(has("unsaved") && !has("never"));
    index.set_closed(&workspace.path("unsaved.rs"));
    assert!(!has("unsaved"));
    workspace.write(".gitignore", "");
    index.files_changed(vec![workspace.path(".gitignore")]);
    assert!(has("never"));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_open_by_two_names_is_open_until_both_are_closed() {
    let workspace = Workspace::new("== a.rs\nfn on_disk() {}\n-> link.rs a.rs");
    let index = start(vec![workspace.root()]);
    let (itself, link) = (workspace.path("a.rs"), workspace.path("link.rs"));
    let has = |name: &str| {
        assert!(index.wait_ready(PATIENCE));
        !index.snapshot().definitions(name).is_empty()
    };
    for (path, name) in [(&itself, "one"), (&link, "other")] {
        index.set_open(path, Text::new(&format!("fn {name}() {{}}")));
        assert!(has(name));
    }
    index.set_closed(&link);
    assert!(has("one") && !has("other") && !has("on_disk"));
    index.set_open(&link, Text::new("fn other() {}"));
    index.set_closed(&itself);
    assert!(has("other") && !has("one") && !has("on_disk"));
    index.set_closed(&link);
    assert!(has("on_disk") && !has("other"));
}

#[test]
fn another_index_has_removed_other_things() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n");
    let removals = [(); 2].map(|()| start(vec![workspace.root()]).snapshot().removals());
    assert_ne!(removals[0], removals[1]);
}

#[test]
fn what_was_sent_is_written_when_it_is_said_to_be() {
    let (workspace, cache) =
        (Workspace::new("== notes.md\n# Nothing to index.\n"), tempfile::tempdir().unwrap());
    let open = || {
        let (roots, cache) = (vec![workspace.root()], Some(cache.path().to_owned()));
        Index::start(IndexOptions { roots, cache, on_state: Box::new(|_| {}) })
    };
    let index = open();
    // There is nothing to write: nobody waits for it.
    assert!(index.wait_saved(PATIENCE) && index.disk_bytes() == 0);
    for n in 0..5 {
        let path = workspace.write(&format!("{n}.rs"), format!("fn new_{n}() {{}}\n"));
        index.files_changed(vec![path]);
        let before = index.disk_bytes();
        assert!(index.wait_saved(PATIENCE) && index.disk_bytes() > before, "{n}");
    }
    drop(index);
    let index = start(vec![workspace.root()]);
    assert!(index.wait_saved(PATIENCE) && index.disk_bytes() == 0, "kept in memory alone");
}

#[test]
fn no_change_waits_for_a_fold_or_is_lost_in_one() {
    let workspace = Workspace::new("");
    (0..300)
        .for_each(|n| drop(workspace.write(&format!("{n}.rs"), "fn on_disk() { a(b, c); }\n".repeat(40))));
    let index = start(vec![workspace.root()]);
    assert!(index.wait_ready(PATIENCE));
    for round in 0..3 {
        for n in 0..300 {
            let text = Text::new(&format!("fn version_{round}_{n}() {{}}"));
            index.set_open(&workspace.path(&format!("{n}.rs")), text);
            if n % 7 == round {
                assert!(index.wait_ready(PATIENCE));
                assert_eq!(index.snapshot().definitions(&format!("version_{round}_{n}")).len(), 1);
            }
        }
        assert!(index.wait_ready(PATIENCE));
        let snapshot = index.snapshot();
        let found = |n: usize| snapshot.definitions(&format!("version_{round}_{n}")).len();
        assert!((0..300).all(|n| found(n) == 1));
        assert_eq!((snapshot.files(), snapshot.symbols(), snapshot.has_name("on_disk")), (300, 300, false));
    }
    let started = Instant::now();
    while index.snapshot().overlay.files.len() > MAX_OVERLAY {
        assert!(started.elapsed() < PATIENCE, "nothing was folded");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let workspace = Workspace::new("== a.rs\nfn first() {}\n");
    let index = start(vec![workspace.root()]);
    assert!(index.wait_ready(PATIENCE));
    let before = index.snapshot();
    index.files_changed(vec![workspace.remove("a.rs")]);
    assert!(index.wait_ready(PATIENCE));
    assert_eq!((before.definitions("first").len(), index.snapshot().files()), (1, 0));
}

#[test]
fn two_indexes_share_a_workspace() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== sub/b.rs\nfn b() {}\n");
    let one = start(vec![workspace.root()]);
    let other = start(vec![workspace.root(), workspace.path("sub"), workspace.path("missing")]);
    assert!(one.wait_ready(PATIENCE) && other.wait_ready(PATIENCE));
    assert_eq!(names(&one.snapshot()), ["a.rs", "sub/b.rs"]);
    // From the innermost root.
    assert_eq!(names(&other.snapshot()), ["a.rs", "b.rs"]);
}

#[test]
fn without_roots_only_documents_are_indexed() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== b.rs\nfn b() {}\n");
    let index = start(Vec::new());
    assert!(index.wait_ready(PATIENCE));
    assert_eq!(index.snapshot().files(), 0);
    index.set_open(&workspace.path("a.rs"), Text::new("fn opened() {}"));
    index.files_changed(vec![workspace.path("b.rs"), workspace.root()]);
    assert!(index.wait_ready(PATIENCE));
    assert_eq!(names(&index.snapshot()), ["a.rs"]);
}

#[test]
fn dropping_the_index_ends_its_thread() {
    let workspace = Workspace::new("");
    for file in 0..300 {
        workspace.write(&format!("{file}.rs"), "fn a() { b(); }\n".repeat(500));
    }
    let held = Arc::new(());
    let witness = Arc::downgrade(&held);
    let on_state = Box::new(move |_| {
        let _held = &held;
    });
    let index = Index::start(IndexOptions { roots: vec![workspace.root()], cache: None, on_state });
    index.set_open(&workspace.path("x.rs"), Text::new(""));
    drop(index);
    let dropped = Instant::now();
    while witness.upgrade().is_some() {
        assert!(dropped.elapsed() < Duration::from_secs(2), "the thread still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
}
