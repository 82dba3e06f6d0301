//! An index that watches files itself, and one that may not.

use super::Workspace;
use super::checkouts::{git, repository, symbols};
use crate::store::Limits;
use crate::tests::workspace::names;
use crate::{Index, IndexOptions, Phase};
use std::time::{Duration, Instant};
use trust_text::Text;

const PATIENCE: Duration = Duration::from_secs(20);

fn start(workspace: &Workspace, limits: Limits) -> Index {
    let options = IndexOptions { roots: vec![workspace.root()], cache: None, on_state: Box::new(|_| {}) };
    let index = Index::start_within(options, limits);
    index.watch();
    assert!(index.wait_ready(PATIENCE));
    index
}

/// Waits until the index is what a new one would be.
fn settles(index: &Index, workspace: &Workspace, what: &str) {
    let started = Instant::now();
    loop {
        let (warm, cold) = (symbols(&index.snapshot()), symbols(&workspace.store().snapshot()));
        if warm == cold {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{what}: {warm:#?} for {cold:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_nobody_tells_of_is_seen() {
    let workspace = repository();
    let index = start(&workspace, Limits::default());
    let check = |what: &str| settles(&index, &workspace, what);
    workspace.write("b.py", "class Fresh: pass\n");
    check("a change");
    workspace.write("new/deep/er/x.rs", "fn x() {}\n");
    check("folders in folders");
    workspace.write("new/deep/er/y.rs", "fn y() {}\n");
    check("a file in a new folder");
    workspace.rename("new", "newer");
    check("a folder renamed");
    workspace.write("newer/deep/z.rs", "fn z() {}\n");
    check("a file in a renamed folder");
    workspace.remove("newer");
    workspace.write("newer/again.rs", "fn again() {}\n");
    check("a folder made again");
    workspace.write("newer/more.rs", "fn more() {}\n");
    check("a file in a folder made again");
    for branch in ["one", "two", "three", "one"] {
        assert!(git(&workspace, &["checkout", "-q", "-f", branch]), "{branch}");
        check(branch);
    }
    workspace.write("out/no.rs", "fn no() {}\n");
    workspace.write(".gitignore", "newer/\n");
    check("rules");
    assert!(names(&index.snapshot()).contains(&"out/no.rs".to_owned()));
}

#[test]
fn rules_that_no_walk_comes_by_are_watched() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== sub/b.rs\nfn b() {}\n== c.py\nc = 1\n");
    assert!(git(&workspace, &["init", "-q"]));
    let index = start(&workspace, Limits::default());
    let holds = |expected: &[&str], what: &str| {
        settles(&index, &workspace, what);
        assert_eq!(names(&index.snapshot()), expected, "{what}");
    };
    workspace.write("../.trustignore", "a.rs\n");
    holds(&["c.py", "sub/b.rs"], "rules above the root");
    workspace.write("../.gitignore", "*.py\n");
    workspace.write(".git/info/exclude", "sub/\n");
    holds(&["c.py"], "those of the repository, in its own list");
    workspace.remove("../.trustignore");
    holds(&["a.rs", "c.py"], "rules above are gone");
}

#[test]
fn a_linked_working_tree_has_the_rules_of_its_repository() {
    let workspace = repository();
    workspace.write(".git/info/exclude", "b.py\n");
    assert!(git(&workspace, &["worktree", "add", "-q", "../linked", "two"]));
    let linked = workspace.root().with_file_name("linked");
    let write = |name: &str, text: &str| workspace.write(&format!("../linked/{name}"), text);
    write("b.py", "b = 1\n");
    let options = IndexOptions { roots: vec![linked.clone()], cache: None, on_state: Box::new(|_| {}) };
    let index = Index::start(options);
    assert!(index.wait_ready(PATIENCE));
    let all = || names(&index.snapshot());
    assert_eq!(all(), ["a.rs", "sub/c.ts", "sub/deep/d.rs"]);
    // Nobody tells of these: they are noticed with the next change, whatever it is.
    let reports = |what: &str, expected: &[&str]| {
        index.files_changed(vec![linked.join("unrelated.txt")]);
        assert!(index.wait_ready(PATIENCE));
        assert_eq!(all(), expected, "{what}");
    };
    workspace.write(".git/info/exclude", "sub/\nmany/\n");
    reports("the list in the repository's folder", &["a.rs", "b.py"]);
    workspace.write("../.aiexclude", "b.py\n");
    reports("rules above", &["a.rs"]);
    assert!(git(&workspace, &["-C", "../linked", "checkout", "-q", "-f", "--detach", "three"]));
    reports("a checkout in the linked tree", &[]);
}

#[test]
fn what_cannot_be_watched_is_looked_at_again() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n== sub/b.rs\nfn b() {}\n");
    let limits = Limits { folders: 1, rewalk: Duration::from_millis(40), ..Limits::default() };
    let index = start(&workspace, limits);
    workspace.write("sub/c.rs", "fn c() {}\n");
    settles(&index, &workspace, "a new file");
    workspace.remove("sub");
    settles(&index, &workspace, "a folder removed");
}

#[test]
fn somebody_who_types_does_not_put_that_look_off() {
    let workspace = Workspace::new("== a.rs\nfn a() {}\n");
    let limits = Limits { folders: 0, rewalk: Duration::from_millis(200), ..Limits::default() };
    let index = start(&workspace, limits);
    workspace.write("b.rs", "fn b() {}\n");
    let started = Instant::now();
    let mut keys = 0;
    while index.snapshot().definitions("b").is_empty() {
        assert!(started.elapsed() < PATIENCE, "never looked at while {keys} keys were typed");
        keys += 1;
        index.set_open(&workspace.path("a.rs"), Text::new(&format!("fn a{keys}() {{}}")));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_head_that_moved_is_noticed_with_the_next_change() {
    let workspace = repository();
    let options = IndexOptions { roots: vec![workspace.root()], cache: None, on_state: Box::new(|_| {}) };
    let index = Index::start(options);
    assert!(index.wait_ready(PATIENCE));
    assert!(git(&workspace, &["checkout", "-q", "one"]));
    index.files_changed(vec![workspace.path("unrelated.txt")]);
    settles(&index, &workspace, "a checkout that nobody tells of");
    workspace.write("late.rs", "fn late() {}\n");
    index.look_again();
    settles(&index, &workspace, "a focus regained");
}

#[test]
fn a_build_that_was_cancelled_is_completed_later() {
    let workspace = Workspace::new("");
    for file in 0..400 {
        workspace.write(&format!("{file}.rs"), format!("fn a{file}() {{ b(); }}\n").repeat(200));
    }
    for pause in [0, 5, 20, 60, 120] {
        let options = IndexOptions { roots: vec![workspace.root()], cache: None, on_state: Box::new(|_| {}) };
        let index = Index::start(options);
        std::thread::sleep(Duration::from_millis(pause));
        while index.state().phase == Phase::Idle {
            std::thread::yield_now();
        }
        index.cancel_build();
        let started = Instant::now();
        while !matches!(index.state().phase, Phase::Cancelled | Phase::Ready) {
            assert!(started.elapsed() < PATIENCE, "{:?}", index.state());
            std::thread::sleep(Duration::from_millis(1));
        }
        index.look_again();
        settles(&index, &workspace, "the whole");
        assert!(index.wait_ready(PATIENCE) && index.state().phase == Phase::Ready);
    }
}
