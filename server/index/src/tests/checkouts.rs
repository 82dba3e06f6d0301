//! Edits and checkouts in a repository of git, in any order: the index that followed them is the one that is built
//! of what is there, symbol by symbol.

use super::Workspace;
use super::equality::answers;
use super::workspace::apply;
use crate::Snapshot;
use crate::changes::Batch;
use proptest::prelude::*;
use std::process::{Command, Stdio};

const FILES: [&str; 6] = ["a.rs", "b.py", "sub/c.ts", "sub/deep/d.rs", "other/e.js", "out/f.rs"];
const BRANCHES: [&str; 3] = ["one", "two", "three"];

/// Every symbol and every import.
pub fn symbols(snapshot: &Snapshot) -> Vec<String> {
    let reader = snapshot.reader();
    let mut said = Vec::new();
    for file in snapshot.file_ids() {
        let path = snapshot.relative(file);
        said.push(format!("{path}: imports {:?}", snapshot.imports_in(file)));
        said.extend(snapshot.definitions_in(file).iter().map(|symbol| {
            let signature = reader.signature(symbol);
            format!("{path}: {:?} {signature:?} {:?} of {:?}", symbol.kind, symbol.range, symbol.container)
        }));
    }
    said.sort();
    said
}

pub fn git(workspace: &Workspace, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "core.hooksPath=/dev/null"]);
    command.args(arguments).current_dir(workspace.root());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

/// A repository with three branches of different files.
pub fn repository() -> Workspace {
    let workspace = Workspace::new("== a.rs\nfn alpha() {}\n== .gitignore\nout/\n");
    assert!(git(&workspace, &["init", "-q", "-b", "one"]));
    let commit = |message: &str| {
        assert!(git(&workspace, &["add", "-A"]) && git(&workspace, &["commit", "-q", "-m", message]));
    };
    commit("one");
    assert!(git(&workspace, &["checkout", "-q", "-b", "two"]));
    workspace.add("== sub/c.ts\nclass alpha { beta() {} }\n== sub/deep/d.rs\nimpl Delta { fn area() {} }\n");
    commit("two");
    assert!(git(&workspace, &["checkout", "-q", "-b", "three"]));
    workspace.remove("a.rs");
    workspace.add("== b.py\nimport new\nclass Delta:\n  def area(self): pass\n== .gitignore\nother/\n");
    (0..80).for_each(|file| drop(workspace.write(&format!("many/{file}.rs"), "fn gamma() {}\n")));
    commit("three");
    workspace
}

#[derive(Debug, Clone)]
enum Step {
    Write(usize, usize),
    Remove(usize),
    Checkout(usize),
    Reset,
    Commit,
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let file = || 0..FILES.len();
    prop_oneof![
        5 => (file(), 0usize..9).prop_map(|(file, text)| Step::Write(file, text)),
        2 => file().prop_map(Step::Remove),
        4 => (0..BRANCHES.len()).prop_map(Step::Checkout),
        1 => Just(Step::Reset),
        1 => Just(Step::Commit),
        3 => Just(Step::Settle),
    ]
}

/// Takes the step, and notes what a client tells of it: of a checkout that `HEAD` has moved, no more.
fn take(workspace: &Workspace, step: &Step, batch: &mut Batch) {
    match step {
        Step::Write(file, text) => {
            let text = format!("fn alpha() {{ beta(); }}\nclass Delta{text} {{ area() {{}} }}\n// new\n");
            batch.changed.insert(workspace.write(FILES[*file], text));
        }
        Step::Remove(file) => drop(batch.changed.insert(workspace.remove(FILES[*file]))),
        Step::Checkout(branch) => {
            git(workspace, &["checkout", "-q", "-f", BRANCHES[*branch]]);
            batch.changed.insert(workspace.path(".git/HEAD"));
        }
        Step::Reset => {
            git(workspace, &["reset", "-q", "--hard"]);
            // Nothing tells of this but the files; a focus regained does.
            batch.rewalk = true;
        }
        Step::Commit => {
            git(workspace, &["add", "-A"]);
            git(workspace, &["commit", "-q", "-m", "more"]);
        }
        Step::Settle => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn checkouts_lead_where_a_build_does(steps in prop::collection::vec(step(), 1..24)) {
        let workspace = repository();
        let (mut store, mut batch) = (workspace.store(), Batch::default());
        for step in steps.iter().chain([&Step::Settle]) {
            take(&workspace, step, &mut batch);
            if matches!(step, Step::Settle) {
                apply(&mut store, std::mem::take(&mut batch));
                let (warm, cold) = (store.snapshot(), workspace.store().snapshot());
                prop_assert_eq!(symbols(&warm), symbols(&cold));
                prop_assert_eq!(answers(&warm), answers(&cold));
            }
        }
    }
}
